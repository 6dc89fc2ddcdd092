/** Readings that cannot be taken as they come: rows that disagree, tables that contradict each other, values that take turns. */
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../lib/simulator/faults.ts';
import { clusterWith, type DatabaseOptions } from '../../lib/simulator/fleets.ts';
import { answer } from '../../lib/simulator/rladmin.ts';
import { expectSafe } from '../support/invariants.ts';
import { CENTRALIZE, DISTRIBUTE, Lab, sent, WIDEN } from '../support/lab.ts';

const WIDE: DatabaseOptions = { policy: 'all-master-shards' };
const print = (database: DatabaseOptions, ...argv: string[]): string => answer(clusterWith(database), argv).stdout;

/** The status of a wide database with a row of its endpoint from before the rebind. */
const DISAGREEING = print(WIDE, 'status', 'extra', 'all').replace(/(endpoint:7:1 +node:2 +)all-master-shards/, '$1single           ');

const instead = (on: string, text: string, when: Pick<Fault, 'nth' | 'times'>): Fault => ({
  on,
  ...when,
  effect: { kind: 'garbage', applied: false, text },
});

describe('B07: rows of one endpoint that disagree about its policy', () => {
  const disagreeing = (when: Pick<Fault, 'nth' | 'times'>) => instead('^status', DISAGREEING, when);

  it('are read again while a change is inspected, and it goes on when they agree', async () => {
    const lab = new Lab(clusterWith(WIDE, { faults: [disagreeing({ times: 2 })] }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(sent(lab)).toEqual([DISTRIBUTE]);
  });

  it('refuse a change while they never agree', async () => {
    const lab = new Lab(clusterWith(WIDE, { faults: [disagreeing({ times: 'always' })] }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({
      outcome: 'refused',
      error: { name: 'DatabaseBusyError', message: expect.stringContaining('disagree') },
    });
  });

  it('are waited for after the bind, and the mode is set when they agree', async () => {
    const lab = new Lab(clusterWith({}, { faults: [disagreeing({ nth: 3, times: 6 })] }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE]);
  });

  it('keep the mode from being set while they never agree after the bind', async () => {
    const lab = new Lab(clusterWith({}, { faults: [disagreeing({ nth: 3, times: 'always' })] }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome).toBe('needs-operator');
    expect(report.error?.message).toContain('disagree');
    expect(sent(lab)).toEqual([WIDEN]);
  });
});

describe('B12: a default policy that differs from that of the endpoint', () => {
  it('is warned about, and the endpoint is what is changed', async () => {
    const lab = new Lab(clusterWith({ proxyPolicy: 'all-nodes' }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({ outcome: 'applied', before: { class: 'C1' }, after: { class: 'D2' } });
    expect(report.plan?.warnings).toContainEqual(expect.stringMatching(/proxy_policy all-nodes, endpoint 7:1 has single/));
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE]);
  });
});

describe('B19: a shard status that may be that of its watchdog', () => {
  const onVersion = (version: string): Lab => {
    const cluster = clusterWith();
    for (const node of cluster.nodes) node.version = version;
    for (const shard of cluster.databases.flatMap(({ shards }) => shards)) shard.status = 'LOADING';
    return new Lab(cluster);
  };

  it('does not keep a change back on builds that print the two swapped', async () => {
    const lab = onVersion('7.8.2-34');
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe('applied');
  });

  it('refuses the change on builds that print them right', async () => {
    const lab = onVersion('7.8.4-95');
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({ outcome: 'refused', error: { message: expect.stringContaining('LOADING') } });
  });
});

describe('G26: readings that take turns between old and new', () => {
  const everyOther = (on: string, text: string, first: number): Fault[] =>
    Array.from({ length: 60 }, (_, index) => instead(on, text, { nth: first + 2 * index }));
  const OLD_STATUS = print({}, 'status', 'extra', 'all');
  const OLD_MODE = print({}, 'info', 'db', 'db:7');

  it.each([2, 3, 4])('stop the change before the mode is set, when they do so about the policy from reading %i on', async (first) => {
    const lab = new Lab(clusterWith({}, { faults: everyOther('^status', OLD_STATUS, first) }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report).toMatchObject({ outcome: 'needs-operator', error: { name: 'ForeignChangeError' } });
    expect(sent(lab)).toEqual([WIDEN]);
  });

  it.each([
    [5, 'needs-operator', 'distributed', [WIDEN, DISTRIBUTE]],
    [6, 'needs-operator', 'distributed', [WIDEN, DISTRIBUTE]],
    [7, 'rolled-back', 'centralized', [WIDEN, DISTRIBUTE, CENTRALIZE]],
    [8, 'rolled-back', 'centralized', [WIDEN, DISTRIBUTE, CENTRALIZE]],
  ] as const)('are no success, when they do so about the mode from reading %i on: ends %s', async (first, outcome, mode, writes) => {
    const lab = new Lab(clusterWith({}, { faults: everyOther('^info db', OLD_MODE, first) }));
    const report = await lab.run();
    await expectSafe(lab, report);
    expect(report.outcome, report.error?.message).toBe(outcome);
    expect(report.error?.message).toContain('3 turns between good and bad');
    expect(sent(lab)).toEqual(writes);
    expect(lab.database.syncerMode).toBe(mode);
  });
});
