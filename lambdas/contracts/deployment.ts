/** Words that the deployed functions, the stack around them and the command line share. */

/** Environment of a deployed function. None of it is secret. */
export const ENVIRONMENT = {
  /** Name of the table that keeps changes, locks and rollouts. */
  table: 'SYNCSHIFT_TABLE',
  /** Path of the configuration file; in a function it lies beside the code. */
  configuration: 'SYNCSHIFT_CONFIG',
  /** Name of the event bus that is told how a change ended; without it nobody is told. */
  eventBus: 'SYNCSHIFT_EVENT_BUS',
  /** ARN of the state machine of changes, for the function that wakes and stops its executions. */
  stateMachine: 'SYNCSHIFT_STATE_MACHINE',
  /** ARN by which changes are started: the alias of the state machine of changes. */
  changeAlias: 'SYNCSHIFT_CHANGE_ALIAS',
  /** ARN of the state machine of rollouts, for functions that start its executions or wake them. */
  rolloutMachine: 'SYNCSHIFT_ROLLOUT_MACHINE',
  /** Name of the function that takes up what people ask for in chat. */
  chatWorker: 'SYNCSHIFT_CHAT_WORKER',
  /** Name of the function that reads clusters for people in chat. */
  inspector: 'SYNCSHIFT_INSPECTOR',
  /** ARN of the topic that is told what happens to changes. */
  topic: 'SYNCSHIFT_TOPIC',
  /** Where the runbook is: a path or an address, to which `#` and a heading are appended. */
  runbook: 'SYNCSHIFT_RUNBOOK',
} as const;

/** Names by which the command line finds what is deployed in an account and region. The alias starts the newest version. */
export const DEPLOYED = {
  stateMachine: 'syncshift-change',
  alias: 'live',
  table: 'syncshift-changes',
  /** Carries out rollouts. Its input is an `OpenRolloutInput`, and its executions are called `<rollout>-r<run>`. */
  rollout: 'syncshift-rollout',
  /** Rolls back changes whose execution was cut short. Its input is `{ changeId, why, force }`. */
  recovery: 'syncshift-recover-change',
  /** Function behind the URL at which people decide; it knows who calls. */
  decisions: 'syncshift-decisions',
  /** Group of all schedules that start changes. */
  scheduleGroup: 'syncshift',
  /** Queue for starts that could not be delivered. */
  scheduleQueue: 'syncshift-undelivered-starts',
  /** Role of all schedules; the region is part of its name, because roles belong to an account. */
  scheduleRole: (region: string): string => `syncshift-schedules-${region}`,
} as const;

/** Name of the configuration file inside the bundle of a function. */
export const BUNDLED_CONFIGURATION = 'syncshift.config.json';

export const METRIC_NAMESPACE = 'syncshift';
export const METRICS = {
  /** One for each change that ended, with its outcome as the dimension `Outcome`. */
  ended: 'ChangesEnded',
  /** Locks that stand now. */
  locks: 'LocksHeld',
  /** Locks that stand although the lease of their change is over: its execution died, or it waits for an operator. */
  locksPastLease: 'LocksPastLease',
  /** News that the event bus or the topic of notifications did not take, and will not. */
  eventsLost: 'EventsLost',
  /** Changes that somebody let through their approval gate alone. */
  glassBroken: 'GlassBroken',
  /** Times that something could not be told in chat, and will not be by repeating it: the channel is gone, the app is not in it. */
  threadsLost: 'ThreadsLost',
  /** Runs of a step that ended in an error which the workflow knows: a refusal or a finding, and no fault of the function. */
  stepErrors: 'StepErrors',
} as const;
export const OUTCOME_DIMENSION = 'Outcome';

/** How the event of an ended change is found on the bus. Its detail is the change's report without its steps. */
export const CHANGE_ENDED = { source: 'syncshift', detailType: 'Change ended' } as const;
