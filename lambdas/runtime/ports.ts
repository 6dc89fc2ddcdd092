import { StepError } from '../contracts/errors.ts';
import type { Holder, NewTimelineEvent } from '../contracts/record.ts';
import type { RequestDefaults } from '../contracts/request.ts';
import type { ChangeStore } from '../ports/change-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterWriter } from '../ports/cluster.ts';

export type CommandObserver = (event: Omit<Extract<NewTimelineEvent, { type: 'command' }>, 'type' | 'step'>) => Promise<void>;

/** The outside world as the steps see it. */
export interface Ports {
  readonly store: ChangeStore;
  readonly clock: Clock;
  readonly holder: Holder;
  /** Configured parts of a request. */
  readonly defaults: RequestDefaults;
  /** @throws StepError `ClusterAccessError` when the configuration has no such cluster or no way to reach it. */
  cluster(name: string, observe: CommandObserver): ClusterWriter;
  /** True once somebody asked for the change to stop. */
  isCancelled(changeId: string): boolean;
}

let provided: Ports | undefined;

/** Says what the steps of this process work with. */
export function providePorts(ports: Ports): void {
  provided = ports;
}

/** @throws StepError `ClusterAccessError` in a function that was deployed: this version has no transport that works from there. */
export function ports(): Ports {
  if (provided) return provided;
  throw new StepError('ClusterAccessError', 'no cluster can be reached from here: this version drives clusters from one machine only');
}
