import type { RequestDefaults } from '../../../lambdas/contracts/request.ts';
import type { Counted, PlannedWave, RolloutPlan } from '../../../lambdas/contracts/rollout.ts';
import { TARGET_STATES } from '../../../lambdas/contracts/rollout-outcomes.ts';
import { nameOf } from '../../../lambdas/domain/rollout/targets.ts';
import type { Output } from '../output.ts';
import { type Setting, settingsOf } from '../rollout/settings.ts';
import type { PlanView } from '../rollout/view.ts';
import { lengthInWords, moneyInWords, several, shortHash } from '../rollout/words.ts';
import { cut, plannedTarget } from './rollout-targets.ts';
import { section } from './section.ts';
import { renderTable } from './table.ts';

const MARKS = { default: '(default)', configuration: '(from the configuration)', file: '' } as const;

const valueInWords = (value: unknown): string => {
  if (!Array.isArray(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  return value.length === 0 ? 'none' : value.map(valueInWords).join(', ');
};

/** Every setting with its value; what nobody has set is marked. */
export const renderSettings = (settings: readonly Setting[]): string =>
  renderTable(settings.map(({ path, value, from }) => [path, valueInWords(value), MARKS[from]]));

const counted = (list: readonly Counted[], all: boolean): string[] =>
  cut(list, all, ({ says, targets }) => [`${says} (${several(targets, 'target')})`]);

const waveTitle = ({ wave, canary }: Pick<PlannedWave, 'wave' | 'canary'>): string => `wave ${wave}${canary ? ' (canary)' : ''}`;

const waveRow = (wave: PlannedWave): string[] => [
  waveTitle(wave),
  several(wave.targets, 'target'),
  several(wave.clusters, 'cluster'),
  several(wave.lanes, 'lane'),
  `about ${lengthInWords(wave.expectedSeconds)}`,
];

export const renderWaveTable = ({ waves }: Pick<RolloutPlan, 'waves'>): string => renderTable(waves.map(waveRow));

function waveTargets(view: PlanView, plan: RolloutPlan, all: boolean): string[] {
  return plan.waves.flatMap((wave) => {
    const members = view.targets.filter((target) => target.wave === wave.wave);
    return [
      '',
      ...section(
        waveTitle(wave),
        cut(members, all, (target) => plannedTarget(target, view)),
      ),
    ];
  });
}

/** What is selected and gets no change, and why; what is not selected is counted. */
function leftOut({ targets, surveys }: PlanView, all: boolean): string[] {
  const without = targets.filter(({ wave }) => wave === 0);
  const [found, selected] = [
    surveys.reduce((sum, survey) => sum + survey.found, 0),
    surveys.reduce((sum, survey) => sum + survey.selected, 0),
  ];
  return [
    ...section(
      'left out',
      cut(without, all, (target) => [`${nameOf(target)} (${target.id})  ${target.state}: ${target.says ?? TARGET_STATES[target.state]}`]),
    ),
    `${selected} of ${several(found, 'database')} on ${several(surveys.length, 'cluster')} selected`,
  ];
}

const unread = ({ surveys }: PlanView, all: boolean): string[] =>
  section(
    'not read',
    cut(
      surveys.filter(({ error }) => error !== undefined),
      all,
      // Most of these sentences begin with the cluster already.
      ({ cluster, error = '' }) => [error.startsWith(`cluster ${cluster}: `) ? error : `cluster ${cluster}: ${error}`],
    ),
  );

const overlapping = ({ overlaps }: PlanView, output: Output): string[] =>
  section(
    'overlaps with rollouts that are not over',
    overlaps.map(
      ({ rolloutId, status, targets, first }) =>
        `${rolloutId} (${status}): ${several(targets, 'target')}, such as ${first}; ${output.invocation(`rollout show ${rolloutId}`)}`,
    ),
  );

const POINTS = { rollout: 'before the rollout', 'after-canary': 'after the canary', 'each-wave': 'before each wave' } as const;

/** When people are asked, which the clusters may want where the file does not. */
const approvals = ({ approve, approvals: count }: RolloutPlan): string[] =>
  approve.length === 0 ? [] : [`asks for ${several(count, 'approval')} ${approve.map((point) => POINTS[point]).join(', ')}`];

const expectation = ({ targets, expectedSeconds, expectedCost }: RolloutPlan, { engine }: Output): string[] => {
  if (targets === 0) return [];
  const cost = `${moneyInWords(expectedCost)} of AWS`;
  return [`expected: about ${lengthInWords(expectedSeconds)}${engine === 'aws' ? `, ${cost}` : `; deployed it would cost ${cost}`}`];
};

function planParts(view: PlanView, plan: RolloutPlan, all: boolean, output: Output): string[] {
  return [
    ...section(
      'waves',
      renderWaveTable(plan)
        .split('\n')
        .filter((line) => line !== ''),
    ),
    ...waveTargets(view, plan, all),
    '',
    ...leftOut(view, all),
    ...unread(view, all),
    ...overlapping(view, output),
    ...section('blockers', plan.blockers),
    ...section('warnings', counted(plan.warnings, all)),
    ...section('clients', counted(plan.clientImpact, all)),
    '',
    `${several(plan.targets, 'target')} in ${several(plan.waves.length, 'wave')}, ${plan.unchanged} unchanged, ${plan.blocked} blocked`,
    ...expectation(plan, output),
    ...approvals(plan),
    `plan ${shortHash(plan.hash)}`,
  ];
}

/**
 * The whole plan of a rollout for people.
 * @param defaults - configured parts of a change.
 * @param all - also the targets that a long list leaves out.
 */
export function renderRolloutPlan(view: PlanView, defaults: RequestDefaults, all: boolean, output: Output): string {
  const { request, plan, outcome, stop } = view.record;
  const headline = `${output.style('bold', `rollout ${request.file.name}`)}${outcome === undefined ? '' : `  ${outcome}`}`;
  return [
    headline,
    ...(stop ? [stop.says] : []),
    `asked by ${request.file.requestedBy ?? 'unknown'}${request.file.reason === undefined ? '' : `: ${request.file.reason}`}`,
    '',
    ...section('settings', renderSettings(settingsOf(request.file, defaults)).split('\n')),
    '',
    ...(plan ? planParts(view, plan, all, output) : ['there is no plan yet', ...unread(view, all)]),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
}
