import { afterEach, describe, expect, it, vi } from 'vitest';
import { SqliteChangeStore } from '../../../../../lambdas/adapters/sqlite/change-store.ts';
import { SqliteRolloutStore } from '../../../../../lambdas/adapters/sqlite/rollout-store.ts';
import type { DecisionMessage } from '../../../../../lambdas/contracts/decision-message.ts';
import type { RolloutRecord } from '../../../../../lambdas/contracts/rollout.ts';
import type { OpenRolloutInput } from '../../../../../lambdas/contracts/rollout-steps.ts';
import { DeployedRunner } from '../../../../../lib/cli/rollout/deployed.ts';
import { HASH, NOW, plainOutput, rolloutFile, rolloutPlan, rolloutTarget } from '../../../../support/rollouts.ts';

const ROLLOUT = 'rol-spring-1';
const clock = { now: () => new Date(NOW) };
const holder = { description: 'rol-spring-1-r0', host: 'aws' };

/** An account whose workflow does what a test says, on a store in memory. */
class FakeAccount {
  readonly rollouts = new SqliteRolloutStore(':memory:', clock);
  readonly store = new SqliteChangeStore(':memory:', clock);
  readonly started: OpenRolloutInput[] = [];
  readonly decided: DecisionMessage[] = [];
  status: string | undefined;
  onStart = async (): Promise<void> => {};

  readonly runner = new DeployedRunner(
    { output: plainOutput('aws') },
    {
      use: (act) => act(this, this),
      decide: async (message) => {
        this.decided.push(message);
        await this.become({ status: 'ended', outcome: 'incomplete' });
        return { accepted: true, says: 'done' };
      },
      lookMs: 1,
      settledAfterMs: 0,
    },
  );
  readonly region = 'eu-west-1';
  start = async (input: OpenRolloutInput): Promise<'started'> => {
    this.started.push(input);
    await this.rollouts.open({ rolloutId: input.rolloutId, file: rolloutFile(), planOnly: input.planOnly }, holder);
    await this.onStart();
    return 'started';
  };
  endOf = async (): Promise<string | undefined> => this.status;

  async become(change: Partial<RolloutRecord>, rolloutId = ROLLOUT): Promise<void> {
    const record = await this.rollouts.get(rolloutId);
    if (!record) throw new Error('nothing was started');
    await this.rollouts.save({ ...record, ...change, revision: record.revision + 1 });
  }
}

const quiet = () => vi.spyOn(process.stderr, 'write').mockReturnValue(true);
afterEach(() => vi.restoreAllMocks());

describe('a rollout in AWS', () => {
  it('is started with its file, and followed until it has ended', async () => {
    const said = quiet();
    const account = new FakeAccount();
    account.onStart = async () => {
      await account.rollouts.placeTargets(ROLLOUT, [rolloutTarget(1)]);
      setTimeout(() => void account.become({ status: 'ended', outcome: 'completed', plan: rolloutPlan() }), 20);
    };
    const { record, targets } = await account.runner.start({ rolloutId: ROLLOUT, file: rolloutFile(), agreedHash: HASH });
    expect(account.started).toEqual([{ rolloutId: ROLLOUT, run: 0, file: rolloutFile(), planOnly: false, agreedHash: HASH }]);
    expect([record.outcome, targets.length, account.decided]).toEqual(['completed', 1, []]);
    expect(said.mock.calls.join('')).toContain('rollout rol-spring-1 runs in AWS, eu-west-1');
  });

  it('whose execution was cut short says how to go on', async () => {
    quiet();
    const account = new FakeAccount();
    account.status = 'ABORTED';
    await account.start({ rolloutId: ROLLOUT, run: 0, planOnly: false });
    await expect(account.runner.watch(ROLLOUT)).rejects.toMatchObject({
      name: 'NotFollowedError',
      exitCode: 8,
      message: expect.stringMatching(/ABORTED.*rollout resume rol-spring-1 --engine aws/),
    });
  });

  it('is planned under an id of its own, with what every target would become', async () => {
    quiet();
    const account = new FakeAccount();
    account.onStart = async () => {
      const [{ rolloutId = '' } = {}] = account.started;
      await account.rollouts.saveSurvey(rolloutId, { cluster: 'eu', selected: 1, found: 2 }, []);
      await account.become({ status: 'ended', outcome: 'planned', plan: rolloutPlan() }, rolloutId);
    };
    const view = await account.runner.plan(rolloutFile());
    expect(account.started).toMatchObject([{ rolloutId: expect.stringMatching(/^rol-spring-\d{8}-/), planOnly: true }]);
    expect([view.record.outcome, view.surveys]).toEqual(['planned', [{ cluster: 'eu', selected: 1, found: 2 }]]);
  });

  it('is asked for something through the function that knows who asks', async () => {
    const account = new FakeAccount();
    await account.start({ rolloutId: ROLLOUT, run: 0, planOnly: false });
    const { answer } = await account.runner.control({ rolloutId: ROLLOUT, control: 'undo-all', reason: 'lag' });
    expect(answer).toEqual({ accepted: true, says: 'done' });
    expect(account.decided).toEqual([{ action: 'undo-all', changeId: ROLLOUT, reason: 'lag' }]);
  });
});
