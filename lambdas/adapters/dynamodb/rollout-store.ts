import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { Holder } from '../../contracts/record.ts';
import type {
  Asked,
  ClusterSurvey,
  NewRolloutEvent,
  RolloutEvent,
  RolloutGate,
  RolloutRecord,
  RolloutRequest,
  RolloutTarget,
  TargetPlan,
} from '../../contracts/rollout.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RolloutStore } from '../../ports/rollout-store.ts';
import { Gates } from './gates.ts';
import { fromJson, json, number, required, text } from './items.ts';
import { orderedBy, type Placed } from './order.ts';
import { saveRevision } from './revisions.ts';
import {
  askedKey,
  beginningWith,
  claimKey,
  EVENT_OF_ROLLOUT,
  type Expiries,
  expiriesBy,
  gateOfWaveKey,
  rolloutEventKey,
  rolloutPartition,
} from './rollout-items.ts';
import { RolloutRecords } from './rollout-records.ts';
import { RolloutSurveys } from './rollout-surveys.ts';
import { RolloutTargets } from './rollout-targets.ts';
import { type Client, type Item, Table } from './table.ts';

export interface DynamoDbRolloutStoreProps {
  readonly client: Client;
  /** Name of a table as `CHANGE_TABLE` describes it. */
  readonly table: string;
  /** It sleeps while the table takes no more items for the moment. */
  readonly clock: Clock;
}

/**
 * The rollout store of an AWS account, in the table of the changes. Every write may be repeated: it is the same a second time, or finds its
 * own mark. Everything is read from the table as it is at that moment, but for the list, which may lag behind.
 * @throws Error under the name that the SDK gives it, with the table in its message, when the table cannot be used.
 */
export class DynamoDbRolloutStore implements RolloutStore {
  readonly #table: Table;
  readonly #expiries: Expiries;
  readonly #place: () => Placed;
  readonly #records: RolloutRecords;
  readonly #surveys: RolloutSurveys;
  readonly #targets: RolloutTargets;
  readonly #gates: Gates;

  constructor({ client, table, clock }: DynamoDbRolloutStoreProps) {
    const sleep = (seconds: number) => clock.sleep(seconds);
    this.#table = new Table(client, table);
    this.#expiries = expiriesBy(clock);
    this.#place = orderedBy(clock);
    this.#records = new RolloutRecords(this.#table, this.#expiries);
    this.#surveys = new RolloutSurveys(this.#table, this.#expiries, sleep);
    this.#targets = new RolloutTargets(this.#table, this.#expiries, sleep);
    this.#gates = new Gates(this.#table);
  }

  async open(request: RolloutRequest, holder: Holder): Promise<boolean> {
    return this.#records.open(request, holder, this.#place());
  }

  async get(rolloutId: string): Promise<RolloutRecord | undefined> {
    return this.#records.get(rolloutId);
  }

  async list(limit: number): Promise<RolloutRecord[]> {
    return this.#records.list(limit);
  }

  async save(record: RolloutRecord): Promise<boolean> {
    return this.#records.save(record);
  }

  async ask(rolloutId: string, asked: Asked): Promise<void> {
    await this.#table.put({ ...askedKey(rolloutId), asked: json(asked), ...this.#expires() });
  }

  async asked(rolloutId: string): Promise<Asked | undefined> {
    const item = await this.#table.get(askedKey(rolloutId));
    return item && fromJson<Asked>(item, 'asked');
  }

  async takeUp(rolloutId: string, asked: Asked): Promise<void> {
    await this.#table.delete(askedKey(rolloutId), { expression: 'asked = :asked', values: { ':asked': json(asked) } });
  }

  async saveSurvey(rolloutId: string, survey: ClusterSurvey, plans: readonly TargetPlan[]): Promise<void> {
    await this.#surveys.save(rolloutId, survey, plans);
  }

  async surveys(rolloutId: string): Promise<ClusterSurvey[]> {
    return this.#surveys.all(rolloutId);
  }

  async plans(rolloutId: string, cluster: string): Promise<TargetPlan[]> {
    return this.#surveys.plans(rolloutId, cluster);
  }

  async placeTargets(rolloutId: string, targets: readonly RolloutTarget[]): Promise<void> {
    await this.#targets.place(rolloutId, targets);
  }

  async targets(rolloutId: string, cluster?: string): Promise<RolloutTarget[]> {
    return this.#targets.all(rolloutId, cluster);
  }

  async target(rolloutId: string, position: number): Promise<RolloutTarget | undefined> {
    return this.#targets.at(rolloutId, position);
  }

  async saveTarget(rolloutId: string, target: RolloutTarget, run: number): Promise<void> {
    await this.#targets.save(rolloutId, target, run);
  }

  async claim(database: Pick<RolloutTarget, 'cluster' | 'id'>, rolloutId: string, from = rolloutId): Promise<string> {
    const key = claimKey(database);
    const claimed = await this.#table.put(
      { ...key, claimedBy: text(rolloutId) },
      {
        expression: 'attribute_not_exists(claimedBy) OR claimedBy IN (:own, :from)',
        values: { ':own': text(rolloutId), ':from': text(from) },
      },
    );
    // What was claimed once is somebody's for ever.
    return claimed ? rolloutId : required((await this.#table.get(key)) ?? {}, 'claimedBy');
  }

  async gate(rolloutId: string, wave: number): Promise<RolloutGate | undefined> {
    const item = await this.#table.get(gateOfWaveKey(rolloutId, wave));
    return item && fromJson<RolloutGate>(item, 'content');
  }

  async saveGate(rolloutId: string, wave: number, gate: RolloutGate): Promise<boolean> {
    const { revision } = gate;
    const written = { revision, content: gate, expiry: this.#expiries.ofPart(), mayBegin: true };
    return (await saveRevision(this.#table, gateOfWaveKey(rolloutId, wave), written)) !== undefined;
  }

  async keepToken(rolloutId: string, token: string): Promise<void> {
    await this.#gates.keepToken(rolloutId, token, this.#expiries.ofPart());
  }

  async tokenOf(rolloutId: string): Promise<string | undefined> {
    return this.#gates.tokenOf(rolloutId);
  }

  async append(rolloutId: string, event: NewRolloutEvent): Promise<void> {
    const { at, order } = this.#place();
    const dated = { at, ...event } as RolloutEvent;
    await this.#table.put({ ...rolloutEventKey(rolloutId, order), event: json(dated), ...this.#expires() });
  }

  async events(rolloutId: string): Promise<RolloutEvent[]> {
    const items = await this.#table.query(beginningWith(rolloutPartition(rolloutId), EVENT_OF_ROLLOUT));
    return items.map((item) => fromJson<RolloutEvent>(item, 'event'));
  }

  #expires(): Item {
    return { [CHANGE_TABLE.timeToLive]: number(this.#expiries.ofPart()) };
  }
}
