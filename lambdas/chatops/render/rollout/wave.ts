import type { RolloutTarget } from '../../../contracts/rollout.ts';
import { type Laid, type Letter, letter, list, section, whole } from '../blocks.ts';
import { said } from '../text.ts';
import type { RolloutSource } from './source.ts';
import { waveStanding } from './wave-standing.ts';
import { countsInWords, many, nameOf, targetInWords } from './words.ts';

/** How many targets are named, of those that run and of those that failed. */
const MOST_NAMED = 10;
const ROOM = 2_500;

const FAILED: ReadonlySet<string> = new Set([
  'refused',
  'rejected',
  'expired',
  'drifted',
  'window-missed',
  'rolled-back',
  'needs-operator',
]);
const hasFailed = ({ state, failed = false }: RolloutTarget): boolean => failed || FAILED.has(state);

/** The first few, and how many there are beside them. */
const firstOf = (lines: readonly string[]): string[] =>
  lines.length > MOST_NAMED ? [...lines.slice(0, MOST_NAMED), `… and ${lines.length - MOST_NAMED} more`] : [...lines];

function runningPart(targets: readonly RolloutTarget[]): Laid[] {
  const running = targets.filter(({ state }) => state === 'running' || state === 'undoing');
  if (running.length === 0) return [];
  return [whole(section(`*Now*: ${firstOf(running.map(nameOf)).join(', ')}`))];
}

/** Members that were not good when they were last looked at come first: the wave waits for them. */
function bakePart({ record }: RolloutSource, wave: number, targets: readonly RolloutTarget[]): Laid[] {
  if (record.bake?.wave !== wave) return [];
  const needed = record.request.file.bake.samples;
  const watched = targets.filter(({ state }) => state === 'applied');
  const good = watched.filter(({ tally }) => tally?.streak?.state === 'good' && tally.streak.length >= needed);
  const ill = watched.filter(({ tally }) => tally?.streak !== undefined && tally.streak.state !== 'good');
  const line = `*Bake*: ${good.length} of ${many(watched.length, 'member')} with ${many(needed, 'good sample')} in a row`;
  const problems = ill.map(
    (target) => `${nameOf(target)}: ${said(target.tally?.problems.join('; ') || (target.tally?.streak?.state ?? ''))}`,
  );
  return problems.length === 0 ? [whole(section(line))] : [list(line, firstOf(problems), ROOM)];
}

/** What becomes of one wave: how many stand where, what runs now, what failed, and how its bake goes. @param targets - those of the wave. */
export function renderWave(source: RolloutSource, wave: number, targets: readonly RolloutTarget[]): Letter {
  const { record } = source;
  const planned = record.plan?.waves[wave - 1];
  const { sign, says } = waveStanding(record, wave, targets);
  const title = `*Wave ${wave} of ${record.plan?.waves.length ?? wave}*${planned?.canary ? ' (canary)' : ''}`;
  const where = planned ? ` on ${many(planned.clusters, 'cluster')}` : '';
  const line = `${sign} ${title}, ${many(targets.length, 'target')}${where}: ${says}`;
  const failed = targets.filter(hasFailed);
  return letter(line, [
    whole(section(`${line}\n${countsInWords(targets)}`)),
    ...runningPart(targets),
    list(`*Not as wanted: ${failed.length}*`, firstOf(failed.map(targetInWords)), ROOM),
    ...bakePart(source, wave, targets),
  ]);
}
