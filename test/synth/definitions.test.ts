import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { errorsThat, errorsThatRepeat, STEP_ERROR_NAMES } from '../../lambdas/contracts/errors.ts';
import { OUTCOMES } from '../../lambdas/contracts/outcomes.ts';
import change from '../../lib/local/definitions/change.asl.json' with { type: 'json' };
import recovery from '../../lib/local/definitions/recover-change.asl.json' with { type: 'json' };

interface State {
  Type: string;
  Resource?: string;
  Parameters?: Record<string, unknown>;
  TimeoutSeconds?: number;
  TimeoutSecondsPath?: string;
  TimestampPath?: string;
  Next?: string;
  Default?: string;
  Choices?: { Next: string }[];
  Error?: string;
  ResultPath?: string | null;
  Retry?: { ErrorEquals: string[] }[];
  Catch?: { ErrorEquals: string[]; Next: string; ResultPath?: string | null }[];
}
interface Definition {
  StartAt: string;
  TimeoutSeconds: number;
  States: Record<string, State>;
}
const CHANGE = change as unknown as Definition;
const RECOVERY = recovery as unknown as Definition;
const tasksOf = ({ States }: Definition) => Object.entries(States).filter(([, state]) => state.Type === 'Task');

const SETTLE_SAMPLE_AND_WAIT_SECONDS = 3 * 3_600;
const DAY_SECONDS = 86_400;
/** The longest that Step Functions lets an execution run. */
const YEAR_SECONDS = 365 * DAY_SECONDS;

describe.each([
  [
    'a change',
    CHANGE,
    { verifications: 2, errors: Object.values(OUTCOMES).flatMap((end) => ('executionError' in end ? end.executionError : [])) },
  ],
  ['the recovery of a change', RECOVERY, { verifications: 1, errors: ['NeedsOperator'] }],
])('the definition of %s', (_case, definition, { verifications, errors }) => {
  const states = definition.States;
  const tasks = tasksOf(definition);

  it('is valid Amazon States Language, as a validator of other people sees it', () => {
    const { isValid, errors: found } = validate(definition as never);
    expect(found).toEqual([]);
    expect(isValid).toBe(true);
  });

  it('bounds every task and the whole in time, the whole above the longest way through, and below what Step Functions bounds', () => {
    for (const [name, { TimeoutSeconds, TimeoutSecondsPath }] of tasks) expect(TimeoutSeconds ?? TimeoutSecondsPath, name).toBeTruthy();
    const everyTask = tasks.reduce((sum, [, { TimeoutSeconds = 0 }]) => sum + TimeoutSeconds, 0);
    expect(definition.TimeoutSeconds).toBeGreaterThan(verifications * SETTLE_SAMPLE_AND_WAIT_SECONDS + everyTask);
    expect(definition.TimeoutSeconds).toBeLessThan(YEAR_SECONDS);
  });

  it('gives every task a way out for every error', () => {
    for (const [name, { Catch = [] }] of tasks) expect(Catch.at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
  });

  it('reaches every state, and every way ends', () => {
    const next = ({ Next, Catch = [], Choices = [], Default }: State): string[] =>
      [Next, Default, ...Catch.map((caught) => caught.Next), ...Choices.map((choice) => choice.Next)].filter((name) => name !== undefined);
    const reached = new Set([definition.StartAt]);
    for (const name of reached) for (const following of next(states[name] ?? { Type: '' })) reached.add(following);
    expect([...reached].sort()).toEqual(Object.keys(states).sort());
    for (const [name, state] of Object.entries(states))
      if (next(state).length === 0) expect(['Succeed', 'Fail'], name).toContain(state.Type);
  });

  it('fails with the names that the outcomes have', () => {
    const failing = Object.values(states).filter(({ Type }) => Type === 'Fail');
    expect(new Set(failing.map((state) => state.Error))).toEqual(new Set(errors));
  });

  it('calls each function by the name of its step', () => {
    for (const [name, { Resource = '', Parameters = {} }] of tasks) {
      const called = String('FunctionName' in Parameters ? Parameters.FunctionName : Resource);
      expect(called, name).toMatch(/^arn:aws:lambda:us-east-1:000000000000:function:[a-z]+$/);
    }
  });
});

describe('the definition of a change', () => {
  const states = CHANGE.States;

  it('repeats exactly the errors that the table repeats, and sends exactly those to a halt that it halts', () => {
    for (const name of ['Rebind policy', 'Tune syncer', 'Verify info']) {
      const { Retry = [], Catch = [] } = states[name] ?? {};
      expect(Retry.flatMap(({ ErrorEquals }) => ErrorEquals).filter((error) => !error.startsWith('Lambda.'))).toEqual(errorsThatRepeat());
      expect(Catch[0]).toMatchObject({ ErrorEquals: errorsThat('halt'), Next: 'Complete change', ResultPath: '$.halted' });
      expect(Catch[1]).toMatchObject({ Next: 'Restore centralized', ResultPath: '$.failure' });
    }
    expect([...errorsThat('halt'), ...errorsThat('rollback')].sort()).toEqual([...STEP_ERROR_NAMES].sort());
  });

  it('sleeps at its approval gate under a token, for as long as the request says, and ends as expired after that', () => {
    expect(states['Approval gate']).toMatchObject({
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: {
        FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:requestapproval',
        Payload: {
          step: 'Approval gate',
          'execution.$': '$$.Execution.Name',
          phase: 'forward',
          'token.$': '$$.Task.Token',
          'change.$': '$',
        },
      },
      TimeoutSecondsPath: '$.request.approval.timeoutSeconds',
      // Whatever it was woken with is nothing to go on from.
      ResultPath: null,
      Catch: [
        { ErrorEquals: ['States.Timeout'], Next: 'Approval expired' },
        { ErrorEquals: ['States.ALL'], Next: 'Complete change', ResultPath: '$.stopped' },
      ],
    });
    expect(states['Approval expired']).toMatchObject({ Parameters: { Error: 'ApprovalExpiredError' }, ResultPath: '$.stopped' });
  });

  it('looks at its window again whenever it has waited, and only an open one leads on to the lock', () => {
    expect(states['Wait for the window']).toMatchObject({ Type: 'Wait', TimestampPath: '$.window.until', Next: 'Change window' });
    expect(states['Window open?']).toMatchObject({
      Choices: [{ Variable: '$.window.verdict', StringEquals: 'open', Next: 'Begin change' }],
      Default: 'Wait for the window',
    });
  });

  it('passes through each gate that is asked for before it begins', () => {
    const leads = (name: string, variable: string) => ({ Choices: [{ Variable: variable, BooleanEquals: true, Next: name }] });
    expect(states['Approval required?']).toMatchObject({ ...leads('Approval gate', '$.gates.approval'), Default: 'Window given?' });
    expect(states['Approval gate']?.Next).toBe('Window given?');
    expect(states['Window given?']).toMatchObject({ ...leads('Change window', '$.gates.window'), Default: 'Begin change' });
  });
});

describe('the definition of the recovery of a change', () => {
  const states = RECOVERY.States;

  it('takes over the change that its input names, under a name that tells one recovery from another', () => {
    expect(states[RECOVERY.StartAt]?.Parameters).toEqual({
      step: 'Recover change',
      'execution.$': '$$.Execution.Input.changeId',
      phase: 'conclude',
      'why.$': '$$.Execution.Input.why',
      'force.$': '$$.Execution.Input.force',
      'recoverer.$': "States.Format('recovery {}', $$.Execution.Name)",
    });
  });

  it('does everything after that as the run that it has become', () => {
    const later = tasksOf(RECOVERY).filter(([name]) => name !== RECOVERY.StartAt);
    expect(later.length).toBeGreaterThan(3);
    for (const [name, { Parameters }] of later)
      expect(Parameters, name).toMatchObject({ 'execution.$': '$$.Execution.Input.changeId', 'run.$': '$.recovery.run' });
  });

  it('never goes forward', () => {
    for (const [name, { Parameters }] of tasksOf(RECOVERY)) expect(['rollback', 'conclude'], name).toContain(Parameters?.phase);
  });

  it('waits for a write that may be under way, and looks again after that', () => {
    expect(states['Wait for its last write']).toMatchObject({ TimestampPath: '$.recovery.until', Next: RECOVERY.StartAt });
  });
});
