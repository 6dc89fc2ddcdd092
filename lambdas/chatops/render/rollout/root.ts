import type { PlannedWave, RolloutTarget } from '../../../contracts/rollout.ts';
import type { ChatMessage } from '../../../ports/chat.ts';
import { context, letter, section, whole } from '../blocks.ts';
import type { Standing } from '../outcome.ts';
import { askedBy } from '../root.ts';
import { code, fitted, said } from '../text.ts';
import { byWave, type RolloutSource } from './source.ts';
import { rolloutStanding } from './standing.ts';
import { waveStanding } from './wave-standing.ts';
import { countsInWords, many } from './words.ts';

/** Characters of the list of waves. */
const ROOM = 2_000;
/** Waves before the one under way that are still shown each by itself. */
const WAVES_BEFORE = 5;

/** What somebody asked for. */
export interface AskedRollout {
  readonly rolloutId: string;
  readonly planOnly: boolean;
  readonly file: {
    readonly name: string;
    readonly wanted: { readonly syncerMode: string };
    readonly requestedBy?: string | undefined;
    readonly reason?: string | undefined;
  };
}

/** `Rollout *eu-night* → distributed`: what it is called, and where its targets are to go. */
export const rolloutGoal = ({ file, planOnly }: Pick<AskedRollout, 'file' | 'planOnly'>): string =>
  `Rollout *${said(file.name)}* → ${file.wanted.syncerMode}${planOnly ? ' (plan only)' : ''}`;

const headline = (asked: AskedRollout, { sign, says }: Standing): string => `${sign} ${rolloutGoal(asked)}: ${says}${askedBy(asked.file)}`;

/** The first message of a rollout's thread while nothing more is known. */
export function rolloutRoot(asked: AskedRollout, standing: Standing): ChatMessage {
  const line = headline(asked, standing);
  return letter(line, [whole(section(line), context(`rollout ${code(asked.rolloutId)}`))]).message;
}

function waveLine({ record }: RolloutSource, { wave, canary, targets: count }: PlannedWave, targets: readonly RolloutTarget[]): string {
  const { sign, says } = waveStanding(record, wave, targets);
  const counts = targets.some(({ state }) => state !== 'waiting') ? `: ${countsInWords(targets)}` : '';
  return `${sign} wave ${wave}${canary ? ' (canary)' : ''}, ${many(count, 'target')}, ${says}${counts}`;
}

/** A line for each wave; those long before the one under way are told as one. */
export function waveLines(source: RolloutSource): string[] {
  const { record, targets } = source;
  const waves = record.plan?.waves ?? [];
  const first = Math.max(0, record.wave - 1 - WAVES_BEFORE);
  const members = byWave(targets);
  const earlier = targets.filter(({ wave }) => wave > 0 && wave <= first);
  // More than fit are not even written out: a rollout may have thousands of waves.
  const shown = waves.slice(first, first + ROOM / 20);
  const rest = waves.length - first - shown.length;
  return [
    ...(first > 0 ? [`:white_check_mark: waves 1 to ${first}: ${countsInWords(earlier)}`] : []),
    ...shown.map((wave) => waveLine(source, wave, members.get(wave.wave) ?? [])),
    ...(rest > 0 ? [`${many(rest, 'later wave')}`] : []),
  ];
}

/** The first message of a rollout's thread: what is asked, by whom, how it stands, and how far every wave has come. */
export function renderRolloutRoot(source: RolloutSource): ChatMessage {
  const { record, targets } = source;
  const { request, plan } = record;
  const line = headline(request, rolloutStanding(source));
  const terms = [`rollout ${code(request.rolloutId)}`, ...(plan ? [`plan ${code(plan.hash.slice(0, 12))}`] : [])];
  const lines = waveLines(source);
  return letter(line, [
    whole(section(line)),
    ...(targets.length > 0 ? [whole(section(`*${many(targets.length, 'target')}*: ${countsInWords(targets)}`))] : []),
    ...(lines.length > 0 ? [whole(section(fitted(lines, ROOM).lines.join('\n')))] : []),
    whole(context(...terms)),
  ]).message;
}
