import type { RolloutRecord, RolloutTarget } from '../../lambdas/contracts/rollout.ts';
import { arm, noteHits, once } from './rollout-chaos-incidents.ts';
import { ChaosLab, FIRST, SECOND } from './rollout-chaos-lab.ts';
import type { Situation } from './rollout-chaos-situation.ts';
import { Crashed } from './rollout-process.ts';

/** How a rollout stands when nobody does anything about it any more. */
export interface Ended {
  readonly id: string;
  readonly record: RolloutRecord;
  readonly targets: readonly RolloutTarget[];
}

export interface Aftermath {
  readonly lab: ChaosLab;
  readonly situation: Situation;
  readonly rollouts: readonly Ended[];
  /** Runs that ended with something else than a record. */
  readonly faults: readonly string[];
}

/** Runs of a rollout, crashes and pauses in between. */
const MOST_ROUNDS = 12;
/** Real time that a run may take, however busy the machine is. */
const STUCK_MS = 120_000;

class Driver {
  readonly #lab: ChaosLab;
  readonly #faults: string[] = [];
  #pending: Promise<unknown>[] = [];
  #followed = 0;
  #resumes: number;
  #finale: Situation['finale'];

  constructor(lab: ChaosLab, { resumes, finale }: Situation) {
    this.#lab = lab;
    this.#resumes = resumes;
    this.#finale = finale;
  }

  /** Runs until nothing is left to be done. @returns what went wrong with runs. */
  async drive(): Promise<string[]> {
    for (let round = 1; round <= MOST_ROUNDS; round += 1) {
      await this.#settled();
      const ids = Object.keys(this.#lab.files);
      const went = await Promise.all(ids.map((id) => this.#goOn(id)));
      if (!went.some((goesOn) => goesOn) && this.#pending.length === 0) return this.#faults;
    }
    return [...this.#faults, `not at its end after ${MOST_ROUNDS} rounds`];
  }

  follow(run: Promise<unknown>): void {
    this.#pending.push(
      run.catch((error: unknown) => {
        if (!(error instanceof Crashed)) this.#faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      }),
    );
  }

  async #settled(): Promise<void> {
    const { promise: stuck, resolve } = Promise.withResolvers<'stuck'>();
    const timer = setTimeout(() => resolve('stuck'), STUCK_MS);
    while (this.#pending.length > 0) {
      const ended = await Promise.race([Promise.all(this.#pending.splice(0)), stuck]);
      if (ended === 'stuck') throw new Error(`nothing came of a run within ${STUCK_MS} ms`);
      this.#followBegun();
    }
    clearTimeout(timer);
  }

  /** Runs that somebody has begun by asking. */
  #followBegun(): void {
    const { begun } = this.#lab;
    for (; this.#followed < begun.length; this.#followed += 1) {
      const run = begun[this.#followed];
      if (run) this.follow(run);
    }
  }

  async #goOn(id: string): Promise<boolean> {
    const record = await this.#lab.rollouts.get(id);
    if (!record) return false;
    if (record.status === 'running') {
      this.follow(this.#lab.takeUp(id));
      return true;
    }
    if (record.status === 'paused') return this.#resumes > 0 && this.#ask(id, 'resume', () => (this.#resumes -= 1));
    return id === FIRST && this.#finale !== undefined && this.#ask(id, this.#finale, () => (this.#finale = undefined));
  }

  async #ask(id: string, control: NonNullable<Situation['finale']>, done: () => unknown): Promise<boolean> {
    done();
    const { accepted } = await this.#lab.ask(control, id);
    if (accepted) this.#lab.asked.push({ id, control });
    this.#followBegun();
    return accepted;
  }
}

/** Lets a situation happen, to its end. The lab is left open: whoever is done with it closes it. */
export async function happened(situation: Situation): Promise<Aftermath> {
  const lab = new ChaosLab(situation);
  arm(lab, situation);
  const driver = new Driver(lab, situation);
  const { second } = situation;
  const begin = (id: string): void => {
    const file = lab.files[id];
    if (file) driver.follow(lab.rollOut(file, id));
  };
  if (second) once(lab, second.moment, () => begin(SECOND));
  begin(FIRST);
  const faults = await driver.drive();
  lab.history.notice();
  noteHits(lab);
  const rollouts: Ended[] = [];
  for (const id of Object.keys(lab.files)) {
    const record = await lab.rollouts.get(id);
    if (record) rollouts.push({ id, record, targets: await lab.targets(id) });
  }
  return { lab, situation, rollouts, faults };
}
