/** One fault in a change over Systems Manager, by the row of the failure list. The document's script is run by a real shell. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { WRITE_ACTIONS } from '../../lambdas/contracts/rladmin-document.ts';
import type { LocalRun } from '../../lib/local/engine.ts';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { addDatabase, clusterWith } from '../../lib/simulator/fleets.ts';
import type { SsmEffect, SsmFault } from '../../lib/simulator/ssm/faults.ts';
import type { SsmFrontOptions } from '../../lib/simulator/ssm/front.ts';
import { CHANGE_ID, DISTRIBUTE, sent, WIDEN } from '../support/lab.ts';
import { changeSafely, NODE_1, NODE_2, NODE_3, readsSent, SsmLab, writeNodes, writesSent } from '../support/ssm-lab.ts';

const SEND = '^SendCommand ';
const READ = `^SendCommand .*actions=(?!${Object.keys(WRITE_ACTIONS).join('|')})`;
const BIND = '^SendCommand .*actions=bind-policy ';
const TUNE = '^SendCommand .*actions=tune-syncer .*mode=distributed';
const LOOK = '^GetCommandInvocation ';
const LIST = '^ListCommandInvocations ?';
/** More looks than anybody takes. */
const NEVER = 100_000;

/** Short, because every reading is a few processes. */
const VERIFICATION = { samples: 2, intervalSeconds: 10, deadlineSeconds: 20 };

let lab: SsmLab;
afterEach(() => lab.close());

const open = async (options: Partial<SsmFrontOptions> = {}, cluster: SimulatedCluster = clusterWith()): Promise<SsmLab> => {
  addDatabase(cluster, { id: 8, name: 'neighbour', masters: [1, 3], replicas: [3, 1] });
  lab = await SsmLab.open(cluster, options);
  return lab;
};
const change = (request: Partial<ChangeRequestInput> = {}, intercept?: LocalRun['intercept']): Promise<ChangeReport> =>
  changeSafely(lab, { verification: VERIFICATION, ...request }, intercept);
/** Lets something happen right before a state runs for the first time. */
const rightBefore = (state: string, happen: () => void | Promise<void>): LocalRun['intercept'] => {
  let happened = false;
  return (name, run) => async (event) => {
    if (name === state && !happened) {
      happened = true;
      await happen();
    }
    return run(event);
  };
};

const error = (type: string): SsmEffect => ({ kind: 'error', type, message: `${type} it is` });
const end = (details: Extract<SsmEffect, { kind: 'end' }>['details'], ran: boolean): SsmEffect => ({ kind: 'end', details, ran });
const late = (polls: number, details: 'Pending' | 'Delayed' = 'Pending'): SsmEffect => ({ kind: 'late', polls, details });
const transcript = (words: string, output: string, exitCode = 0): string =>
  `SYNCSHIFT begin ${words}\n${output}\n\nSYNCSHIFT end ${exitCode}\nSYNCSHIFT done\n`;
const altered = (words: string): Extract<SsmEffect, { kind: 'output' }> => ({ kind: 'output', ran: false, stdout: transcript(words, '') });
const once = (on: string, effect: SsmEffect, nth = 1): SsmFault => ({ on, nth, effect });
/** Never known, although it runs to its end. */
const unseen = (on: string): SsmFault[] => [once(on, { kind: 'unseen', polls: NEVER }), once(on, { kind: 'survives-cancel' })];
const times = (on: string, effect: SsmEffect, count: number): SsmFault => ({ on, times: count, effect });
const always = (on: string, effect: SsmEffect, nth = 1): SsmFault => ({ on, nth, times: 'always', effect });

type Row = readonly [name: string, faults: SsmFault[], outcome: Outcome, tells?: string];

describe('one fault of a reading before anything is written', () => {
  const ROWS: readonly Row[] = [
    ['A01: one agent is not registered', [always(`${SEND}${NODE_1}`, error('InvalidInstanceId'))], 'planned'],
    ['A01: no agent is registered', [always(SEND, error('InvalidInstanceId'))], 'refused', 'InvalidInstanceId'],
    ['A02: sending is denied', [always(SEND, error('AccessDeniedException'))], 'refused', 'AccessDeniedException'],
    ['A02: there is no such document', [always(SEND, error('InvalidDocument'))], 'refused', 'InvalidDocument'],
    ['A02: listing the nodes is denied', [always('^Describe', error('AccessDeniedException'))], 'refused', 'AccessDeniedException'],
    ['A03: sending is throttled for a moment', [times(SEND, error('ThrottlingException'), 3)], 'planned'],
    ['A03: sending is throttled for good', [always(SEND, error('RequestLimitExceeded'))], 'refused', 'RequestLimitExceeded'],
    ['A04: looking is throttled for a moment', [times(LOOK, error('ThrottlingException'), 6)], 'planned'],
    ['A04 A26: looking fails for a moment', [times(LOOK, { kind: 'lost-answer', how: 'error' }, 3)], 'planned'],
    ['A26: looking is denied', [always(LOOK, error('AccessDeniedException'))], 'refused', 'AccessDeniedException'],
    ['A05: a command is known only after a while', [once(SEND, { kind: 'unseen', polls: 4 })], 'planned'],
    ['A05 A06: it never becomes known', [...unseen(SEND), always(LIST, { kind: 'empty' })], 'planned'],
    ['A07: the answer to the sending is lost', [once(SEND, { kind: 'lost-answer', how: 'close' })], 'planned'],
    ['A07: the sending fails inside', [once(SEND, { kind: 'lost-answer', how: 'error' })], 'planned'],
    ['A08: a command does not begin', [once(SEND, late(NEVER))], 'planned'],
    ['A08: a command does not end', [once(SEND, end('In Progress', true))], 'planned'],
    ['A09: a command is delayed', [once(SEND, late(NEVER, 'Delayed'))], 'planned'],
    ['A10: a command is not delivered', [once(SEND, end('Delivery Timed Out', false))], 'planned'],
    ['A11: a command cannot be delivered', [once(SEND, end('Undeliverable', false))], 'planned'],
    ['A12: a command overruns once', [once(SEND, end('Execution Timed Out', true))], 'planned'],
    ['A12: every command overruns', [always(SEND, end('Execution Timed Out', true))], 'refused', 'Execution Timed Out'],
    ['A16: commands are not let run', [always(SEND, end('Rate Exceeded', false))], 'refused', 'Rate Exceeded'],
    ['A19: a command waits with response code -1', [once(SEND, late(3))], 'planned'],
    ['A20: nothing is printed once', [once(SEND, { kind: 'output', ran: true, stdout: '' })], 'planned'],
    ['A20: the marks are missing', [always(SEND, { kind: 'output', ran: true, stdout: 'agent restarted' })], 'refused', 'lost'],
    ['A27: credentials expire for a moment', [times(LOOK, error('ExpiredTokenException'), 6)], 'planned'],
    ['A27: credentials have expired', [always(SEND, error('ExpiredTokenException'))], 'refused', 'ExpiredTokenException'],
    ['A31: something else was run once', [once(SEND, altered('status extra al'))], 'planned'],
    ['A31: something else is always run', [always(SEND, altered('status extra al'))], 'refused', 'lost'],
  ];
  const rows = ROWS.map(([name, faults, outcome, tells = '']) => [name, faults, outcome, tells] as const);
  it.each(rows)('%s', async (_name, faults, outcome, tells) => {
    await open({ faults });
    const report = await change({ planOnly: outcome === 'planned' });
    expect(report.outcome, report.error?.message).toBe(outcome);
    expect(report.error?.message ?? '').toContain(tells);
    expect(writesSent(lab)).toEqual([]);
  });
});

type Staged = (write: string) => SsmFault[];
const one =
  (effect: SsmEffect): Staged =>
  (write) => [once(write, effect)];

/** The first write of a change binds, a later one tunes. Nothing was changed before the first, so what provably never ran ends there. */
describe('one fault of a write that provably was not sent', () => {
  const ROWS: readonly (readonly [name: string, Staged])[] = [
    ['A01: no agent is registered', (write) => [always(write, error('InvalidInstanceId'))]],
    ['A02: sending is denied', one(error('AccessDeniedException'))],
    ['A03: sending is throttled for good', (write) => [always(write, error('ThrottlingException'))]],
    ['A10: it is not delivered', one(end('Delivery Timed Out', false))],
    ['A11: it cannot be delivered', one(end('Undeliverable', false))],
    ['A16: Rate Exceeded', one(end('Rate Exceeded', false))],
    ['A27: credentials have expired', one(error('ExpiredTokenException'))],
  ];
  const cases = ROWS.flatMap(
    ([name, stage]) =>
      [
        [name, 'before anything was written', 'refused', stage(BIND)],
        [name, 'after another write', 'rolled-back', stage(TUNE)],
      ] as const,
  );
  it.each(cases)('%s, %s: %s', async (_name, _when, outcome, faults) => {
    await open({ faults });
    const report = await change();
    expect(report.outcome, report.error?.message).toBe(outcome);
    expect(report.error?.name).toBe('WriteRejectedError');
    expect(sent(lab)).toEqual(outcome === 'refused' ? [] : [WIDEN]);
  });
});

describe('one fault of a write of which nobody knows by itself what it did', () => {
  const lost: SsmEffect = { kind: 'lost-answer', how: 'close' };
  /** Time for the script to end, which nobody watches. */
  const slowly = (on: string): SsmFault => once(on, { kind: 'slow', ms: 300 });
  const ROWS: readonly (readonly [name: string, Staged, outcome: Outcome])[] = [
    ['A01: the agent of one node is gone', one(error('InvalidInstanceId')), 'applied'],
    ['A03: sending is throttled for a moment', (write) => [times(write, error('ThrottlingException'), 3)], 'applied'],
    ['A04: looking is throttled for a moment', (write) => [once(write, late(3)), times(LOOK, error('ThrottlingException'), 12)], 'applied'],
    ['A05: it is known only after a while', one({ kind: 'unseen', polls: 4 }), 'applied'],
    ['A05: it never becomes known, and was done', (write) => [...unseen(write), slowly('^CancelCommand ')], 'applied'],
    [
      'A05: it never becomes known, and was not done',
      (write) => [once(write, { kind: 'unseen', polls: NEVER }), once(write, late(NEVER))],
      'rolled-back',
    ],
    [
      'A06: its answer is lost, and the list is empty for a while',
      (write) => [once(write, lost), times(LIST, { kind: 'empty' }, 3)],
      'applied',
    ],
    [
      'A06: its answer is lost, and the list stays empty',
      (write) => [once(write, lost), slowly(LIST), always(LIST, { kind: 'empty' })],
      'applied',
    ],
    ['A07: its answer is lost', one(lost), 'applied'],
    ['A07: the service fails inside', one({ kind: 'lost-answer', how: 'error' }), 'applied'],
    ['A07: it got no answer and was never taken', one({ kind: 'close' }), 'rolled-back'],
    ['A08 A19: it begins late', one(late(4)), 'applied'],
    ['A08: it does not end, and was done', one(end('In Progress', true)), 'applied'],
    ['A09 A15: it is delayed, and called back', one(late(NEVER, 'Delayed')), 'rolled-back'],
    ['A15: it never begins, and is called back', one(late(NEVER)), 'rolled-back'],
    ['A13 A23: it overruns, and was done', one(end('Execution Timed Out', true)), 'applied'],
    ['A13: it overruns, and was not done', one(end('Execution Timed Out', false)), 'rolled-back'],
    ['A14 A23: somebody cancels it, and it was done', one(end('Cancelled', true)), 'applied'],
    ['A14: somebody cancels it, and it was not done', one(end('Cancelled', false)), 'rolled-back'],
    ['A14: somebody is cancelling it', one(end('Cancelling', true)), 'applied'],
    ['A20: nothing is printed, and it was done', one({ kind: 'output', ran: true, stdout: '' }), 'applied'],
    ['A20: nothing is printed, and it was not done', one({ kind: 'output', ran: false, stdout: '' }), 'rolled-back'],
    [
      'A24: a success whose rladmin failed',
      one({ kind: 'output', ran: false, stdout: transcript(DISTRIBUTE, 'ERROR: no', 1), exitCode: 0 }),
      'rolled-back',
    ],
    [
      'A25: a failure whose rladmin succeeded',
      one({ kind: 'output', ran: true, stdout: transcript(DISTRIBUTE, 'Finished successfully'), exitCode: 1 }),
      'applied',
    ],
    ['A31: the words were altered, and it was done', one({ ...altered(`${DISTRIBUTE} -f`), ran: true }), 'applied'],
    ['A31: the words were altered, and it was not done', one(altered('tune db db:8 syncer_mode distributed')), 'rolled-back'],
  ];
  it.each(ROWS)('%s', async (_name, stage, outcome) => {
    await open({ faults: stage(TUNE) });
    const report = await change();
    expect(report.outcome, report.error?.message).toBe(outcome);
    expect(sent(lab)).toEqual(outcome === 'applied' ? [WIDEN, DISTRIBUTE] : [WIDEN]);
  });

  it.each<[string, Outcome, Staged]>([
    ['A07: a very first write that was never taken', 'rolled-back', one({ kind: 'close' })],
    ['A09: a very first write that is called back', 'rolled-back', one(late(NEVER, 'Delayed'))],
  ])('%s ends %s', async (_name, outcome, stage) => {
    await open({ faults: stage(BIND) });
    const report = await change();
    expect(report.outcome, report.error?.message).toBe(outcome);
  });
});

describe('readings that fail for good once something was written', () => {
  it.each<[string, SsmEffect]>([
    ['A01: no agent is registered any more', error('InvalidInstanceId')],
    ['A02: sending is not allowed any more', error('AccessDeniedException')],
    ['A12: every command overruns', end('Execution Timed Out', true)],
    ['A27: credentials are not renewed', error('ExpiredTokenException')],
  ])('%s: calls an operator', async (_name, effect) => {
    await open();
    const report = await change(
      {},
      rightBefore('Tune syncer', () => {
        lab.front.faults.push(always(READ, effect));
      }),
    );
    expect(report.outcome, report.error?.message).toBe('needs-operator');
    expect(sent(lab)).toEqual([WIDEN]);
  });
});

describe('nodes that are not what they should be', () => {
  const MISSING: SsmEffect = { kind: 'output', ran: false, stdout: 'SYNCSHIFT error rladmin-missing\n', exitCode: 127 };

  it('A17 A29: goes to another node when rladmin is not there on one', async () => {
    await open({ faults: [always(`${SEND}${NODE_1}`, MISSING)] });
    expect((await change()).outcome).toBe('applied');
  });

  it('A17: names the program that is nowhere', async () => {
    await open();
    await lab.removeRladmin();
    const report = await change();
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'ClusterAccessError', message: expect.stringContaining('127') } });
  });

  it.each<[string, () => Promise<void>]>([
    ['A17: rladmin is gone', () => lab.removeRladmin()],
    ['A18: rladmin may not be run', () => lab.replaceRladmin('exec /dev/null')],
  ])('%s after the bind: calls an operator', async (_name, happen) => {
    await open();
    const report = await change({}, rightBefore('Tune syncer', happen));
    expect(report.outcome, report.error?.message).toBe('needs-operator');
    expect(sent(lab)).toEqual([WIDEN]);
  });

  it('A17: rolls back when rladmin is missing for one write only', async () => {
    await open({ faults: [once(TUNE, MISSING)] });
    expect((await change()).outcome).toBe('rolled-back');
  });

  it('A18: names the program that may not be run', async () => {
    await open();
    await lab.replaceRladmin('exec /dev/null');
    const report = await change();
    expect(report).toMatchObject({ outcome: 'refused', error: { name: 'ClusterAccessError', message: expect.stringContaining('126') } });
  });

  it('A21: asks table by table where the whole status is more than Systems Manager keeps', async () => {
    const cluster = clusterWith();
    for (let id = 101; id < 190; id++) addDatabase(cluster, { id, name: `many-${id}`, masters: [1, 2, 3], replicas: [2, 3, 1] });
    await open({}, cluster);
    const report = await change();
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(readsSent(lab).some(({ actions }) => actions.includes('status-endpoints-of'))).toBe(true);
  });

  it('A22: reads the whole answer of a write that was only found in the list', async () => {
    await open({ faults: [once(TUNE, { kind: 'lost-answer', how: 'close' })] });
    await lab.replaceRladmin(`[ "$1" != tune ] || head -c 3000 /dev/zero | tr '\\0' 'o'\nexec "$0.original" "$@"`);
    expect((await change()).outcome).toBe('applied');
    const commands = (await lab.store.get(CHANGE_ID))?.timeline.filter((event) => event.type === 'command') ?? [];
    expect(commands.find(({ command }) => command === DISTRIBUTE)?.output).toMatch(/^o{3000}[\s\S]*Finished successfully/);
  });

  it('A28: stops when the second node is in a cluster with another database', async () => {
    await open();
    await lab.letSee(NODE_2, clusterWith({ name: 'somebody-elses' }));
    const report = await change();
    expect(report).toMatchObject({ outcome: 'drifted', error: { message: expect.stringContaining('somebody-elses') } });
  });

  it('A28: stops when the nodes are in a cluster without the database', async () => {
    await open();
    for (const node of [NODE_1, NODE_2, NODE_3]) await lab.letSee(node, clusterWith({ name: 'somebody-elses' }));
    const report = await change();
    expect(report).toMatchObject({ outcome: 'refused', error: { message: expect.stringContaining('somebody-elses') } });
  });

  it('A29: stops with the words of nodes that were removed from their cluster', async () => {
    await open();
    await lab.replaceRladmin('echo "ERROR: this node is not part of a cluster" >&2\nexit 1');
    const report = await change();
    expect(report).toMatchObject({ outcome: 'refused', error: { message: expect.stringContaining('not part of a cluster') } });
  });

  const asPartitioned = (): SimulatedCluster => {
    const cluster = clusterWith();
    for (const node of cluster.nodes.slice(0, 1)) node.status = 'DOWN, last seen 41s ago';
    return cluster;
  };

  it('A30: neither reads from nor writes through a node that is down in its own eyes', async () => {
    await open();
    await lab.letSee(NODE_1, asPartitioned());
    const report = await change();
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(writeNodes(lab)).not.toContain(NODE_1);
  });

  it('A30: does not write through a node that has gone down since', async () => {
    await open();
    const report = await change(
      {},
      rightBefore('Tune syncer', () => lab.letSee(NODE_1, asPartitioned())),
    );
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(writeNodes(lab)).toEqual([NODE_1, NODE_2]);
  });

  it('A13: waits for the job of a write that overran to end', async () => {
    const cluster = clusterWith({}, { faults: [{ on: '^tune', effect: { kind: 'busy', commands: 4 } }] });
    await open({ faults: [once(TUNE, end('Execution Timed Out', true))] }, cluster);
    expect((await change()).outcome).toBe('applied');
  });

  it.each<[string, 'no-answer' | 'lost', Outcome]>([
    ['and was done', 'no-answer', 'applied'],
    ['and was not done', 'lost', 'rolled-back'],
  ])('GR1: does not take it for a refusal when rladmin is killed during a write, %s', async (_what, kind, outcome) => {
    await open({}, clusterWith({}, { faults: [{ on: '^tune', effect: { kind } }] }));
    const report = await change();
    expect(report.outcome, report.error?.message).toBe(outcome);
    if (outcome === 'rolled-back') expect(report.error?.message).toContain('no clear answer');
  });
});
