import type { NewRolloutEvent, RolloutRecord, RolloutTarget, Stop } from '../../contracts/rollout.ts';
import type { Move } from '../../contracts/rollout-steps.ts';
import type { Changes, Judged, Sight } from './sight.ts';

/** A rollout while it is being judged: the sight, and what the judgement has changed of it so far. */
export class Draft {
  readonly sight: Sight;
  record: RolloutRecord;
  readonly #targets: Map<number, RolloutTarget>;
  readonly #changed = new Set<number>();
  readonly #events: NewRolloutEvent[] = [];

  constructor(sight: Sight) {
    this.sight = sight;
    this.record = sight.record;
    this.#targets = new Map(sight.targets.map((target) => [target.position, target]));
  }

  get targets(): RolloutTarget[] {
    return [...this.#targets.values()];
  }

  get now(): string {
    return this.sight.now.toISOString();
  }

  update(record: Partial<RolloutRecord>): void {
    this.record = { ...this.record, ...record };
  }

  /** Takes parts of the record away. */
  forget(...parts: ('bake' | 'stop' | 'progress')[]): void {
    const rest: Record<string, unknown> = { ...this.record };
    for (const part of parts) delete rest[part];
    this.record = rest as unknown as RolloutRecord;
  }

  change(target: RolloutTarget): void {
    this.#targets.set(target.position, target);
    this.#changed.add(target.position);
  }

  say(event: NewRolloutEvent): void {
    this.#events.push(event);
  }

  /** The rollout begins nothing else. */
  stop(stop: Omit<Stop, 'at' | 'wave'>): void {
    const whole = { ...stop, wave: this.record.wave };
    this.update({ stop: { ...whole, at: this.now } });
    this.say({ type: 'stopped', ...whole });
  }

  changes(): Changes {
    const targets = [...this.#changed].map((position) => this.#targets.get(position)).filter((target) => target !== undefined);
    return { record: this.record, targets, events: this.#events };
  }

  judged(move: Move): Judged {
    return { ...this.changes(), move };
  }
}
