import { HistoryEventType } from '@aws-sdk/client-sfn';
import { StateMachine } from 'aws-local-stepfunctions';
import { beforeAll, describe, expect, it } from 'vitest';
import { LONGEST_REASON } from '../../lambdas/contracts/request.ts';
import { changeIdAt } from '../../lambdas/contracts/rollout.ts';
import { RolloutFile, type RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import { type Move, NextInLaneOutput } from '../../lambdas/contracts/rollout-steps.ts';
import { MOST_CHANGES_PER_LANE_RUN, MOST_ITEMS, MOST_MOVES_PER_RUN } from '../../lambdas/domain/rollout/limits.ts';
import { requestOf, undoRequestOf } from '../../lambdas/domain/rollout/requests.ts';
import { ROLLOUT, type Scope, STATES, type State } from './rollout-definition.ts';

/** What Step Functions takes as the input or the output of a state, in bytes of UTF-8. */
const MOST_BYTES = 262_144;
/** What the history of an execution has room for. */
const MOST_EVENTS = 25_000;
const TARGETS = 10_000;
const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

const NAME = 'x'.repeat(30);
const rolloutId = `rol-${NAME}-20261123-abcdefgh`;
const CLUSTER = 'c'.repeat(63);
const database = (index: number): string => `d${String(index).padStart(62, '0')}`;
const listed = Array.from({ length: 1_000 }, (_, index) => `${CLUSTER}/${database(index)}`);
/** The longest that the fields of a rollout can be which every change of it repeats. */
const widest = {
  name: NAME,
  requestedBy: 'ü'.repeat(200),
  reason: '日'.repeat(LONGEST_REASON),
  wanted: { proxyPolicy: 'all-master-shards' },
  verification: {
    settleSeconds: 3_600,
    intervalSeconds: 3_600,
    samples: 2,
    deadlineSeconds: 3_600,
    maxLagMs: 3_600_000,
    requireHealth: true,
  },
  gates: { approve: ['rollout'], window: { calendar: 'n'.repeat(100) } },
} satisfies Partial<RolloutFileInput>;
const longest = RolloutFile.parse({ ...widest, select: { clusters: ['*'] } });
const target = { cluster: CLUSTER, id: 'db:999999999', position: TARGETS, attempt: 3, undo: 9, says: 's'.repeat(5_000) } as const;

type Handlers = Record<string, (input: never) => Promise<unknown>>;
interface Entered {
  readonly name: string;
  readonly type: string;
  readonly input: unknown;
}

const withoutLimits = ({ States }: Scope): Scope['States'] =>
  Object.fromEntries(Object.entries(States).map(([name, { TimeoutSecondsPath: _, ...state }]) => [name, state]));

/** Runs the very definition over stand-ins for its tasks, and notes every state that is entered. */
async function statesOf(input: unknown, handlers: Handlers, scope: Scope = ROLLOUT): Promise<{ entered: Entered[]; output: unknown }> {
  // The local engine knows no limits of weeks.
  const { StartAt } = scope;
  const machine = new StateMachine({ StartAt, States: withoutLimits(scope) } as never, { validationOptions: { noValidate: true } });
  const execution = machine.run(input as never, {
    overrides: { taskResourceLocalHandlers: handlers as never },
    context: { Execution: { Name: 'a test', Input: input }, Task: { Token: 't'.repeat(1_000) } } as never,
  });
  const entered: Entered[] = [];
  for await (const event of execution.eventLogs) if (event.type === 'StateEntered') entered.push(event.state as Entered);
  return { entered, output: await execution.result };
}

const items = Array.from({ length: MOST_ITEMS }, (_, index) => TARGETS - index);
const LARGEST: readonly Move[] = [
  { kind: 'survey', items, atOnce: 1_000 },
  { kind: 'plan' },
  { kind: 'approve', wave: 100, timeoutSeconds: 30_000_000 },
  { kind: 'change', wave: 100, items, atOnce: 1_000 },
  { kind: 'undo', wave: 100, items, atOnce: 1_000 },
  { kind: 'check', items, atOnce: 1_000 },
  { kind: 'hand-over', run: 999 },
];
const file = { ...widest, select: { targets: listed } };

describe('what travels through a rollout of 10,000 targets', () => {
  let entered: Entered[];
  beforeAll(async () => {
    const moves = LARGEST.map((move, index) => ({ moves: MOST_MOVES_PER_RUN + index, move }));
    const nothing = async () => ({});
    ({ entered } = await statesOf(
      { rolloutId, run: 999, file, planOnly: false },
      {
        'Open rollout': async () => ({ rolloutId, run: 999 }),
        'Judge rollout': async () => moves.shift(),
        // Whatever the functions answer, and were it as much as they can.
        'Survey cluster': async () => ({ much: 'x'.repeat(2_000) }),
        'Check cluster': async () => ({ much: 'x'.repeat(2_000) }),
        'Make plan': async () => ({ much: 'x'.repeat(200_000) }),
        'Ask for approval': async () => ({ much: 'x'.repeat(200_000) }),
        'Next in lane': async () => ({ next: 'nothing' }),
        'Go on in a new execution': nothing,
      },
    ));
  }, 120_000);
  const inputsOf = (...names: string[]) => entered.filter(({ name }) => names.includes(name)).map(({ input }) => bytesOf(input));

  it('is carried by the definition through every kind of move', () => {
    expect(inputsOf('What next?')).toHaveLength(LARGEST.length);
    expect(inputsOf('Next in lane')).toHaveLength(2 * MOST_ITEMS);
    expect(inputsOf('Survey cluster', 'Check cluster')).toHaveLength(2 * MOST_ITEMS);
  });

  it('is at most a thousand numbers: every state behind the opening is 40 times smaller than it may be', () => {
    const largest = Math.max(...entered.filter(({ name }) => name !== 'Open rollout').map(({ input }) => bytesOf(input)));
    expect(largest).toBeGreaterThan(bytesOf(items));
    expect(largest).toBeLessThan(MOST_BYTES / 40);
  });

  it('does not grow with what somebody wrote into the file, which the opening alone is handed', () => {
    expect(inputsOf('Open rollout')[0]).toBeGreaterThan(100_000);
    expect(Math.max(...inputsOf('Judge rollout'))).toBeLessThan(10_000);
  });

  it('does not grow with what the functions answer', () => {
    for (const name of ['Survey cluster: done', 'Check cluster: done']) expect(Math.max(...inputsOf(name))).toBeLessThan(1_000);
  });

  it('comes out of a Map as a thousand times nothing', async () => {
    const { ItemProcessor } = STATES['Survey clusters'] ?? {};
    const { output } = await statesOf({ rolloutId, run: 1, item: 1 }, { 'Survey cluster': async () => ({ much: 'x' }) }, ItemProcessor);
    expect(bytesOf(Array.from({ length: MOST_ITEMS }, () => output))).toBeLessThan(MOST_BYTES / 40);
  });
});

describe('what a rollout is started with', () => {
  const started = (targets: number, exclusions: number) => ({
    rolloutId,
    run: 0,
    planOnly: false,
    file: { ...widest, select: { targets: listed.slice(0, targets), exclude: listed.slice(0, exclusions) } },
  });

  it('fits where the file is accepted, and a file that would not fit is refused', () => {
    const [accepted, refused] = [started(1_000, 450), started(1_000, 1_000)];
    expect(RolloutFile.safeParse(accepted.file).error?.message).toBeUndefined();
    expect(bytesOf(accepted)).toBeGreaterThan(MOST_BYTES / 2);
    expect(bytesOf(accepted)).toBeLessThan(MOST_BYTES);
    expect(bytesOf(refused)).toBeGreaterThan(MOST_BYTES);
    expect(RolloutFile.safeParse(refused.file).success).toBe(false);
  });
});

/** As many changes as a lane makes in one run, each with the longest request that there can be. */
const laneOf = (changes: number, request: object): Handlers => {
  let done = 0;
  return {
    'Next in lane': async () => {
      if (done >= changes) return { next: 'nothing' };
      done += 1;
      return { next: 'change', done, changeId: changeIdAt(rolloutId, target, 9), request };
    },
    'Change database': async () => ({ Output: { report: 'x'.repeat(200_000) } }),
  };
};
const LANE = STATES['Carry out lanes']?.ItemProcessor;
const laneInput = { rolloutId, run: 999, kind: 'change', wave: 100, lane: TARGETS, step: { done: 0 } };

describe('what travels through a lane', () => {
  it.each([
    ['changed', requestOf(rolloutId, longest, target)],
    ['sent back', undoRequestOf(rolloutId, longest, target)],
  ])('is one request at a time, of a target that is %s: 20 times smaller than a state may be', async (_case, request) => {
    const step = { next: 'change', done: MOST_CHANGES_PER_LANE_RUN, changeId: request.changeId, request };
    expect(NextInLaneOutput.safeParse(step).error?.message).toBeUndefined();
    const { entered, output } = await statesOf(laneInput, laneOf(3, request), LANE);
    const sizes = entered.map(({ input }) => bytesOf(input));
    expect(Math.max(...sizes)).toBeGreaterThan(bytesOf(request));
    expect(Math.max(...sizes)).toBeLessThan(MOST_BYTES / 20);
    // The third turn carries no more than the first one.
    const turns = entered.filter(({ name }) => name === 'Change database').map(({ input }) => bytesOf(input));
    expect(new Set(turns).size).toBe(1);
    expect(output).toEqual({});
  });
});

/** Events that a state leaves in the history when it succeeds at once, and those that each repetition adds. */
interface Events {
  readonly once: readonly HistoryEventType[];
  readonly repeated: readonly HistoryEventType[];
}
const E = HistoryEventType;
const task = (...inner: HistoryEventType[]) => [E.TaskStateEntered, ...inner, E.TaskStateExited];
const FUNCTION: Events = {
  once: task(E.LambdaFunctionScheduled, E.LambdaFunctionStarted, E.LambdaFunctionSucceeded),
  repeated: [E.LambdaFunctionScheduled, E.LambdaFunctionStarted, E.LambdaFunctionFailed],
};
const REQUEST: Events = {
  once: task(E.TaskScheduled, E.TaskStarted, E.TaskSucceeded),
  repeated: [E.TaskScheduled, E.TaskStarted, E.TaskFailed],
};
const SLEEPING: Events = {
  once: task(E.TaskScheduled, E.TaskStarted, E.TaskSubmitted, E.TaskSucceeded),
  repeated: [E.TaskScheduled, E.TaskStarted, E.TaskSubmitted, E.TaskFailed],
};
const OTHERS: Record<string, readonly HistoryEventType[]> = {
  Choice: [E.ChoiceStateEntered, E.ChoiceStateExited],
  Pass: [E.PassStateEntered, E.PassStateExited],
  Wait: [E.WaitStateEntered, E.WaitStateExited],
  Succeed: [E.SucceedStateEntered, E.SucceedStateExited],
  Fail: [E.FailStateEntered],
  // Whatever its items do is in the histories of their own executions.
  Map: [E.MapStateEntered, E.MapStateStarted, E.MapRunStarted, E.MapRunSucceeded, E.MapStateSucceeded, E.MapStateExited],
};
const BEGIN_AND_END = [E.ExecutionStarted, E.ExecutionSucceeded].length;

function eventsOf({ Type, Resource = '' }: State): Events {
  if (Type !== 'Task') return { once: OTHERS[Type] ?? [], repeated: [] };
  if (Resource.includes(':function:')) return FUNCTION;
  return /\.(?:sync:2|waitForTaskToken)$/.test(Resource) ? SLEEPING : REQUEST;
}
const leastOf = (name: string): number => eventsOf(STATES[name] ?? { Type: 'none' }).once.length;
/** With every repetition that the definition allows. */
function mostOf(name: string): number {
  const { Retry = [], ...state } = STATES[name] ?? { Type: 'none' };
  const { once, repeated } = eventsOf(state);
  return once.length + repeated.length * Retry.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
}
const sumOf = (names: readonly string[], count: (name: string) => number): number => names.reduce((sum, name) => sum + count(name), 0);

describe('the history of an execution', () => {
  it('is counted in events of every state of the definition', () => {
    for (const name of Object.keys(STATES)) expect(leastOf(name), name).toBeGreaterThan(0);
    expect([leastOf('Judge rollout'), leastOf('Change database'), leastOf('Go on in a new execution')]).toEqual([5, 6, 5]);
    expect(mostOf('Judge rollout')).toBe(5 + 3 * 6);
  });

  it('has room for every move of a run, were each step of each of them repeated as often as it may be', () => {
    const moves = (STATES['What next?']?.Choices ?? []).map(({ Next }) => Next);
    const loop = sumOf(['Judge rollout', 'What next?'], mostOf) + Math.max(...moves.map(mostOf));
    const ends = sumOf(['Open rollout', 'Judge rollout', 'What next?', 'Go on in a new execution', 'Handed over'], mostOf);
    expect(BEGIN_AND_END + MOST_MOVES_PER_RUN * loop + ends).toBeLessThan(MOST_EVENTS);
  });

  const turn = ['Next in lane', 'Anything left?', 'Change database'];
  const look = ['Wait for its recovery', 'Next in lane', 'Anything left?'];

  it('of a lane counts, as it is run, thirteen events for each change', async () => {
    const { entered } = await statesOf(laneInput, laneOf(MOST_CHANGES_PER_LANE_RUN, requestOf(rolloutId, longest, target)), LANE);
    const events =
      BEGIN_AND_END +
      sumOf(
        entered.map(({ name }) => name),
        leastOf,
      );
    const last = sumOf(['Next in lane', 'Anything left?', 'Lane done'], leastOf);
    expect(events).toBe(BEGIN_AND_END + MOST_CHANGES_PER_LANE_RUN * 13 + last);
    expect(events).toBeLessThan(MOST_EVENTS / 9);
  });

  it('of a lane has room for every change of a run with all repetitions, and beside them for eight hours of looking at recoveries', () => {
    const LOOKS = (8 * 3_600) / 30;
    const changes = MOST_CHANGES_PER_LANE_RUN * sumOf(turn, mostOf);
    expect(BEGIN_AND_END + changes + LOOKS * sumOf(look, leastOf)).toBeLessThan(MOST_EVENTS);
  });
});
