import type { ApprovalRules } from '../contracts/configuration.ts';
import type { Holder, NewTimelineEvent } from '../contracts/record.ts';
import type { RequestDefaults } from '../contracts/request.ts';
import type { Alarms } from '../ports/alarms.ts';
import type { Calendar } from '../ports/calendar.ts';
import type { ChangeStore } from '../ports/change-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterWriter, HealthReader } from '../ports/cluster.ts';
import type { ChangeEvents } from '../ports/events.ts';
import type { RolloutStarter } from '../ports/rollout-starter.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';
import type { WaitingWorkflow } from '../ports/waiting-workflow.ts';

export type CommandObserver = (event: Omit<Extract<NewTimelineEvent, { type: 'command' }>, 'type' | 'step'>) => Promise<void>;

/** What stands between a plan and the lock, as it is configured. */
export interface Gates {
  /** @throws StepError `ClusterAccessError` when the configuration has no such cluster. */
  rulesOf(cluster: string): ApprovalRules;
  /** Accounts by the person who has them. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  /** Names of the calendars that forbid every start while they are closed. */
  readonly freezes: readonly string[];
  /** @throws StepError `InvalidInputError` when the configuration has no such calendar, `CalendarUnreadableError`. */
  calendar(name: string): Promise<Calendar>;
}

/** The outside world as the steps see it. */
export interface Ports {
  readonly store: ChangeStore;
  readonly clock: Clock;
  readonly holder: Holder;
  /** Configured parts of a request. */
  readonly defaults: RequestDefaults;
  /**
   * @param startAt - how many healthy nodes to pass over first, so that a step may hear another node than the one before it.
   * @throws StepError `ClusterAccessError` when the configuration has no such cluster or no way to reach it.
   */
  cluster(name: string, observe: CommandObserver, startAt?: number): Promise<ClusterWriter>;
  /** Where the replication health of a cluster can be read; undefined when it has no such source. */
  health(name: string, observe: CommandObserver): Promise<HealthReader | undefined>;
  readonly gates: Gates;
  /** Workflows that sleep and have to be woken; none where the one that waits looks by itself. */
  readonly waiting?: WaitingWorkflow;
  /** Told how changes end, where somebody listens. */
  readonly events?: ChangeEvents;
  /** Rollouts, whoever runs them, and what they ask: alarms, and the names of the clusters in the order of the configuration. */
  readonly rollouts?: RolloutStore;
  readonly starter?: RolloutStarter;
  readonly alarms?: Alarms;
  readonly clusters?: readonly string[];
  /** True once this very process was asked for the change to stop; what others asked for is in the store. */
  isCancelled(changeId: string): boolean;
}

let provided: Ports | Promise<Ports> | undefined;

/** Says what the steps of this process work with. */
export function providePorts(ports: Ports): void {
  provided = ports;
}

/** The ports of this process: those it was given, or, in a deployed function, those that its environment names. */
export async function ports(): Promise<Ports> {
  provided ??= import('./deployed.ts')
    .then(({ deployedPorts }) => deployedPorts())
    .catch((error: unknown) => {
      // A function that stays warm must not go on failing for what has passed.
      provided = undefined;
      throw error;
    });
  return provided;
}
