import type { RolloutEvent, RolloutRecord, RolloutTarget } from '../../../lambdas/contracts/rollout.ts';
import { isRolloutId } from '../../../lambdas/contracts/rollout.ts';
import { openGateOf } from '../../../lambdas/gates/decide-rollout.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine, Output } from '../output.ts';
import { eventInWords } from '../render/rollout-events.ts';
import { renderRolloutGate } from '../render/rollout-gate.ts';
import { renderSummary } from '../render/rollout-summary.ts';
import { MOST_SHOWN } from '../render/rollout-targets.ts';
import { renderTable } from '../render/table.ts';
import { requireRollout } from '../rollout/follow.ts';
import { isOrphan } from '../rollout/orphan.ts';
import { rolloutRunnerOf } from '../rollout/runner.ts';
import { withRollouts } from '../rollout/stores.ts';
import { documentOf, readView } from '../rollout/view.ts';
import { printRollout } from './rollout-print.ts';

const MOST_LISTED = 100;

/** @throws UsageError when it is no id of a rollout. */
export function requireRolloutId(text: string): string {
  if (!isRolloutId(text)) throw new UsageError(`${JSON.stringify(text)} is no id of a rollout, which begins with "rol-"`);
  return text;
}

/** Of a long story, its latest part is shown. */
function story(events: readonly RolloutEvent[], targets: readonly RolloutTarget[], all: boolean): string[] {
  const byPosition = new Map(targets.map((target) => [target.position, target]));
  const shown = all ? events : events.slice(-MOST_SHOWN);
  const before = events.length - shown.length;
  return [
    ...(before > 0 ? [`${before} earlier events (--all shows all of them)`] : []),
    ...shown.map((event) => `${event.at}  ${eventInWords(event, (position) => byPosition.get(position))}`),
  ];
}

const askedBy = ({ request: { file } }: RolloutRecord): string =>
  `asked by ${file.requestedBy ?? 'unknown'}${file.reason === undefined ? '' : `: ${file.reason}`}`;

/** How a rollout stands, and its story. */
export const rolloutShow: Verb<{ all?: boolean; engine: Engine }> = (text, { config, engine, all = false }, output) => {
  const rolloutId = requireRolloutId(text);
  return withRollouts(engine, config, async ({ rollouts }) => {
    const record = requireRollout(rolloutId, await rollouts.get(rolloutId), output);
    const view = await readView(rollouts, record);
    const gate = record.status === 'running' ? await openGateOf(record, rollouts) : undefined;
    const [asked, events] = [await rollouts.asked(rolloutId), await rollouts.events(rolloutId)];
    output.result({ ...documentOf(view), record, ...(gate && { gate }), ...(asked && { asked }), events }, () =>
      [
        renderSummary(view, all, output, 'without story'),
        askedBy(record),
        ...(gate?.status === 'waiting' ? ['', renderRolloutGate(gate, output)] : []),
        ...(asked ? [`asked for, and not taken up yet: ${asked.control}, by ${asked.by}`] : []),
        '',
        ...story(events, view.targets, all),
      ].join('\n'),
    );
    return 0;
  });
};

const standing = (record: RolloutRecord): string => (isOrphan(record) ? 'process gone' : (record.outcome ?? record.status));

const row = (record: RolloutRecord): string[] => {
  const { request, wave, plan, startedAt, endedAt } = record;
  return [
    request.rolloutId,
    standing(record),
    plan ? `${Math.min(wave, plan.waves.length)} of ${plan.waves.length}` : '',
    plan ? String(plan.targets) : '',
    startedAt,
    endedAt ?? '',
  ];
};

const entry = ({ request, status, outcome, wave, plan, startedAt, endedAt }: RolloutRecord) => ({
  rolloutId: request.rolloutId,
  name: request.file.name,
  to: request.file.wanted.syncerMode,
  planOnly: request.planOnly,
  status,
  ...(outcome && { outcome }),
  wave,
  ...(plan && { waves: plan.waves.length, targets: plan.targets, planHash: plan.hash }),
  startedAt,
  ...(endedAt && { endedAt }),
});

const renderList = (records: readonly RolloutRecord[], output: Output): string =>
  records.length === 0
    ? `no rollouts on record; begin one with: ${output.invocation('rollout start <file>')}`
    : renderTable([['ROLLOUT', 'STANDS', 'WAVE', 'TARGETS', 'STARTED', 'ENDED'], ...records.map(row)]);

/** Rollouts on record, newest first. */
export const rolloutList: Verb<{ engine: Engine }> = (_text, { config, engine }, output) =>
  withRollouts(engine, config, async ({ rollouts }) => {
    const records = await rollouts.list(MOST_LISTED);
    output.result({ rollouts: records.map(entry) }, () => renderList(records, output));
    return 0;
  });

/** Follows a rollout until it has ended or is paused. It only looks: stopping it stops nothing else. */
export const rolloutWatch: Verb<{ all?: boolean; engine: Engine }> = async (text, { config, engine, all = false }, output) => {
  const rolloutId = requireRolloutId(text);
  const runner = await rolloutRunnerOf(engine, { config, output });
  return printRollout(await runner.watch(rolloutId), all, output);
};
