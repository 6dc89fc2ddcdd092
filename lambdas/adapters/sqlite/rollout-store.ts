import type { Holder } from '../../contracts/record.ts';
import type {
  Asked,
  ClusterSurvey,
  NewRolloutEvent,
  RolloutEvent,
  RolloutGate,
  RolloutRecord,
  RolloutRequest,
  RolloutTarget,
  TargetPlan,
} from '../../contracts/rollout.ts';
import type { Clock } from '../../ports/clock.ts';
import { openedRollout, type RolloutStore, targetLost } from '../../ports/rollout-store.ts';
import { ChangeFile, type Row } from './change-file.ts';
import { json } from './rows.ts';

const toRollout = (row: Row): RolloutRecord => ({ ...json<Omit<RolloutRecord, 'request'>>(row.record), request: json(row.request) });

/** The rollout store of one machine, in the file of its changes: stores of this and other processes may have it open. `:memory:` keeps nothing. */
export class SqliteRolloutStore implements RolloutStore {
  readonly #file: ChangeFile;
  readonly #clock: Pick<Clock, 'now'>;

  /** @throws Error when the file cannot be used, or was written by a newer version. */
  constructor(path: string, clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
    this.#file = new ChangeFile(path);
  }

  close(): void {
    this.#file.close();
  }

  async open(request: RolloutRequest, holder: Holder): Promise<boolean> {
    const { request: _, ...state } = openedRollout(request, holder, this.#now());
    const opened = this.#file.atomically(() =>
      this.#file.run(
        'INSERT OR IGNORE INTO rollouts (rollout_id, request, started_at, revision, record) VALUES (?, ?, ?, ?, ?)',
        request.rolloutId,
        JSON.stringify(request),
        state.startedAt,
        state.revision,
        JSON.stringify(state),
      ),
    );
    return opened === 1;
  }

  async get(rolloutId: string): Promise<RolloutRecord | undefined> {
    const row = this.#file.row('SELECT request, record FROM rollouts WHERE rollout_id = ?', rolloutId);
    return row && toRollout(row);
  }

  async list(limit: number): Promise<RolloutRecord[]> {
    return this.#file.rows('SELECT request, record FROM rollouts ORDER BY started_at DESC, rowid DESC LIMIT ?', limit).map(toRollout);
  }

  async save({ request: { rolloutId }, ...state }: RolloutRecord): Promise<boolean> {
    const { revision } = state;
    const text = JSON.stringify(state);
    return this.#file.atomically(() => {
      const update = 'UPDATE rollouts SET revision = ?, record = ? WHERE rollout_id = ? AND revision = ?';
      if (this.#file.run(update, revision, text, rolloutId, revision - 1) === 1) return true;
      return this.#file.row('SELECT record FROM rollouts WHERE rollout_id = ?', rolloutId)?.record === text;
    });
  }

  async ask(rolloutId: string, asked: Asked): Promise<void> {
    const text = JSON.stringify(asked);
    this.#file.atomically(() => this.#file.run('INSERT OR REPLACE INTO rollout_asks (rollout_id, asked) VALUES (?, ?)', rolloutId, text));
  }

  async asked(rolloutId: string): Promise<Asked | undefined> {
    const row = this.#file.row('SELECT asked FROM rollout_asks WHERE rollout_id = ?', rolloutId);
    return row && json<Asked>(row.asked);
  }

  async takeUp(rolloutId: string, asked: Asked): Promise<void> {
    this.#file.run('DELETE FROM rollout_asks WHERE rollout_id = ? AND asked = ?', rolloutId, JSON.stringify(asked));
  }

  async saveSurvey(rolloutId: string, survey: ClusterSurvey, plans: readonly TargetPlan[]): Promise<void> {
    const { cluster } = survey;
    const insert = 'INSERT INTO rollout_plans (rollout_id, cluster, number, plan) VALUES (?, ?, ?, ?)';
    this.#file.atomically(() => {
      const replace = 'INSERT OR REPLACE INTO rollout_surveys (rollout_id, cluster, survey) VALUES (?, ?, ?)';
      this.#file.run(replace, rolloutId, cluster, JSON.stringify(survey));
      this.#file.run('DELETE FROM rollout_plans WHERE rollout_id = ? AND cluster = ?', rolloutId, cluster);
      for (const plan of plans) this.#file.run(insert, rolloutId, cluster, Number(plan.id.slice('db:'.length)), JSON.stringify(plan));
    });
  }

  async surveys(rolloutId: string): Promise<ClusterSurvey[]> {
    const rows = this.#file.rows('SELECT survey FROM rollout_surveys WHERE rollout_id = ? ORDER BY cluster', rolloutId);
    return rows.map((row) => json<ClusterSurvey>(row.survey));
  }

  async plans(rolloutId: string, cluster: string): Promise<TargetPlan[]> {
    const select = 'SELECT plan FROM rollout_plans WHERE rollout_id = ? AND cluster = ? ORDER BY number';
    return this.#file.rows(select, rolloutId, cluster).map((row) => json<TargetPlan>(row.plan));
  }

  async placeTargets(rolloutId: string, targets: readonly RolloutTarget[]): Promise<void> {
    const insert = 'INSERT OR IGNORE INTO rollout_targets (rollout_id, position, cluster, target) VALUES (?, ?, ?, ?)';
    this.#file.atomically(() => {
      for (const target of targets) this.#file.run(insert, rolloutId, target.position, target.cluster, JSON.stringify(target));
    });
  }

  async targets(rolloutId: string, cluster?: string): Promise<RolloutTarget[]> {
    const select = 'SELECT target FROM rollout_targets WHERE rollout_id = ?';
    const rows =
      cluster === undefined
        ? this.#file.rows(`${select} ORDER BY position`, rolloutId)
        : this.#file.rows(`${select} AND cluster = ? ORDER BY position`, rolloutId, cluster);
    return rows.map((row) => json<RolloutTarget>(row.target));
  }

  async target(rolloutId: string, position: number): Promise<RolloutTarget | undefined> {
    const row = this.#file.row('SELECT target FROM rollout_targets WHERE rollout_id = ? AND position = ?', rolloutId, position);
    return row && json<RolloutTarget>(row.target);
  }

  async saveTarget(rolloutId: string, target: RolloutTarget, run: number): Promise<void> {
    const { position, cluster } = target;
    const update = 'UPDATE rollout_targets SET target = ?, run = ? WHERE rollout_id = ? AND position = ? AND cluster = ? AND run <= ?';
    const text = JSON.stringify(target);
    const saved = this.#file.atomically(() => this.#file.run(update, text, run, rolloutId, position, cluster, run));
    if (saved !== 1) throw targetLost(rolloutId, target, run);
  }

  async claim({ cluster, id }: Pick<RolloutTarget, 'cluster' | 'id'>, rolloutId: string, from = rolloutId): Promise<string> {
    return this.#file.atomically(() => {
      this.#file.run(
        `INSERT INTO rollout_claims (cluster, database, rollout_id) VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET rollout_id = excluded.rollout_id WHERE rollout_id = ?`,
        cluster,
        id,
        rolloutId,
        from,
      );
      return String(this.#file.row('SELECT rollout_id FROM rollout_claims WHERE cluster = ? AND database = ?', cluster, id)?.rollout_id);
    });
  }

  async gate(rolloutId: string, wave: number): Promise<RolloutGate | undefined> {
    const row = this.#file.row('SELECT gate FROM rollout_gates WHERE rollout_id = ? AND wave = ?', rolloutId, wave);
    return row && json<RolloutGate>(row.gate);
  }

  async saveGate(rolloutId: string, wave: number, gate: RolloutGate): Promise<boolean> {
    const { revision } = gate;
    const text = JSON.stringify(gate);
    return this.#file.atomically(() => {
      if (revision === 1)
        this.#file.run('INSERT OR IGNORE INTO rollout_gates (rollout_id, wave, revision, gate) VALUES (?, ?, 1, ?)', rolloutId, wave, text);
      const update = 'UPDATE rollout_gates SET revision = ?, gate = ? WHERE rollout_id = ? AND wave = ? AND revision = ?';
      this.#file.run(update, revision, text, rolloutId, wave, revision - 1);
      return this.#file.row('SELECT gate FROM rollout_gates WHERE rollout_id = ? AND wave = ?', rolloutId, wave)?.gate === text;
    });
  }

  async keepToken(rolloutId: string, token: string): Promise<void> {
    this.#file.run('INSERT OR REPLACE INTO tokens (change_id, token) VALUES (?, ?)', rolloutId, token);
  }

  async tokenOf(rolloutId: string): Promise<string | undefined> {
    const row = this.#file.row('SELECT token FROM tokens WHERE change_id = ?', rolloutId);
    return row && String(row.token);
  }

  async append(rolloutId: string, event: NewRolloutEvent): Promise<void> {
    const dated = { at: this.#now(), ...event } as RolloutEvent;
    this.#file.run('INSERT INTO rollout_events (rollout_id, event) VALUES (?, ?)', rolloutId, JSON.stringify(dated));
  }

  async events(rolloutId: string): Promise<RolloutEvent[]> {
    const rows = this.#file.rows('SELECT event FROM rollout_events WHERE rollout_id = ? ORDER BY seq', rolloutId);
    return rows.map((row) => json<RolloutEvent>(row.event));
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }
}
