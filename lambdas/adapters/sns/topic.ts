import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notification } from '../../contracts/notification.ts';
import type { Notifier } from '../../ports/notifier.ts';

export interface SnsTopicProps {
  readonly client: Pick<SNSClient, 'send'>;
  readonly topicArn: string;
}

const attribute = (value: string) => ({ DataType: 'String', StringValue: value });

/**
 * A topic of SNS. Amazon Q Developer subscribes over HTTPS and reads the document as it is; a mailbox gets the plain text. The type of the
 * news and the outcome of a change are attributes as well, for subscriptions that want some of them only.
 */
export class SnsTopic implements Notifier {
  readonly #props: SnsTopicProps;

  constructor(props: SnsTopicProps) {
    this.#props = props;
  }

  async publish({ document, plain }: Notification): Promise<void> {
    const { client, topicArn } = this.#props;
    const { eventType, additionalContext: { outcome } = {} } = document.metadata ?? {};
    const json = JSON.stringify(document);
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: plain.subject,
        MessageStructure: 'json',
        Message: JSON.stringify({ default: json, https: json, email: plain.text }),
        MessageAttributes: {
          ...(eventType !== undefined && { eventType: attribute(eventType) }),
          ...(outcome !== undefined && { outcome: attribute(outcome) }),
        },
      }),
    );
  }
}
