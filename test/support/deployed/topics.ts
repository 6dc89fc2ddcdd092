/** Topics of SNS, as far as something is published on them. */
import { ServiceError } from './service-error.ts';

export interface Published {
  readonly topicArn: string;
  readonly subject: string;
  /** By protocol; `default` stands for those that are not named. */
  readonly messages: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, string>>;
}

const LARGEST_BYTES = 262_144;
/** Printable ASCII, shorter than 100 characters, that begins with no blank. */
const SUBJECT = /^[!-~][ -~]{0,98}$/;

const refuse = (what: string): never => {
  throw new ServiceError('InvalidParameter', `Invalid parameter: ${what}`);
};

function messagesIn(message: string): Record<string, string> {
  if (Buffer.byteLength(message) > LARGEST_BYTES) refuse('Message too long');
  const messages = JSON.parse(message) as Record<string, unknown>;
  if (typeof messages.default !== 'string') refuse('Message Structure - No default entry in JSON message body');
  for (const text of Object.values(messages)) if (typeof text !== 'string') refuse('Message Structure - a message is no text');
  return messages as Record<string, string>;
}

function attributesIn(form: URLSearchParams): Record<string, string> {
  const entry = (at: number, field: string): string | null => form.get(`MessageAttributes.entry.${at}.${field}`);
  const attributes: Record<string, string> = {};
  for (let at = 1; entry(at, 'Name') !== null; at += 1) {
    if (entry(at, 'Value.DataType') !== 'String') refuse('an attribute of the message is no text');
    attributes[String(entry(at, 'Name'))] = entry(at, 'Value.StringValue') ?? refuse('an attribute of the message has no value');
  }
  return attributes;
}

export class Topics {
  /** ARNs of those that there are. */
  readonly known = new Set<string>();
  readonly published: Published[] = [];
  /** How many of the next requests are refused because there are too many. */
  refusals = 0;

  /**
   * Keeps what is published in different words for different protocols.
   * @param form - as the client sends it.
   * @returns the answer, as XML.
   * @throws ServiceError for what the service would refuse.
   */
  publish(form: URLSearchParams): string {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new ServiceError('Throttling', 'Rate exceeded');
    }
    const topicArn = form.get('TopicArn') ?? '';
    if (!this.known.has(topicArn)) throw new ServiceError('NotFound', 'Topic does not exist');
    if (form.get('MessageStructure') !== 'json') refuse('one message for every protocol is not understood here');
    const subject = form.get('Subject') ?? '';
    if (!SUBJECT.test(subject)) refuse('Subject');
    const published = { topicArn, subject, messages: messagesIn(form.get('Message') ?? ''), attributes: attributesIn(form) };
    this.published.push(published);
    return (
      `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>${this.published.length}</MessageId>` +
      '</PublishResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>'
    );
  }
}
