import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import { ROLLOUT_OUTCOMES, type RolloutOutcome } from '../../../lambdas/contracts/rollout-outcomes.ts';
import { type NotApplied, type RolloutSummary, summaryOf } from '../../../lambdas/domain/rollout/summary.ts';
import type { Output } from '../output.ts';
import { isOrphan } from '../rollout/orphan.ts';
import type { RolloutView } from '../rollout/view.ts';
import { countsInWords, lengthInWords, several, shortHash } from '../rollout/words.ts';
import { cut } from './rollout-targets.ts';
import { section } from './section.ts';
import { renderTable } from './table.ts';

const STYLE: Readonly<Partial<Record<RolloutOutcome, Parameters<Output['style']>[0]>>> = {
  completed: 'green',
  planned: 'cyan',
  undone: 'yellow',
  incomplete: 'yellow',
};

/** Waves with how many of their targets stand where. */
export const renderWaves = ({ waves }: Pick<RolloutSummary, 'waves'>): string =>
  renderTable(
    waves.map(({ wave, targets, counts, phase }) => [
      `wave ${wave}`,
      several(targets, 'target'),
      countsInWords(counts),
      phase.replace('-', ' '),
    ]),
  );

const durations = ({ durations: found }: RolloutSummary): string[] =>
  found ? [`a change took ${lengthInWords(found.medianSeconds)} (median), ${lengthInWords(found.p95Seconds)} (95th percentile)`] : [];

/** What has no change of its own yet, or never gets one. */
const isUntouched = ({ wave, state }: NotApplied): boolean => wave === 0 || state === 'waiting';

function notAppliedLine(entry: NotApplied): string[] {
  const { target, id, state, says, changeId } = entry;
  const why = says === undefined ? state : `${state}: ${says}`;
  return [`${target} (${id})  ${why}${isUntouched(entry) ? '' : `  [${changeId}]`}`];
}

/** Those that something happened to come before those that wait. */
const notApplied = ({ notApplied: targets }: RolloutSummary, all: boolean): string[] =>
  section(
    'not applied',
    cut(
      targets.toSorted((a, b) => Number(a.state === 'waiting') - Number(b.state === 'waiting')),
      all,
      notAppliedLine,
    ),
  );

/** What somebody may do next: all of it, all but to read the story, or nothing. */
export type Next = 'all' | 'without story' | 'none';

function nextSteps(record: RolloutRecord, summary: RolloutSummary, output: Output, next: Next): string[] {
  const { request, status, outcome } = record;
  const { rolloutId } = request;
  const { counts } = summary;
  const needed = summary.notApplied.find(({ state }) => state === 'needs-operator');
  const say = (words: string, why: string) => `${why}: ${output.invocation(words)}`;
  const isOver = status !== 'running' && outcome !== 'planned';
  const isLeft = isOrphan(record);
  // Such an end stands: a resume would be refused.
  const isFinal = (record.plan?.blockers.length ?? 0) > 0 || (status === 'ended' && record.stop?.cause === 'rejected');
  const mayGoOn = isOver && !isFinal;
  return section('next', [
    ...(needed === undefined
      ? []
      : [
          say(`show ${needed.changeId}`, 'look what happened'),
          say(`clear ${needed.changeId}`, 'once the database is in order, release its lock'),
        ]),
    ...(mayGoOn && (counts.waiting ?? 0) > 0 ? [say(`rollout resume ${rolloutId}`, 'go on with what is left')] : []),
    ...(isOver && request.file.wanted.syncerMode === 'distributed' && (counts.applied ?? 0) > 0
      ? [say(`rollout undo ${rolloutId}`, 'send back what was applied')]
      : []),
    ...(isLeft ? [say(`rollout resume ${rolloutId}`, 'recover what was under way, and go on')] : []),
    ...(status === 'running' && !isLeft ? [say(`rollout watch ${rolloutId}`, 'follow it')] : []),
    ...(isOver && next === 'all' ? [say(`rollout show ${rolloutId}`, 'its story')] : []),
  ]);
}

function standing(record: RolloutRecord): string {
  if (isOrphan(record)) return `Nobody goes on with it: its process is gone (${record.holder.description}).`;
  return record.status === 'paused' ? 'Nothing of it is running; it can go on.' : 'It is under way.';
}

function headline(record: RolloutRecord, summary: RolloutSummary, output: Output): string[] {
  const { outcome, status, stop, plan } = record;
  const title = output.style('bold', `rollout ${summary.rolloutId}`);
  return [
    `${title}  ${outcome ? output.style(STYLE[outcome] ?? 'red', outcome) : status}`,
    outcome ? ROLLOUT_OUTCOMES[outcome].meaning : standing(record),
    ...(stop ? [`stopped: ${stop.says}`] : []),
    ...section('blockers', plan?.blockers ?? []),
  ];
}

/**
 * How a rollout stands or ended, for people.
 * @param all - also the targets that a long list leaves out.
 * @param next - what to say of what somebody may do next.
 */
export function renderSummary({ record, targets }: RolloutView, all: boolean, output: Output, next: Next = 'all'): string {
  const summary = summaryOf(record, targets);
  return [
    ...headline(record, summary, output),
    '',
    ...(summary.waves.length > 0 ? [renderWaves(summary), ''] : []),
    `${several(targets.length, 'target')}: ${countsInWords(summary.counts)}`,
    ...durations(summary),
    ...notApplied(summary, all),
    ...(record.plan ? [`plan ${shortHash(record.plan.hash)}`] : []),
    ...(next === 'none' ? [] : nextSteps(record, summary, output, next)),
  ].join('\n');
}
