import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { errorsThatRepeat } from '../../lambdas/contracts/errors.ts';
import { ROLLOUT_OUTCOMES } from '../../lambdas/contracts/rollout-outcomes.ts';
import { Move } from '../../lambdas/contracts/rollout-steps.ts';
import { ROLLOUT_STEPS } from './deployment.ts';
import { following, ofType, ROLLOUT, reachedFrom, SCOPES, STATES } from './rollout-definition.ts';

const JUDGE = 'Judge rollout';
const KINDS = Move.options.flatMap(({ shape }) => ('value' in shape.kind ? [shape.kind.value] : shape.kind.options)) as string[];
const YEAR_SECONDS = 365 * 86_400;
const LONGEST_LABEL = 40;
const text = JSON.stringify(ROLLOUT);

describe('the definition of a rollout', () => {
  it('is valid Amazon States Language, as a validator of other people sees it', () => {
    const { isValid, errors } = validate(structuredClone(ROLLOUT) as never);
    expect(errors).toEqual([]);
    expect(isValid).toBe(true);
  });

  it('names no two states alike, in and out of its Maps: the local engine finds what it runs by the name', () => {
    const names = SCOPES.flatMap(({ States }) => Object.keys(States));
    expect(new Set(names).size).toBe(names.length);
  });

  it('holds nothing that the local engine does not know', () => {
    for (const unknown of ['$$.State', 'ItemReader', 'ItemBatcher', 'ResultWriter', 'QueryLanguage', 'HeartbeatSeconds', '{%'])
      expect(text).not.toContain(unknown);
  });

  it('reaches every state, and every way that ends does so with success or a named error', () => {
    for (const scope of SCOPES) {
      expect([...reachedFrom(scope.StartAt, scope)].sort()).toEqual(Object.keys(scope.States).sort());
      for (const [name, state] of Object.entries(scope.States))
        if (following(state).length === 0) expect(['Succeed', 'Fail', 'Pass'], name).toContain(state.Type);
    }
  });

  it('bounds every task and the whole in time', () => {
    for (const [name, { TimeoutSeconds, TimeoutSecondsPath }] of ofType('Task'))
      expect(TimeoutSeconds ?? TimeoutSecondsPath, name).toBeTruthy();
    expect(ROLLOUT.TimeoutSeconds).toBeLessThan(YEAR_SECONDS);
  });

  it('gives every task and every Map a way out for every error', () => {
    for (const [name, { Catch = [] }] of [...ofType('Task'), ...ofType('Map')])
      expect(Catch.at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
  });

  it('fails with the names that the outcomes have', () => {
    const errors = Object.values(ROLLOUT_OUTCOMES).flatMap((end) => ('executionError' in end ? end.executionError : []));
    expect(new Set(ofType('Fail').map(([, state]) => state.Error))).toEqual(new Set(errors));
  });

  it('calls each function by the name of its step', () => {
    const called = ofType('Task').map(([, { Resource = '', Parameters = {} }]) => String(Parameters.FunctionName ?? Resource));
    const functions = called.filter((arn) => arn.includes(':lambda:')).map((arn) => arn.split(':').at(-1));
    expect(functions.sort()).toEqual(ROLLOUT_STEPS.map((step) => step.replaceAll('-', '')).sort());
  });
});

describe('the loop around the judge', () => {
  const choices = STATES['What next?']?.Choices ?? [];
  const stateOf = (kind: string): string => choices.find(({ StringEquals }) => StringEquals === kind)?.Next ?? '';
  /** Moves after which this execution goes no further. */
  const LAST = ['hand-over', 'pause', 'end'];

  it('begins with the opening, which leaves nothing in the state but the place of the rollout', () => {
    expect(ROLLOUT.StartAt).toBe('Open rollout');
    expect(STATES['Open rollout']).toMatchObject({
      Next: JUDGE,
      ResultSelector: { 'rolloutId.$': '$.rolloutId', 'run.$': '$.run', judged: { moves: 0 } },
    });
    // What somebody wrote goes to the function as a whole, and no further.
    expect(STATES['Open rollout']).not.toHaveProperty('Parameters');
    expect(STATES['Open rollout']).not.toHaveProperty('ResultPath');
  });

  it('knows every kind of move, and no other', () => {
    expect(choices.map(({ StringEquals }) => StringEquals).sort()).toEqual([...KINDS].sort());
    expect(new Set(choices.map(({ Variable }) => Variable))).toEqual(new Set(['$.judged.move.kind']));
    expect(STATES['What next?']).not.toHaveProperty('Default');
  });

  it.each(KINDS.filter((kind) => !LAST.includes(kind)))('leads back to the judge after "%s", whatever comes of it', (kind) => {
    const passed = [...reachedFrom(stateOf(kind), ROLLOUT, [JUDGE])];
    expect(passed).toContain(JUDGE);
    expect(passed.filter((name) => ['Succeed', 'Fail'].includes(STATES[name]?.Type ?? ''))).toEqual([]);
  });

  it.each(LAST)('ends after "%s"', (kind) => {
    expect([...reachedFrom(stateOf(kind), ROLLOUT)]).not.toContain(JUDGE);
  });

  it('keeps nothing that a move has brought: what came of it is read in the store', () => {
    const moves = Object.entries(ROLLOUT.States).filter(([, { Type }]) => Type === 'Task' || Type === 'Map');
    const kept = moves.filter(([, { ResultPath }]) => ResultPath !== null).map(([name, { ResultPath }]) => [name, ResultPath]);
    expect(Object.fromEntries(kept)).toEqual({ 'Open rollout': undefined, [JUDGE]: '$.judged', 'End rollout': '$.ended' });
  });

  it('repeats a judge that fails in whatever way, but for errors that come again, and leaves the record as it is when that does not help', () => {
    const { Retry = [], Catch = [] } = STATES[JUDGE] ?? {};
    expect(Retry.map(({ ErrorEquals, MaxAttempts }) => [ErrorEquals.filter((name) => !name.startsWith('Lambda.')), MaxAttempts])).toEqual([
      [['InvalidInputError', 'LockLostError'], 0],
      [errorsThatRepeat(), 4],
      [['States.ALL'], 2],
    ]);
    expect(Catch).toEqual([{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Rollout cut short' }]);
    expect(STATES['Rollout cut short']).toMatchObject({ Type: 'Fail', Error: 'NeedsOperator' });
  });

  it('refuses what cannot be read, and what cannot be opened for another reason needs somebody', () => {
    const { Catch = [] } = STATES['Open rollout'] ?? {};
    expect(Catch.map(({ ErrorEquals, Next }) => [ErrorEquals, Next])).toEqual([
      [['InvalidInputError'], 'Rollout not opened'],
      [['States.ALL'], 'Rollout cut short'],
    ]);
    expect(STATES['Rollout not opened']?.Error).toBe('Refused');
  });

  it('sleeps at its gate under a token, for as long as the move says, and asks nobody twice', () => {
    expect(STATES['Ask for approval']).toMatchObject({
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: {
        Payload: { 'rolloutId.$': '$.rolloutId', 'run.$': '$.run', 'wave.$': '$.judged.move.wave', 'token.$': '$$.Task.Token' },
      },
      TimeoutSecondsPath: '$.judged.move.timeoutSeconds',
      ResultPath: null,
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: JUDGE }],
    });
    const repeated = (STATES['Ask for approval']?.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(repeated).toEqual(expect.arrayContaining(errorsThatRepeat()));
    // Time that ran out and a rejection are errors of the task as well.
    for (const final of ['States.ALL', 'States.Timeout', 'States.TaskFailed', 'ApprovalRejectedError'])
      expect(repeated).not.toContain(final);
  });

  it('goes on in an execution of the same workflow, called after the next run, with nothing but its place', () => {
    expect(STATES['Go on in a new execution']).toMatchObject({
      Resource: 'arn:aws:states:::states:startExecution',
      Parameters: {
        StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:syncshift-rollout',
        'Name.$': "States.Format('{}-r{}', $.rolloutId, $.judged.move.run)",
        Input: { 'rolloutId.$': '$.rolloutId', 'run.$': '$.judged.move.run' },
      },
      Next: 'Handed over',
    });
  });
});

describe('the Maps', () => {
  const maps = ofType('Map');

  it('are three, each with an execution for each item, and none that an item can fail', () => {
    expect(maps.map(([name]) => name).sort()).toEqual(['Carry out lanes', 'Check members', 'Survey clusters']);
    for (const [name, map] of maps) {
      expect(map, name).toMatchObject({
        ItemsPath: '$.judged.move.items',
        MaxConcurrencyPath: '$.judged.move.atOnce',
        ToleratedFailurePercentage: 100,
        ResultPath: null,
        Next: JUDGE,
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: JUDGE }],
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
      });
    }
  });

  it('name their executions within what Step Functions takes, each in its own way', () => {
    const labels = maps.map(([, map]) => String((map as { Label?: string }).Label));
    expect(new Set(labels).size).toBe(maps.length);
    for (const label of labels) {
      expect(label).toMatch(/^[A-Za-z0-9]+$/);
      expect(label.length).toBeLessThanOrEqual(LONGEST_LABEL);
    }
  });

  it('end each item with nothing, whether its step succeeded or not', () => {
    for (const [name, { ItemProcessor }] of maps) {
      const { States = {}, StartAt = '' } = ItemProcessor ?? {};
      const ends = Object.values(States).filter((state) => following(state).length === 0);
      expect(ends, name).toEqual([{ Type: 'Pass', Result: {}, End: true }]);
      expect(States[States[StartAt]?.Catch?.at(-1)?.Next ?? ''], name).toEqual(ends[0]);
    }
  });

  it('hand each item its number and the place of the rollout', () => {
    const place = { 'rolloutId.$': '$.rolloutId', 'run.$': '$.run' };
    for (const name of ['Survey clusters', 'Check members'])
      expect(STATES[name]?.ItemSelector).toEqual({ ...place, 'item.$': '$$.Map.Item.Value' });
    expect(STATES['Carry out lanes']?.ItemSelector).toEqual({
      ...place,
      'kind.$': '$.judged.move.kind',
      'wave.$': '$.judged.move.wave',
      'lane.$': '$$.Map.Item.Value',
      step: { done: 0 },
    });
  });
});

describe('a lane', () => {
  it('looks what comes next, with how many targets it has begun', () => {
    expect(STATES['Next in lane']).toMatchObject({
      Parameters: { 'kind.$': '$.kind', 'wave.$': '$.wave', 'lane.$': '$.lane', 'done.$': '$.step.done' },
      ResultPath: '$.step',
      Next: 'Anything left?',
    });
    expect(STATES['Anything left?']).toMatchObject({
      Choices: [
        { Variable: '$.step.next', StringEquals: 'change', Next: 'Change database' },
        { Variable: '$.step.next', StringEquals: 'wait', Next: 'Wait for its recovery' },
      ],
      Default: 'Lane done',
    });
    expect(STATES['Wait for its recovery']).toMatchObject({ SecondsPath: '$.step.seconds', Next: 'Next in lane' });
  });

  it('carries out a change as an execution under its own name, with its request and nothing else, and looks at the record however it ends', () => {
    expect(STATES['Change database']).toMatchObject({
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Parameters: {
        StateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:WorkflowLive',
        'Name.$': '$.step.changeId',
        'Input.$': '$.step.request',
      },
      ResultPath: null,
      Next: 'Next in lane',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Next in lane' }],
    });
    // An execution that ended badly is never started again under its name.
    const repeated = (STATES['Change database']?.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
    expect(repeated.filter((name) => !name.startsWith('StepFunctions.'))).toEqual([]);
    expect(text).not.toContain('AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID');
  });
});
