import type { Thread, Threads } from '../../ports/threads.ts';
import { ChangeFile } from './change-file.ts';
import { json } from './rows.ts';

/** What is remembered of a chat on one machine, in the file of its changes: stores of this and other processes may have it open. */
export class SqliteThreads implements Threads {
  readonly #file: ChangeFile;

  /** @throws Error when the file cannot be used, or was written by a newer version. */
  constructor(path: string) {
    this.#file = new ChangeFile(path);
  }

  close(): void {
    this.#file.close();
  }

  async threadOf(changeId: string): Promise<Thread | undefined> {
    const row = this.#file.row('SELECT thread FROM threads WHERE change_id = ?', changeId);
    return row && json<Thread>(row.thread);
  }

  async saveThread(changeId: string, thread: Thread): Promise<boolean> {
    const { revision } = thread;
    const text = JSON.stringify(thread);
    const saved =
      revision === 1
        ? this.#file.run('INSERT OR IGNORE INTO threads (change_id, revision, thread) VALUES (?, 1, ?)', changeId, text)
        : this.#file.run(
            'UPDATE threads SET revision = ?, thread = ? WHERE change_id = ? AND revision = ?',
            revision,
            text,
            changeId,
            revision - 1,
          );
    return saved === 1;
  }

  async claimTask(id: string, by: string): Promise<boolean> {
    this.#file.run('INSERT OR IGNORE INTO chat_tasks (id, claimed_by) VALUES (?, ?)', id, by);
    return this.#file.row('SELECT claimed_by FROM chat_tasks WHERE id = ?', id)?.claimed_by === by;
  }
}
