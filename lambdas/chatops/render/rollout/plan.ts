import type { Counted, PlannedWave, RolloutPlan, RolloutRecord } from '../../../contracts/rollout.ts';
import { codeBlock, context, type Laid, type Letter, letter, list, section, whole } from '../blocks.ts';
import { aligned, code, said } from '../text.ts';
import { rolloutGoal } from './root.ts';
import { many, span } from './words.ts';

/** Characters for each part: together they leave a message short enough for Slack, whatever is in it. */
const ROOM = { waves: 2_000, points: 1_300, clusters: 900 } as const;
/** More waves than fit into a message are not laid out at all. */
const MOST_WAVES = 100;

export const shortHash = ({ hash }: Pick<RolloutPlan, 'hash'>): string => hash.slice(0, 12);

const waveRow = ({ wave, canary, targets, clusters, lanes, expectedSeconds }: PlannedWave): string[] => [
  `${wave}${canary ? ' canary' : ''}`,
  String(targets),
  String(clusters),
  String(lanes),
  span(expectedSeconds),
];

/** Waves as a table: how many targets, on how many clusters, how many changes at once at most, and how long. */
function wavesPart({ waves }: RolloutPlan): Laid {
  const shown = waves.slice(0, MOST_WAVES);
  const more = waves.length - shown.length;
  const table = aligned([['wave', 'targets', 'clusters', 'at once', 'about'], ...shown.map(waveRow)]);
  return codeBlock(waves.length === 0 ? [] : [...table, ...(more > 0 ? [`${more} more waves`] : [])], ROOM.waves, 'Waves');
}

const counted = (points: readonly Counted[]): string[] =>
  points.map(({ says, targets }) => `${many(targets, 'target')}: ${said(says, 600)}`);

/** How many targets have a change in some wave. */
export const targetsToChange = ({ waves }: Pick<RolloutPlan, 'waves'>): number => waves.reduce((sum, { targets }) => sum + targets, 0);

/** How much there is to do, and what it takes. */
function sizeInWords(plan: RolloutPlan): string {
  const { unchanged, blocked, clusters, expectedSeconds, expectedCost } = plan;
  return [
    `*${many(targetsToChange(plan), 'target')}* to change on ${many(clusters.length, 'cluster')}; ${unchanged} as wanted already, ${blocked} that something stands in the way of`,
    `about ${span(expectedSeconds)}, and US$ ${expectedCost.toFixed(2)} where AWS carries it out`,
  ].join('\n');
}

/** What a plan comes to and what there is to know about it, as much as fits. */
export const planParts = (plan: RolloutPlan): Laid[] => [
  whole(section(sizeInWords(plan))),
  list(
    ':no_entry: *Stands in the way*',
    plan.blockers.map((blocker) => said(blocker, 600)),
    ROOM.points,
  ),
  wavesPart(plan),
  list('*Clients*', counted(plan.clientImpact), ROOM.points),
  list(':warning: *Warnings*', counted(plan.warnings), ROOM.points),
];

/** The whole plan in one message; what every target is now and would be afterwards is in a file beside it. */
export function renderRolloutPlan({ request }: RolloutRecord, plan: RolloutPlan): Letter {
  const line = `:memo: Plan for ${rolloutGoal(request)}`;
  const { onStop, errorBudget, bake } = request.file;
  const terms = [
    `plan ${code(shortHash(plan))}`,
    `tolerates ${many(errorBudget, 'failure')}`,
    `watches each wave for ${span(bake.seconds)}`,
    `when it stops: ${onStop}`,
  ];
  return letter(line, [whole(section(line)), ...planParts(plan), whole(context(...terms))]);
}
