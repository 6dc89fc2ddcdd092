import { describe, expect, it } from 'vitest';
import type { RolloutTarget } from '../../../../../lambdas/contracts/rollout.ts';
import { renderRolloutPlan } from '../../../../../lib/cli/render/rollout-plan.ts';
import { beforeAndAfter } from '../../../../../lib/cli/render/rollout-targets.ts';
import type { PlanView } from '../../../../../lib/cli/rollout/view.ts';
import {
  HASH,
  plainOutput,
  rolloutFile,
  rolloutPlan,
  rolloutRecord,
  rolloutTarget,
  targetPlan,
  wave,
} from '../../../../support/rollouts.ts';

const planView = (targets: readonly RolloutTarget[], settings: Partial<PlanView> = {}): PlanView => ({
  record: rolloutRecord({ outcome: 'planned', status: 'ended', plan: rolloutPlan({ waves: [wave(1, { targets: targets.length })] }) }),
  targets,
  surveys: [{ cluster: 'eu', selected: targets.length, found: targets.length + 3 }],
  plans: new Map(targets.map(({ id, name }) => [`eu/${id}`, targetPlan({ id, name })])),
  overlaps: [],
  ...settings,
});
const rendered = (view: PlanView, all = false): string => renderRolloutPlan(view, {}, all, plainOutput());
const many = Array.from({ length: 25 }, (_, index) => rolloutTarget(index + 1));

describe('the plan of a rollout', () => {
  it('shows every target before and after, with its commands', () => {
    const text = rendered(planView([rolloutTarget(1)]));
    expect(text).toContain('eu/n1 (db:1)  C1 single centralized → all-nodes distributed');
    expect(text).toContain('rladmin bind db db:1 endpoint 1:1 policy all-nodes');
    expect(text).toContain('rladmin tune db db:1 syncer_mode distributed');
    expect(text).toContain(HASH.slice(0, 12));
  });

  it('marks what is set by nobody', () => {
    expect(rendered(planView([]))).toMatch(/waves\.canary +1 +\(default\)/);
  });

  it('cuts a long wave and says so, unless all of it is asked for', () => {
    const [some, all] = [rendered(planView(many)), rendered(planView(many), true)];
    expect(some).toContain('eu/n20 (db:20)');
    expect(some).not.toContain('eu/n21 (db:21)');
    expect(some).toContain('and 5 more');
    expect(all).toContain('eu/n25 (db:25)');
    expect(all).not.toContain('more (--all');
  });

  it('tells what is left out and why, and what could not be read', () => {
    const left = [
      rolloutTarget(2, { wave: 0, state: 'refused', says: 'placement leaves nothing to distribute to' }),
      rolloutTarget(3, { wave: 0, state: 'unchanged' }),
    ];
    const text = rendered(
      planView([rolloutTarget(1), ...left], { surveys: [{ cluster: 'us', selected: 0, found: 0, error: 'no node answered' }] }),
    );
    expect(text).toContain('eu/n2 (db:2)  refused: placement leaves nothing to distribute to');
    expect(text).toContain('eu/n3 (db:3)  unchanged: The database was already in the wanted state');
    expect(text).toContain('us: no node answered');
  });

  it('names the rollout that it overlaps with', () => {
    const overlaps = [{ rolloutId: 'rol-autumn', status: 'paused' as const, targets: 2, first: 'eu/n1' }];
    expect(rendered(planView([rolloutTarget(1)], { overlaps }))).toContain('rol-autumn (paused): 2 targets, such as eu/n1');
  });

  it('says who is asked, what it takes and what stands in the way', () => {
    const plan = rolloutPlan({
      blockers: ['there is no database eu/gone'],
      warnings: [{ says: 'health is not watched', targets: 7 }],
      approve: ['rollout', 'after-canary'],
      approvals: 2,
    });
    const text = rendered(planView([], { record: rolloutRecord({ plan, outcome: 'refused', status: 'ended' }) }));
    expect(text).toContain('there is no database eu/gone');
    expect(text).toContain('health is not watched (7 targets)');
    expect(text).toContain('asks for 2 approvals before the rollout, after the canary');
    expect(text).toContain('about 2 h 5 min');
  });
});

describe('before and after', () => {
  const { plan } = targetPlan();

  it('are told by the commands of the REST API as well', () => {
    const command = 'PUT /v1/bdbs/1 {"proxy_policy":"all-master-shards","endpoint":"1:1"}';
    const rest = targetPlan({ plan: { ...plan, steps: [{ name: 'Rebind policy', command }] } });
    expect(beforeAndAfter(rest, rolloutFile())).toBe('C1 single centralized → all-master-shards distributed');
  });

  it('do not take the policy of another endpoint whose number ends alike', () => {
    const other = { name: 'Rebind policy', command: 'bind db db:11 endpoint 11:1 policy all-nodes' };
    expect(beforeAndAfter(targetPlan({ plan: { ...plan, steps: [other] } }), rolloutFile())).toBe(
      'C1 single centralized → single distributed',
    );
  });
});
