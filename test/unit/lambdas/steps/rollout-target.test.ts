import { describe, expect, it } from 'vitest';
import type { ChangeRequestInput } from '../../../../lambdas/contracts/request.ts';
import type { Control, RolloutGate, RolloutRecord, RolloutTarget } from '../../../../lambdas/contracts/rollout.ts';
import type { RolloutFileInput } from '../../../../lambdas/contracts/rollout-file.ts';
import { fullRequest } from '../../../../lambdas/domain/full-request.ts';
import { requestUnderWay } from '../../../../lambdas/domain/rollout/requests.ts';
import { drifted, membershipOf, requireSameName, stopIfCalledOff, withRulesOrRollout } from '../../../../lambdas/steps/rollout-target.ts';
import { facts } from '../../../support/facts.ts';
import { ask, gate, HASH, plan, ROLLOUT, record, target } from '../domain/rollout/sights.ts';
import { Desk } from '../rollout/desk.ts';

const RULES = { required: true, approvals: 2, requesterMayApprove: false, breakGlass: [] };
const OTHER = plan({ hash: 'b'.repeat(64) });

interface At {
  readonly record?: Partial<RolloutRecord>;
  readonly file?: Partial<RolloutFileInput>;
  readonly target?: Partial<RolloutTarget>;
  readonly gates?: Record<number, RolloutGate>;
}
/** A rollout with the first target of its second wave under way. */
async function deskAt({ record: settings = {}, file = {}, target: own = {}, gates = {} }: At = {}): Promise<Desk> {
  const desk = new Desk();
  await desk.put(record({ wave: 2, plan: plan({ approve: ['each-wave'] }), ...settings }, file), [
    target(1, 'running', { wave: 2, ...own }),
    target(2),
  ]);
  for (const [wave, standing] of Object.entries(gates)) await desk.rollouts.saveGate(ROLLOUT, Number(wave), standing);
  return desk;
}
const BOTH = { 1: gate('approved', { wave: 1 }), 2: gate('approved', { wave: 2 }) };

/** Starts a change by hand: as the rollout would, but for what is different. */
async function start(desk: Desk, different: Partial<ChangeRequestInput> = {}, execution?: string) {
  const { request } = await desk.record();
  const { changeId: own = '', ...asked } = requestUnderWay(ROLLOUT, request.file, await desk.target(1));
  const changeId = execution ?? own;
  return membershipOf(fullRequest({ ...asked, changeId, ...different }, desk.defaults, changeId), desk.ports);
}
const approved = async (at: At) => (await start(await deskAt(at)))?.approved;
const refusal = (says: string) => ({ name: 'PreconditionFailedError', message: says });

describe('a change that names a rollout', () => {
  it('is let through by the approvals of its wave and of every wave before it', async () => {
    expect(await approved({ gates: BOTH })).toBe(true);
  });

  it.each([
    ['nobody was asked', { record: { plan: plan({ approve: [] }) }, gates: BOTH }],
    ['the gate of its wave was never opened', { gates: { 1: BOTH[1] } }],
    ['the gate of its wave waits', { gates: { 1: BOTH[1], 2: gate('waiting', { wave: 2 }) } }],
    ['the gate of an earlier wave was rejected', { gates: { 1: gate('rejected'), 2: BOTH[2] } }],
    ['its gate was closed', { gates: { 1: BOTH[1], 2: gate('closed', { wave: 2 }) } }],
    ['its gate was for another plan', { gates: { 1: BOTH[1], 2: gate('approved', { wave: 2, plan: OTHER }) } }],
    ['only a later wave is asked about', { record: { plan: plan({ approve: ['after-canary'] }) }, target: { wave: 1 }, gates: BOTH }],
  ] as [string, At][])('is not, where %s: what its cluster asks for holds', async (_why, at) => {
    const desk = await deskAt(at);
    const membership = await start(desk);
    expect(membership?.approved).toBe(false);
    const asked = fullRequest({ target: { cluster: 'eu', database: 'db:1' }, wanted: { syncerMode: 'distributed' } }, {}, 'chg-1');
    expect(withRulesOrRollout(asked, membership, RULES).approval).toMatchObject({ required: true, approvals: 2 });
  });

  it.each([
    ['under an id of its own', {}, 'chg-mine', `target 1 of rollout ${ROLLOUT} has no change of this id`],
    ['under the id of another attempt', {}, `${ROLLOUT}_00001_try2`, `target 1 of rollout ${ROLLOUT} has no change of this id`],
    ['under the id of its undoing', {}, `${ROLLOUT}_00001_undo1`, `target 1 of rollout ${ROLLOUT} has no change of this id`],
    ['for another database', { target: { cluster: 'eu', database: 'db:2' } }, undefined, `target 1 of rollout ${ROLLOUT} is eu/db:1`],
    ['for the database by its name', { target: { cluster: 'eu', database: 'n1' } }, undefined, `target 1 of rollout ${ROLLOUT} is eu/db:1`],
    ['on another cluster', { target: { cluster: 'us', database: 'db:1' } }, undefined, `target 1 of rollout ${ROLLOUT} is eu/db:1`],
    [
      'with another wish',
      { wanted: { syncerMode: 'distributed', proxyPolicy: 'all-nodes' } },
      undefined,
      `rollout ${ROLLOUT} asks for something else`,
    ],
    ['the other way', { wanted: { syncerMode: 'centralized' } }, undefined, `rollout ${ROLLOUT} asks for something else`],
    ['only to plan', { planOnly: true }, undefined, `rollout ${ROLLOUT} asks for something else`],
    ['outside its window', { window: undefined }, undefined, `rollout ${ROLLOUT} asks for something else`],
    ['with less care', { verification: { samples: 1 } }, undefined, `rollout ${ROLLOUT} asks for something else`],
    ['with another way back', { rollback: { restoreProxyPolicy: true } }, undefined, `rollout ${ROLLOUT} asks for something else`],
    ['for somebody else', { requestedBy: 'mallory' }, undefined, `rollout ${ROLLOUT} asks for something else`],
    [
      'for a target that there is not',
      { rollout: { id: ROLLOUT, position: 9 } },
      undefined,
      `rollout ${ROLLOUT} has no target 9 on record`,
    ],
    [
      'for a rollout that there is not',
      { rollout: { id: 'rol-none', position: 1 } },
      undefined,
      'rollout rol-none has no target 1 on record',
    ],
  ] as [string, Partial<ChangeRequestInput>, string | undefined, string][])('is refused %s', async (_how, different, id, says) => {
    const desk = await deskAt({ gates: BOTH, file: { gates: { window: { calendar: 'nights' } } } });
    await expect(start(desk, different, id)).rejects.toMatchObject(refusal(says));
  });

  it.each(['waiting', 'applied', 'undone', 'to-undo', 'rolled-back', 'refused', 'needs-operator'] as const)(
    'is refused while its target is %s: a wave that has not begun, or a change that has ended',
    async (state) => {
      const desk = await deskAt({ gates: BOTH, target: { state } });
      await expect(start(desk)).rejects.toMatchObject(
        refusal(`target 1 of rollout ${ROLLOUT} is ${state}: nothing is to be done about it`),
      );
    },
  );

  it('is refused once the rollout has ended', async () => {
    await expect(start(await deskAt({ gates: BOTH, record: { status: 'ended' } }))).rejects.toMatchObject(
      refusal(`rollout ${ROLLOUT} has ended`),
    );
  });

  it('is refused where no rollouts are known', async () => {
    const request = fullRequest(
      { target: { cluster: 'eu', database: 'db:1' }, wanted: { syncerMode: 'distributed' }, rollout: { id: ROLLOUT, position: 1 } },
      {},
      'chg-1',
    );
    const { rollouts: _, ...ports } = new Desk().ports;
    await expect(membershipOf(request, ports)).rejects.toMatchObject(refusal('no rollouts are known here'));
  });

  it('may send its target back while that is under way, as the rollout would', async () => {
    const desk = await deskAt({ target: { state: 'undoing', undo: 2, says: 'it lags' } });
    expect((await start(desk))?.target.state).toBe('undoing');
    await expect(start(desk, { wanted: { syncerMode: 'distributed' } })).rejects.toMatchObject(
      refusal(`rollout ${ROLLOUT} asks for something else`),
    );
    await expect(start(desk, {}, `${ROLLOUT}_00001_undo1`)).rejects.toMatchObject({ name: 'PreconditionFailedError' });
  });

  it('has the configured defaults, as every change of the rollout has them', async () => {
    const desk = await deskAt({ gates: BOTH });
    desk.defaults = { verification: { samples: 9 }, approval: { required: true, approvals: 3 } };
    expect((await start(desk))?.approved).toBe(true);
  });

  it('that names none is one of its own', async () => {
    const request = fullRequest(
      { target: { cluster: 'eu', database: 'db:1' }, wanted: { syncerMode: 'distributed' } },
      {},
      `${ROLLOUT}_00001`,
    );
    expect(await membershipOf(request, (await deskAt({ gates: BOTH })).ports)).toBeUndefined();
  });
});

describe('a rollout that was called off', () => {
  const begins = async (at: At, control?: Control) => {
    const desk = await deskAt({ gates: BOTH, ...at });
    const membership = await start(desk);
    if (control) await desk.rollouts.ask(ROLLOUT, ask(control));
    return stopIfCalledOff(membership, desk.ports);
  };
  const cancelled = (says: string) => ({ name: 'ChangeCancelledError', message: `rollout ${ROLLOUT} ${says}` });
  const stop = { cause: 'asked', says: 'abort, asked for by olga', at: record().startedAt, wave: 2, action: 'stop' } as const;

  it.each(['abort', 'undo-wave', 'undo-all'] as const)(
    'by %s begins no change, also one that could not be cancelled yet',
    async (control) => {
      await expect(begins({}, control)).rejects.toMatchObject(cancelled(`was asked by olga for ${control}`));
    },
  );

  it('begins no change once that was taken up, nor while it is paused', async () => {
    await expect(begins({ record: { stop } })).rejects.toMatchObject(cancelled('has stopped: abort, asked for by olga'));
    await expect(begins({ record: { status: 'paused' } })).rejects.toMatchObject(cancelled('is paused'));
  });

  it('still sends back what it applied', async () => {
    await expect(begins({ record: { stop }, target: { state: 'undoing', undo: 1 } }, 'abort')).resolves.toBeUndefined();
  });

  it.each([undefined, 'pause', 'resume'] as const)(
    'is another one than that which was asked for %s: what is under way may end',
    async (control) => {
      await expect(begins({}, control)).resolves.toBeUndefined();
    },
  );

  it('does not concern a change of its own', async () => {
    await expect(stopIfCalledOff(undefined, new Desk().ports)).resolves.toBeUndefined();
  });
});

describe('a database that is no longer as it was planned', () => {
  const before = facts({ database: { cluster: 'eu', id: 'db:1', name: 'n1' } });
  const planned = (hash: string, needed = true) => ({
    hash,
    needed,
    holdCentralized: false,
    steps: [],
    clientImpact: [],
    warnings: [],
    blockers: [],
  });

  it('is set aside, before anything is written', async () => {
    const membership = await start(await deskAt({ gates: BOTH }));
    expect(drifted(planned('c'.repeat(64)), before, membership)).toMatchObject({ stopped: { Error: 'PlanDriftedError' } });
    expect(drifted(planned(HASH), before, membership)).toEqual({});
  });

  it('needs nothing where it is as wanted by now', async () => {
    expect(drifted(planned('c'.repeat(64), false), before, await start(await deskAt({ gates: BOTH })))).toEqual({});
  });

  it('is sent back all the same', async () => {
    const membership = await start(await deskAt({ target: { state: 'undoing', undo: 1 } }));
    expect(drifted(planned('c'.repeat(64)), before, membership)).toEqual({});
  });

  it('is another one where another name is under its id', async () => {
    const membership = await start(await deskAt({ gates: BOTH }));
    expect(() => requireSameName({ cluster: 'eu', id: 'db:1', name: 'new' }, membership)).toThrow(
      'db:1 is called "new", and was "n1" when the rollout was planned',
    );
    expect(() => requireSameName({ cluster: 'eu', id: 'db:1', name: 'n1' }, membership)).not.toThrow();
  });
});
