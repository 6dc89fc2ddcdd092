import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { SnsTopic } from '../../../../../lambdas/adapters/sns/topic.ts';
import { Notification } from '../../../../../lambdas/contracts/notification.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:111111111111:syncshift';
const client = mockClient(SNSClient);
const topic = new SnsTopic({ client: new SNSClient({}), topicArn: TOPIC });
beforeEach(() => {
  client.reset();
  client.on(PublishCommand).resolves({ MessageId: 'm-1' });
});

const notification: Notification = {
  document: {
    version: '1.0',
    source: 'custom',
    id: 'n-1',
    content: { textType: 'client-markdown', title: 'lab/orders: applied', description: '- "quoted"\n- `code`' },
    metadata: { threadId: 'chg-1', eventType: 'syncshift.change-ended', additionalContext: { outcome: 'applied' } },
  },
  plain: { subject: '[syncshift] lab/orders: applied', text: 'lab/orders: applied\n\nin plain words' },
};
const sent = () => client.commandCalls(PublishCommand)[0]?.args[0].input ?? expect.fail('nothing was published');
const messages = () => JSON.parse(sent().Message ?? '');

/** As long as the schema lets anything be, in characters that take the most room. */
function longest(character: string): Notification {
  const text = (length: number) => character.repeat(Math.floor(length / character.length));
  const ten = (length: number) => Array.from({ length: 10 }, () => text(length));
  return Notification.parse({
    document: {
      version: '1.0',
      source: 'custom',
      id: text(256),
      content: { textType: 'client-markdown', title: text(250), description: text(8_000), nextSteps: ten(350), keywords: ten(75) },
      metadata: {
        threadId: text(256),
        summary: text(256),
        eventType: text(256),
        relatedResources: ten(256),
        additionalContext: Object.fromEntries(ten(250).map((value, index) => [`${value}${index}`, value])),
      },
    },
    plain: { subject: 'x'.repeat(99), text: text(16_000) },
  });
}

describe('SnsTopic', () => {
  it('gives Amazon Q the document itself, and mailboxes the plain text', async () => {
    await topic.publish(notification);
    expect(sent()).toMatchObject({ TopicArn: TOPIC, MessageStructure: 'json', Subject: '[syncshift] lab/orders: applied' });
    const { default: others, https, email } = messages();
    expect(JSON.parse(https)).toEqual(notification.document);
    expect(JSON.parse(others)).toEqual(notification.document);
    expect(email).toBe(notification.plain.text);
  });

  it('lets subscriptions choose by type and outcome', async () => {
    await topic.publish(notification);
    expect(sent().MessageAttributes).toEqual({
      eventType: { DataType: 'String', StringValue: 'syncshift.change-ended' },
      outcome: { DataType: 'String', StringValue: 'applied' },
    });
  });

  it('has no attribute for what a notification does not say', async () => {
    await topic.publish({ ...notification, document: { ...notification.document, metadata: undefined } });
    expect(sent().MessageAttributes).toEqual({});
  });

  it.each(['"', '\\', '\n', '€', '😀', '<'])('fits into a message of SNS even at its longest, all of %j', async (character) => {
    await topic.publish(longest(character));
    expect(Buffer.byteLength(sent().Message ?? '', 'utf8')).toBeLessThan(262_144);
  });

  it('fails when the topic does not take it', async () => {
    client.on(PublishCommand).rejects(Object.assign(new Error('rate exceeded'), { name: 'ThrottledException' }));
    await expect(topic.publish(notification)).rejects.toThrow('rate exceeded');
  });
});
