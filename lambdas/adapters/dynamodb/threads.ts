import { randomUUID } from 'node:crypto';
import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Thread, Threads } from '../../ports/threads.ts';
import { fromJson, json, KEEP_DAYS, number, text } from './items.ts';
import { type Client, type Item, Table } from './table.ts';

/** Nothing delivers a task that late. */
const TASK_DAYS = 2;
const SECONDS_PER_DAY = 86_400;

/** Every partition of a chat begins with this, and rights are given by it. */
const CHAT = 'chat#';
const keyOf = (partition: string, sort: string): Item => ({
  [CHANGE_TABLE.partitionKey]: text(`${CHAT}${partition}`),
  [CHANGE_TABLE.sortKey]: text(sort),
});
const threadKey = (changeId: string): Item => keyOf(changeId, 'thread');
/** The id of a change holds no `#`, so that none shares a partition with a task. */
const taskKey = (id: string): Item => keyOf(`task#${id}`, 'task');

export interface DynamoDbThreadsProps {
  readonly client: Client;
  /** Name of a table as `CHANGE_TABLE` describes it. */
  readonly table: string;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * What is remembered of a chat in an AWS account, in the table of the changes. Every write may be repeated: it finds its own mark.
 * @throws Error under the name that the SDK gives it, with the table in its message, when the table cannot be used.
 */
export class DynamoDbThreads implements Threads {
  readonly #table: Table;
  readonly #clock: Pick<Clock, 'now'>;

  constructor({ client, table, clock }: DynamoDbThreadsProps) {
    this.#table = new Table(client, table);
    this.#clock = clock;
  }

  async threadOf(changeId: string): Promise<Thread | undefined> {
    const item = await this.#table.get(threadKey(changeId));
    return item && fromJson<Thread>(item, 'thread');
  }

  async saveThread(changeId: string, thread: Thread): Promise<boolean> {
    const { revision } = thread;
    const isFirst = revision === 1;
    const mark = randomUUID();
    const saved = await this.#table.update(threadKey(changeId), {
      expression: `SET thread = :thread, threadRevision = :revision, ${CHANGE_TABLE.timeToLive} = :expiry ADD threadMarks :marks`,
      condition: isFirst ? 'attribute_not_exists(thread)' : 'threadRevision = :previous',
      values: {
        ':thread': json(thread),
        ':revision': number(revision),
        ':expiry': number(this.#expiry(KEEP_DAYS)),
        ':marks': { SS: [mark] },
        ...(!isFirst && { ':previous': number(revision - 1) }),
      },
    });
    if (saved) return true;
    // After a lost answer it is saved already, and somebody may have saved the next revision since.
    const item = await this.#table.get(threadKey(changeId));
    return item?.threadMarks?.SS?.includes(mark) ?? false;
  }

  async claimTask(id: string, by: string): Promise<boolean> {
    return this.#table.put(
      { ...taskKey(id), claimedBy: text(by), [CHANGE_TABLE.timeToLive]: number(this.#expiry(TASK_DAYS)) },
      { expression: 'attribute_not_exists(claimedBy) OR claimedBy = :by', values: { ':by': text(by) } },
    );
  }

  /** Epoch seconds. */
  #expiry(days: number): number {
    return Math.ceil(this.#clock.now().getTime() / 1000) + days * SECONDS_PER_DAY;
  }
}
