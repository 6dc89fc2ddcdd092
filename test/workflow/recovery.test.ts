/** A process that dies at any moment of a change, and what a recovery makes of what it left behind. */
import { describe, expect, it } from 'vitest';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import definition from '../../lib/local/definitions/change.asl.json' with { type: 'json' };
import recovery from '../../lib/local/definitions/recover-change.asl.json' with { type: 'json' };
import { type LocalRun, type Recovered, recoverLocally } from '../../lib/local/engine.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { CENTRALIZE, CHANGE_ID, DISTRIBUTE, Lab, sent, WIDEN } from '../support/lab.ts';

type Intercept = NonNullable<LocalRun['intercept']>;
/** A moment at which a process is gone: who comes to it never goes on, and `reached` tells the test. */
class Death {
  readonly #reached = Promise.withResolvers<void>();
  readonly reached: Promise<void> = this.#reached.promise;

  come = (): Promise<never> => {
    this.#reached.resolve();
    return new Promise(() => {});
  };

  /** Comes with a state: before its step runs, or once it ran and before anybody hears of it. */
  at(when: 'before' | 'after', dead: string): Intercept {
    return (state, run) => async (event) => {
      if (state === dead && when === 'before') return this.come();
      const output = await run(event);
      return state === dead ? this.come() : output;
    };
  }
}

/** Every gate is asked, and a rollback restores the policy too. */
const REQUEST: Partial<ChangeRequestInput> = {
  requestedBy: 'ann',
  rollback: { restoreProxyPolicy: true },
  window: { opensAt: '2026-12-01T01:00:00Z', closesAt: '2026-12-01T06:00:00Z' },
};

/** Of class D0, so that every write of a change comes up. With `fails`, the verification fails and the change is undone. */
function labWith({ fails = false } = {}): Lab {
  const faults = fails ? [{ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } } as const] : [];
  const lab = new Lab(clusterWith({ syncerMode: 'distributed' }, { faults }));
  lab.gates = { rules: { required: true } };
  return lab;
}

/** Runs a change up to its process's death. @throws Error when it ends without. */
async function runUntil(death: Death, lab: Lab, intercept?: Intercept): Promise<void> {
  const run = lab.run(REQUEST, intercept, CHANGE_ID, (gate) => void lab.decide(gate, 'somebody'));
  const outlived = run.then(({ outcome, error }) => Promise.reject(new Error(`nobody died: ${outcome} ${error?.message}`)));
  await Promise.race([death.reached, outlived]);
}

/** A change whose process died at a state. */
async function diedAt(when: 'before' | 'after', state: string, lab = labWith(), death = new Death()): Promise<Lab> {
  await runUntil(death, lab, death.at(when, state));
  return lab;
}

const LOST = { name: 'LockLostError' };
const claim = (lab: Lab, run: number) => lab.store.claimWrite(CHANGE_ID, 'Tune syncer', 'anything', run);
const none = Object.fromEntries(Object.keys(recovery.States).map((state) => [state, 0]));

/** A recovery in a process of its own: from the take-over on, the dead run can claim nothing. */
async function recover(lab: Lab, description = 'the recovery', intercept?: Intercept): Promise<Recovered> {
  return recoverLocally({
    changeId: CHANGE_ID,
    deadRun: (await lab.store.get(CHANGE_ID))?.run ?? 0,
    ports: { ...Lab.prototype.ports.call(lab), holder: { description, host: 'test', pid: 2 } },
    why: 'its process died',
    overrides: { waitTimeOverrides: none, retryIntervalOverrides: none },
    intercept: (state, run) => {
      const pausing: typeof run = async (event) => {
        if (state.startsWith('Verify')) lab.clock.advance(10);
        if (state !== 'Recover change') await expect(claim(lab, 0), 'a claim of the dead').rejects.toThrow(/^run 0 of .* may not go on/);
        return run(event);
      };
      return intercept ? intercept(state, pausing) : pausing;
    },
  });
}

/** Recovers a change whose run died, and checks what must hold from then on. */
async function expectRecovered(lab: Lab, error = 'ExecutionCutShortError'): Promise<ChangeReport> {
  const found = await recover(lab);
  const report = (await lab.store.get(CHANGE_ID))?.report;
  if (!report) throw new Error(`the recovery left no report: ${found.says}`);
  if (found.report) expect(found.report).toEqual(report);
  await expectSafe(lab, report);
  const writes = sent(lab);
  if (writes.length > 0) expect(lab.database.syncerMode).toBe('centralized');
  expect(report.error?.name).toBe(error);
  await expect(claim(lab, 0)).rejects.toMatchObject(LOST);
  await expect(lab.store.complete(CHANGE_ID, report, false, 0)).rejects.toMatchObject(LOST);
  expect([await recover(lab, 'another recovery'), sent(lab)]).toEqual([{ says: `it has ended: ${report.outcome}` }, writes]);
  return report;
}

const ROLLBACK = ['Restore centralized', 'Verify centralized', 'Restore policy'];
/** Where nothing is written yet. */
const EARLY = ['Inspect status', 'Approval gate', 'Change window', 'Begin change'];
const deathsIn = ({ States }: { States: Record<string, { Type: string }> }) =>
  Object.entries(States)
    .filter(([, { Type }]) => Type === 'Task')
    .flatMap(([state]) => [['before', state] as const, ['after', state] as const]);
// There is nothing to recover before the record is begun, and after it is ended.
const deaths = deathsIn(definition).filter((death) => !['before Inspect status', 'after Complete change'].includes(death.join(' ')));

describe('a process that dies', () => {
  it.each(deaths)('%s "%s"', async (when, state) => {
    const lab = await diedAt(when, state, labWith({ fails: ROLLBACK.includes(state) }));
    const wroteNothing = EARLY.includes(state) || (state === 'Hold centralized' && when === 'before');
    expect((await expectRecovered(lab)).outcome).toBe(wroteNothing ? 'refused' : 'rolled-back');
    expect([sent(lab).length === 0, lab.database.endpoints[0]?.policy]).toEqual([wroteNothing, 'single']);
  });

  it.each([
    ['before', 'Inspect status', 'no such change is on record: it ended before it began', [], undefined],
    ['after', 'Complete change', 'it has ended: applied', [CENTRALIZE, WIDEN, DISTRIBUTE], 'applied'],
  ] as const)('%s "%s" leaves nothing to recover', async (when, state, says, writes, outcome) => {
    const lab = await diedAt(when, state);
    expect(await recover(lab)).toEqual({ says });
    expect([sent(lab), await lab.lock(), (await lab.store.get(CHANGE_ID))?.report?.outcome]).toEqual([writes, undefined, outcome]);
  });

  it.each(['Begin change', 'Tune syncer'])('before "%s", and was asked to stop, ends as cancelled', async (state) => {
    const lab = await diedAt('before', state);
    await lab.store.requestCancel(CHANGE_ID, { by: 'somebody', via: 'machine' });
    await expectRecovered(lab, 'ChangeCancelledError');
  });
});

/** The writes of a change that is undone, by the state that sends them. */
const WRITES: [write: string, step: string][] = [
  [CENTRALIZE, 'Hold centralized'],
  [WIDEN, 'Rebind policy'],
  [DISTRIBUTE, 'Tune syncer'],
  [CENTRALIZE, 'Restore centralized'],
  ['bind db db:7 endpoint 7:1 policy single', 'Restore policy'],
];

/** Dies once the first run has claimed a write of the step. */
function dieClaiming(lab: Lab, death: Death, step: string): void {
  const claimWrite = lab.store.claimWrite.bind(lab.store);
  lab.store.claimWrite = async (changeId, by, command, run) => {
    const claimed = await claimWrite(changeId, by, command, run);
    return run === 0 && by === step ? death.come() : claimed;
  };
}

/** Dies once the cluster has taken a write of the step, and before it is heard. */
function dieSending(lab: Lab, death: Death, step: string): void {
  const mortal = lab.ports();
  const dying = async (...opened: Parameters<typeof mortal.cluster>) => {
    const cluster = await mortal.cluster(...opened);
    const send = cluster.send.bind(cluster);
    cluster.send = async (order, options) => {
      const answer = await send(order, options);
      return (await lab.store.claimedWrites(CHANGE_ID)).at(-1)?.step === step ? death.come() : answer;
    };
    return cluster;
  };
  lab.ports = () => ({ ...mortal, cluster: dying });
}

describe.each(WRITES)('a process that dies once "%s" of "%s" is', (write, step) => {
  it.each([
    ['claimed and not sent', dieClaiming, []],
    ['sent and not answered', dieSending, [write]],
  ] as const)('%s', async (_what, dies, left) => {
    const lab = labWith({ fails: true });
    const death = new Death();
    dies(lab, death, step);
    await runUntil(death, lab);
    expect((await lab.store.claimedWrites(CHANGE_ID)).at(-1)).toEqual({ step, command: write });
    expect(sent(lab).slice(WRITES.findIndex(([, other]) => other === step))).toEqual(left);
    expect((await expectRecovered(lab)).outcome).toBe('rolled-back');
    expect(lab.database.endpoints[0]?.policy).toBe('single');
  });
});

describe('a recovery', () => {
  it.each(deathsIn(recovery))('that dies %s "%s" is followed by one that ends the change', async (when, state) => {
    const lab = await diedAt('after', 'Tune syncer');
    const death = new Death();
    void recover(lab, 'a recovery that dies', death.at(when, state));
    await death.reached;
    expect((await expectRecovered(lab)).outcome).toBe('rolled-back');
    await expect(claim(lab, 1)).rejects.toMatchObject(LOST);
  });

  it('leaves the lock of a change that ended for an operator', async () => {
    const lab = new Lab(clusterWith({}, { faults: [{ on: '^tune', effect: { kind: 'no-effect' } }] }));
    const report = await lab.run();
    expect(report.outcome).toBe('needs-operator');
    const left = [await lab.lock(), sent(lab), report];
    expect(await recover(lab)).toEqual({ says: 'it has ended: needs-operator' });
    await expectSafe(lab, report);
    expect([await lab.lock(), sent(lab), (await lab.store.get(CHANGE_ID))?.report]).toEqual(left);
  });
});
