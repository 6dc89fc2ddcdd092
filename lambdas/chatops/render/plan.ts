import type { ChangeRecord, TimelineEvent } from '../../contracts/record.ts';
import { context, type Letter, letter, section, whole } from './blocks.ts';
import { inFull, planParts, shortHash, tablePart } from './plan-parts.ts';
import { goal } from './root.ts';
import { classInWords, stateTable } from './states.ts';
import { code } from './text.ts';

export type PlanEvent = Extract<TimelineEvent, { type: 'plan' }>;

/** The plan of a change that nobody is asked about. */
export function renderPlan({ changeId, request }: ChangeRecord, { plan, before }: PlanEvent): Letter {
  const line = `:memo: Plan for ${goal(request)}`;
  const table = stateTable(['now'], [before]);
  const { cluster, database } = request.target;
  return letter(
    line,
    [whole(section(line)), tablePart(table), ...planParts(plan), whole(context(classInWords(before), `plan ${code(shortHash(plan))}`))],
    inFull(changeId, `${cluster}/${database}`, plan, table),
  );
}
