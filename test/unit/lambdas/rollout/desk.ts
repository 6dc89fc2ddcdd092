import { SqliteChangeStore } from '../../../../lambdas/adapters/sqlite/change-store.ts';
import { SqliteRolloutStore } from '../../../../lambdas/adapters/sqlite/rollout-store.ts';
import type { StepErrorName } from '../../../../lambdas/contracts/errors.ts';
import type { Outcome } from '../../../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../../../lambdas/contracts/request.ts';
import type { RolloutRecord, RolloutTarget } from '../../../../lambdas/contracts/rollout.ts';
import { fullRequest } from '../../../../lambdas/domain/full-request.ts';
import { requestUnderWay } from '../../../../lambdas/domain/rollout/requests.ts';
import type { ClusterWriter } from '../../../../lambdas/ports/cluster.ts';
import type { RolloutPorts } from '../../../../lambdas/rollout/step.ts';
import { gates, type TestGates } from '../../../support/gates.ts';
import { VirtualClock } from '../../../support/lab.ts';
import { RaisedByHand } from '../../../support/rollout-stores.ts';
import { ROLLOUT } from '../domain/rollout/sights.ts';

export const PLACE = { rolloutId: ROLLOUT, run: 0 };

/** A rollout on record with everything around it that its steps look at, in memory. */
export class Desk {
  readonly clock = new VirtualClock();
  readonly store = new SqliteChangeStore(':memory:', this.clock);
  readonly rollouts = new SqliteRolloutStore(':memory:', this.clock);
  readonly alarms = new RaisedByHand();
  readonly woken: string[] = [];
  gates: TestGates = {};
  defaults: RolloutPorts['defaults'] = {};
  cluster: Partial<ClusterWriter> = {};

  get ports(): RolloutPorts {
    return {
      store: this.store,
      rollouts: this.rollouts,
      clock: this.clock,
      alarms: this.alarms,
      holder: { description: 'test', host: 'test' },
      defaults: this.defaults,
      gates: gates(this.gates),
      clusters: ['eu', 'us'],
      cluster: async () => this.cluster as ClusterWriter,
      health: async () => undefined,
      isCancelled: () => false,
      waiting: {
        wake: async (token) => {
          this.woken.push(token);
          return true;
        },
        stop: async () => {},
      },
    };
  }

  /** Puts a rollout on record as it stands at one moment. */
  async put(record: RolloutRecord, targets: readonly RolloutTarget[] = []): Promise<void> {
    await this.rollouts.open(record.request, record.holder);
    await this.rollouts.save({ ...record, revision: 2 });
    await this.rollouts.placeTargets(ROLLOUT, targets);
  }

  async record(): Promise<RolloutRecord> {
    const record = await this.rollouts.get(ROLLOUT);
    if (!record) throw new Error('the desk has no rollout');
    return record;
  }

  async target(position: number): Promise<RolloutTarget> {
    const target = await this.rollouts.target(ROLLOUT, position);
    if (!target) throw new Error(`the desk has no target ${position}`);
    return target;
  }

  /** Another run goes on with the rollout: what run 0 still does must come to nothing. */
  async takeOver(): Promise<void> {
    const record = await this.record();
    await this.rollouts.save({ ...record, run: 1, revision: record.revision + 1 });
  }

  /** Puts the change of a target on record, as it was asked for by the rollout. */
  async begin(position: number, different: Partial<ChangeRequestInput> = {}): Promise<string> {
    const { request } = await this.record();
    const own = requestUnderWay(ROLLOUT, request.file, await this.target(position));
    const { changeId = '' } = own;
    await this.store.open(fullRequest({ ...own, ...different }, {}, changeId), { description: 'test', host: 'test' });
    return changeId;
  }

  async end(
    changeId: string,
    outcome: Outcome,
    error?: { name: StepErrorName; message: string },
    more: Partial<ChangeReport> = {},
  ): Promise<void> {
    const report = { changeId, outcome, target: { cluster: 'eu', database: 'any' }, steps: [], ...(error && { error }), ...more };
    await this.store.complete(changeId, report, false);
  }

  async story(): Promise<string[]> {
    return (await this.rollouts.events(ROLLOUT)).map(({ type }) => type);
  }
}

export const LOST = { name: 'LockLostError', message: `run 0 of ${ROLLOUT} may not go on: its latest run is 1` };
