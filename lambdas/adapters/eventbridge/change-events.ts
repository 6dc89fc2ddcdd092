import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CHANGE_ENDED } from '../../contracts/deployment.ts';
import type { ChangeReport } from '../../contracts/record.ts';
import type { ChangeEvents } from '../../ports/events.ts';

export interface EventBridgeChangeEventsProps {
  readonly client: Pick<EventBridgeClient, 'send'>;
  /** Name of the bus. */
  readonly bus: string;
}

/** Puts an event on a bus for every change that ends. Its detail is the report without its steps, which the record has. */
export class EventBridgeChangeEvents implements ChangeEvents {
  readonly #props: EventBridgeChangeEventsProps;

  constructor(props: EventBridgeChangeEventsProps) {
    this.#props = props;
  }

  async ended({ steps: _steps, ...detail }: ChangeReport): Promise<void> {
    const { client, bus } = this.#props;
    const { FailedEntryCount, Entries } = await client.send(
      new PutEventsCommand({
        Entries: [{ EventBusName: bus, Source: CHANGE_ENDED.source, DetailType: CHANGE_ENDED.detailType, Detail: JSON.stringify(detail) }],
      }),
    );
    if (FailedEntryCount) throw new Error(`event bus ${bus} did not take the event: ${Entries?.[0]?.ErrorCode ?? 'no reason given'}`);
  }
}
