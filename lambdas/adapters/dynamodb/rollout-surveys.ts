import { randomUUID } from 'node:crypto';
import { CHANGE_TABLE } from '../../contracts/change-table.ts';
import type { ClusterSurvey, TargetPlan } from '../../contracts/rollout.ts';
import type { Clock } from '../../ports/clock.ts';
import { putAll } from './batches.ts';
import { fromJson, json, number, required, text } from './items.ts';
import { beginningWith, type Expiries, planKey, plansOf, plansPartition, rolloutPartition, SURVEY, surveyKey } from './rollout-items.ts';
import type { Table } from './table.ts';

/**
 * What surveys of clusters found out. Each survey writes plans of its own, and then says which ones those are: its plans take the place of
 * an earlier one's at once and altogether. The earlier ones stay unread until they expire.
 */
export class RolloutSurveys {
  readonly #table: Table;
  readonly #expiries: Expiries;
  readonly #sleep: Clock['sleep'];

  constructor(table: Table, expiries: Expiries, sleep: Clock['sleep']) {
    this.#table = table;
    this.#expiries = expiries;
    this.#sleep = sleep;
  }

  async save(rolloutId: string, survey: ClusterSurvey, plans: readonly TargetPlan[]): Promise<void> {
    const { cluster } = survey;
    const surveyId = randomUUID();
    const expires = { [CHANGE_TABLE.timeToLive]: number(this.#expiries.ofPart()) };
    const items = plans.map((plan) => ({ ...planKey(rolloutId, cluster, surveyId, plan.id), targetPlan: json(plan), ...expires }));
    await putAll(this.#table, items, this.#sleep);
    await this.#table.put({ ...surveyKey(rolloutId, cluster), survey: json(survey), surveyId: text(surveyId), ...expires });
  }

  async all(rolloutId: string): Promise<ClusterSurvey[]> {
    const items = await this.#table.query(beginningWith(rolloutPartition(rolloutId), SURVEY));
    return items.map((item) => fromJson<ClusterSurvey>(item, 'survey'));
  }

  async plans(rolloutId: string, cluster: string): Promise<TargetPlan[]> {
    const survey = await this.#table.get(surveyKey(rolloutId, cluster));
    if (!survey) return [];
    const items = await this.#table.query(beginningWith(plansPartition(rolloutId, cluster), plansOf(required(survey, 'surveyId'))));
    return items.map((item) => fromJson<TargetPlan>(item, 'targetPlan'));
  }
}
