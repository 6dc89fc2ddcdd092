import { describe, expect, it } from 'vitest';
import type { ApprovalRules } from '../../../../lambdas/contracts/configuration.ts';
import type { TargetPlan } from '../../../../lambdas/contracts/rollout.ts';
import type { RolloutFileInput } from '../../../../lambdas/contracts/rollout-file.ts';
import { planRollout } from '../../../../lambdas/rollout/plan-rollout.ts';
import type { RolloutPorts } from '../../../../lambdas/rollout/step.ts';
import { HASH, ROLLOUT, record } from '../domain/rollout/sights.ts';
import { Desk, LOST, PLACE } from './desk.ts';

const planned = (cluster: string, number: number, settings: Partial<TargetPlan['plan']> = {}): TargetPlan => ({
  cluster,
  id: `db:${number}`,
  name: `n${number}`,
  kind: 'replica-of',
  class: 'C1',
  before: { syncerMode: 'centralized', effectiveMode: 'centralized', class: 'C1', endpoints: [] },
  plan: { hash: HASH, needed: true, holdCentralized: false, steps: [], clientImpact: [], warnings: [], blockers: [], ...settings },
  findings: [],
});

const RULES: ApprovalRules = { required: false, approvals: 1, requesterMayApprove: false, breakGlass: [] };

/** A rollout whose clusters were looked at. */
async function desk(
  file: Partial<RolloutFileInput> = {},
  plans: readonly TargetPlan[] = [planned('eu', 1), planned('us', 2)],
): Promise<Desk> {
  const made = new Desk();
  const { plan: _, ...rest } = record({}, file);
  await made.put(rest);
  for (const cluster of new Set(plans.map((each) => each.cluster))) {
    const own = plans.filter((each) => each.cluster === cluster);
    await made.rollouts.saveSurvey(ROLLOUT, { cluster, selected: own.length, found: own.length }, own);
  }
  return made;
}
async function planOf(made: Desk, rules: Partial<Record<string, Partial<ApprovalRules>>> = {}) {
  const { gates, ...ports } = made.ports;
  const configured: RolloutPorts = { ...ports, gates: { ...gates, rulesOf: (name) => ({ ...RULES, ...rules[name] }) } };
  await planRollout(PLACE, configured);
  return (await made.record()).plan;
}

describe('planning a rollout', () => {
  it('gives every target its place, and keeps it when it is planned again', async () => {
    const made = await desk({}, [
      planned('eu', 1),
      planned('eu', 2, { needed: false }),
      planned('us', 3, { blockers: ['a shard is down'] }),
    ]);
    const plan = await planOf(made);
    const targets = await made.rollouts.targets(ROLLOUT);
    expect(targets.map(({ position, wave, state, says }) => [position, wave, state, says])).toEqual([
      [1, 1, 'waiting', undefined],
      [2, 0, 'unchanged', undefined],
      [3, 0, 'refused', 'a shard is down'],
    ]);
    expect(plan).toMatchObject({ targets: 1, unchanged: 1, blocked: 1, clusters: ['eu'], approve: [], blockers: [] });
    await planOf(made);
    expect([(await made.record()).plan, await made.rollouts.targets(ROLLOUT), await made.story()]).toEqual([plan, targets, ['planned']]);
  });

  it('is the same plan where it was cut short before it was on record', async () => {
    const [whole, cut] = [await desk(), await desk()];
    const { rollouts } = cut;
    const save = rollouts.save.bind(rollouts);
    rollouts.save = async () => {
      throw new Error('power cut');
    };
    await expect(planOf(cut)).rejects.toThrow('power cut');
    rollouts.save = save;
    expect(await planOf(cut)).toEqual(await planOf(whole));
    expect(await rollouts.targets(ROLLOUT)).toEqual(await whole.rollouts.targets(ROLLOUT));
  });

  it('by an earlier run places nothing', async () => {
    const made = await desk();
    await made.takeOver();
    await expect(planOf(made)).rejects.toMatchObject(LOST);
    expect(await made.rollouts.targets(ROLLOUT)).toEqual([]);
  });
});

describe('what the clusters ask for', () => {
  const strict = { eu: { required: true, approvals: 3 } };

  it.each([
    [[], ['rollout']],
    [['after-canary'], ['rollout', 'after-canary']],
    [['rollout'], ['rollout']],
    [['each-wave'], ['each-wave']],
  ] as const)('cannot be lowered by a file that asks at %j for one approval', async (approve, asked) => {
    const plan = await planOf(await desk({ gates: { approve: [...approve], approvals: 1 } }), strict);
    expect([plan?.approve, plan?.approvals]).toEqual([asked, 3]);
  });

  it('is raised by a file that asks for more', async () => {
    const plan = await planOf(await desk({ gates: { approve: ['each-wave'], approvals: 5 } }), strict);
    expect(plan?.approvals).toBe(5);
  });

  it('does not stand in the way back to centralized', async () => {
    const plan = await planOf(await desk({ wanted: { syncerMode: 'centralized' } }), strict);
    expect([plan?.approve, plan?.approvals]).toEqual([[], 1]);
  });

  it.each([
    [
      'no person may approve for every cluster',
      { eu: { required: true, approvers: ['bob'] }, us: { approvers: ['carol'] } },
      'no person is an approver of every cluster',
    ],
    [
      'only its requester may',
      { eu: { required: true, approvers: ['alice'] } },
      '1 approvals are required, and only 0 may give one: nobody',
    ],
    ['too few may', { eu: { required: true, approvals: 2, approvers: ['alice', 'bob'] } }, 'only 1 may give one: bob'],
  ])('keeps a rollout from beginning where %s', async (_what, rules, blocker) => {
    expect((await planOf(await desk(), rules))?.blockers.join()).toContain(blocker);
  });

  it('keeps a rollout from beginning that does not say whose it is', async () => {
    const made = await desk({ requestedBy: undefined });
    expect((await planOf(made, strict))?.blockers).toEqual(['an approval is required, and requestedBy does not say whose rollout this is']);
  });
});

describe('a rollout that cannot be carried out', () => {
  it.each([
    ['selects nothing', {}, [], ['nothing is selected']],
    ['lists a database that is not there', { select: { targets: ['eu/gone'] } }, [], ['there is no database eu/gone']],
  ])('because it %s says so', async (_what, file, plans, blockers) => {
    expect((await planOf(await desk(file, plans)))?.blockers).toEqual(blockers);
  });

  it('because a cluster could not be read names it', async () => {
    const made = await desk();
    await made.rollouts.saveSurvey(ROLLOUT, { cluster: 'us', selected: 0, found: 0, error: 'no answer' }, []);
    expect((await planOf(made))?.blockers).toEqual(['us cannot be surveyed: no answer']);
  });
});
