import type { TimelineEvent } from '../../lambdas/contracts/record.ts';
import definition from '../local/definitions/change.asl.json' with { type: 'json' };
import type { Happening } from './history-event.ts';
import { isObject, partOf } from './json.ts';

/** Told what happens to a change, in the words of a timeline. */
export interface Watcher {
  event(event: TimelineEvent): void;
  /** The workflow begins to wait. */
  waiting(state: string, until: Date): void;
  /** Something about the following itself. */
  say(text: string): void;
}

const SAMPLES: Readonly<Record<string, string>> = { 'Verify info': 'verification', 'Verify centralized': 'restoredVerification' };

/** When a wait ends, if the definition that was built with this command line knows the state. */
function endOf(wait: string, change: unknown, enteredAt: string): Date {
  const { SecondsPath, TimestampPath } =
    (definition.States as Record<string, { SecondsPath?: string; TimestampPath?: string }>)[wait] ?? {};
  const at = (path: string) => partOf(change, ...path.split('.').slice(1));
  if (TimestampPath) return new Date(String(at(TimestampPath)));
  const seconds = SecondsPath ? at(SecondsPath) : 0;
  return new Date(Date.parse(enteredAt) + (typeof seconds === 'number' ? seconds : 0) * 1000);
}

/** The sample that a verification took, from what it keeps of all samples. */
function sampleIn(change: unknown, step: string, at: string): TimelineEvent | undefined {
  const verified = partOf(change, SAMPLES[step] ?? '');
  const state = partOf(verified, 'tally', 'streak', 'state');
  if (typeof state !== 'string') return undefined;
  const problems = partOf(verified, 'tally', 'problems');
  const sources = partOf(verified, 'health', 'sources');
  const lags = (Array.isArray(sources) ? sources : []).map((source) => partOf(source, 'lagMs')).filter((lag) => typeof lag === 'number');
  return {
    at,
    type: 'sample',
    step,
    state,
    // Problems are kept from an earlier sample when the latest was good.
    problems: state !== 'good' && Array.isArray(problems) ? problems.map(String) : [],
    ...(lags.length > 0 && { lagMs: Math.max(...lags) }),
  };
}

/** Tells an execution as the local engine tells a change: each step when it begins, how it ended, samples, waits. */
export class Narrator {
  readonly #watcher: Watcher;
  #step = '';
  /** The latest attempt at the step failed: what leaves the state is the error that was caught. */
  #failed = false;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  tell(happening: Happening): void {
    const { at, kind } = happening;
    if (kind === 'entered' && happening.type === 'Task') this.#begin(at, happening.state);
    else if (kind === 'entered' && happening.type === 'Wait')
      this.#watcher.waiting(happening.state, endOf(happening.state, happening.data, at));
    else if (kind === 'scheduled' && this.#failed) this.#begin(at, this.#step);
    else if (kind === 'failed') {
      this.#failed = true;
      this.#watcher.event({ at, type: 'step-ended', step: this.#step, error: happening.error });
    } else if (kind === 'exited' && happening.type === 'Task' && !this.#failed) this.#end(at, happening.data);
    else if (kind === 'redriven') this.#watcher.event({ at, type: 'note', text: 'the execution was redriven: it goes on where it failed' });
  }

  #begin(at: string, step: string): void {
    this.#step = step;
    this.#failed = false;
    this.#watcher.event({ at, type: 'step-started', step });
  }

  #end(at: string, change: unknown): void {
    const step = this.#step;
    const notes = step === 'Rebind policy' ? partOf(change, 'policy', 'notes') : undefined;
    if (Array.isArray(notes)) for (const text of notes) this.#watcher.event({ at, type: 'note', text: String(text) });
    const sample = isObject(change) ? sampleIn(change, step, at) : undefined;
    if (sample) this.#watcher.event(sample);
    this.#watcher.event({ at, type: 'step-ended', step });
  }
}
