/** What a rollback brings back, and what it leaves as it is. */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../lib/simulator/faults.ts';
import { clusterWith, type DatabaseOptions } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { CENTRALIZE, CHANGE_ID, DISTRIBUTE, Lab, sent, WIDEN } from '../support/lab.ts';

/** The verification fails: proxies are lost soon after the mode was set. */
const lostProxies = (): Fault => ({ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
const failing = (database: DatabaseOptions, ...faults: Fault[]): Lab =>
  new Lab(clusterWith(database, { faults: [lostProxies(), ...faults] }));
const RESTORING = { rollback: { restoreProxyPolicy: true } } as const;

async function notesOf(lab: Lab): Promise<string[]> {
  const timeline = (await lab.store.get(CHANGE_ID))?.timeline ?? [];
  return timeline.flatMap((event) => (event.type === 'note' ? [event.text] : []));
}

describe('F05: the rollback of a database whose flag said distributed on a single proxy (D0)', () => {
  const D0 = { syncerMode: 'distributed' } as const;

  it('restores centralized, which it was in effect, and the report shows both', async () => {
    const lab = failing(D0);
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({
      outcome: 'rolled-back',
      before: { class: 'D0', syncerMode: 'distributed', effectiveMode: 'centralized' },
      after: { syncerMode: 'centralized', effectiveMode: 'centralized', endpoints: [{ policy: 'all-master-shards' }] },
    });
    expect(sent(lab)).toEqual([CENTRALIZE, WIDEN, DISTRIBUTE, CENTRALIZE]);
  });

  it('leaves the flag cleared when the bind is refused, although nothing else was changed', async () => {
    const lab = new Lab(clusterWith(D0, { faults: [{ on: '^bind', effect: { kind: 'fail' } }] }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({ outcome: 'rolled-back', before: { class: 'D0' }, after: { class: 'C1', syncerMode: 'centralized' } });
    expect(sent(lab)).toEqual([CENTRALIZE, WIDEN]);
  });

  it('does not set the flag again where the request asks for the policy back', async () => {
    const lab = failing(D0);
    const report = await lab.run(RESTORING);
    await expectSafe(lab, report);
    expect(report).toMatchObject({ outcome: 'rolled-back', after: { class: 'C1', syncerMode: 'centralized' } });
    expect(sent(lab)).toEqual([CENTRALIZE, WIDEN, DISTRIBUTE, CENTRALIZE, 'bind db db:7 endpoint 7:1 policy single']);
  });
});

describe('C10: lists that a new policy clears', () => {
  it('are told beforehand, are on record, and are not put back by a change that is applied', async () => {
    const lab = new Lab(clusterWith({ exclude: [3] }));
    let recorded: unknown;
    const report = await lab.run({}, (name, run) => async (event) => {
      if (name === 'Rebind policy') recorded = (await lab.lock())?.snapshot.endpoints;
      return run(event);
    });
    await expectSafe(lab, report);
    expect(report.outcome).toBe('applied');
    expect(report.plan?.clientImpact).toContainEqual(expect.stringContaining('clears the lists of endpoint 7:1 (-3)'));
    expect(recorded).toMatchObject([{ id: '7:1', policy: 'single', exclude: [3] }]);
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE]);
    expect(lab.database.endpoints[0]).toMatchObject({ exclude: [] });
  });

  it('stay lost after a rollback that does not ask for them', async () => {
    const lab = failing({ exclude: [3] });
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome).toBe('rolled-back');
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE, CENTRALIZE]);
  });

  it('count as the work of somebody else when they are there after the bind', async () => {
    const lab = new Lab(clusterWith({ exclude: [3] }));
    lab.cluster.faults.push({ on: '^bind', effect: { kind: 'foreign-change', database: 7, when: 'after', set: { exclude: [3] } } });
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({ outcome: 'needs-operator', error: { name: 'ForeignChangeError' } });
    expect(sent(lab)).toEqual([WIDEN]);
  });
});

describe('F07: a policy that is put back over include and exclude lists', () => {
  const LISTS = { include: [3], exclude: [2] };
  const WIDEST = 'bind db db:7 endpoint 7:1 policy all-nodes';
  const INCLUDE = 'bind db db:7 endpoint 7:1 include 3';
  const EXCLUDE = 'bind db db:7 endpoint 7:1 exclude 2';
  const ANOTHER_POLICY = { wanted: { syncerMode: 'distributed', proxyPolicy: 'all-nodes' }, ...RESTORING } as const;
  const listed = (...faults: Fault[]) => failing({ policy: 'all-master-shards', ...LISTS }, ...faults);

  it('brings back each list, one proven write at a time', async () => {
    const lab = listed();
    const report = await lab.run(ANOTHER_POLICY);
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe('rolled-back');
    expect(sent(lab)).toEqual([WIDEST, DISTRIBUTE, CENTRALIZE, WIDEN, INCLUDE, EXCLUDE]);
    expect(lab.database.endpoints[0]).toMatchObject({ policy: 'all-master-shards', ...LISTS, nodes: [1, 3] });
  });

  it.each([
    ['is taken and not there', { on: '^bind.*exclude', effect: { kind: 'no-effect' } }],
    ['is refused', { on: '^bind.*exclude', effect: { kind: 'fail' } }],
    [
      'costs the other list',
      { on: '^bind.*exclude', effect: { kind: 'foreign-change', database: 7, when: 'after', set: { include: [] } } },
    ],
    [
      'comes with another policy',
      {
        on: '^bind.*exclude',
        effect: { kind: 'foreign-change', database: 7, when: 'after', set: { policy: 'all-nodes', ...LISTS } },
      },
    ],
    ['brings one more', { on: '^bind.*exclude', effect: { kind: 'foreign-change', database: 7, when: 'after', set: { exclude: [1, 2] } } }],
  ] as [string, Fault][])('stops for an operator, who is told the list, when it %s', async (_what, fault) => {
    const lab = listed(fault);
    const report = await lab.run(ANOTHER_POLICY);
    await expectSafe(lab, report);
    expect(report.outcome).toBe('needs-operator');
    expect(report.error?.message).toContain(EXCLUDE);
  });

  it('notes a proxy that the restored policy includes and that does not come back', async () => {
    const lab = failing({ policy: 'all-nodes' }, { on: '^bind.*all-nodes', effect: { kind: 'fall-back', commands: 0, what: 'proxies' } });
    const report = await lab.run({ wanted: { syncerMode: 'distributed', proxyPolicy: 'all-master-shards' }, ...RESTORING });
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe('rolled-back');
    expect(await notesOf(lab)).toContainEqual(expect.stringContaining('no proxy on node 2, 3 although all-nodes includes it'));
    expect(report.after?.endpoints).toEqual([{ id: '7:1', policy: 'all-nodes', nodes: [1] }]);
  });
});
