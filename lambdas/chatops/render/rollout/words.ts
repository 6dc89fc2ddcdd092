import type { RolloutTarget } from '../../../contracts/rollout.ts';
import { TARGET_STATE_NAMES, type TargetState } from '../../../contracts/rollout-outcomes.ts';
import { said } from '../text.ts';

const SIGNS: Readonly<Record<TargetState, string>> = {
  waiting: ':hourglass:',
  running: ':gear:',
  applied: ':white_check_mark:',
  unchanged: ':white_check_mark:',
  refused: ':no_entry:',
  rejected: ':x:',
  expired: ':alarm_clock:',
  drifted: ':twisted_rightwards_arrows:',
  'window-missed': ':calendar:',
  'rolled-back': ':leftwards_arrow_with_hook:',
  'to-undo': ':leftwards_arrow_with_hook:',
  undoing: ':leftwards_arrow_with_hook:',
  undone: ':leftwards_arrow_with_hook:',
  'needs-operator': ':rotating_light:',
};

const inWords = (state: TargetState): string => state.replaceAll('-', ' ');

/** `1 target`, `12 targets`. */
export const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `240 applied, 2 rolled back, 8 running`: in the order in which a target comes through its states, those that occur. */
export function countsInWords(targets: readonly Pick<RolloutTarget, 'state'>[]): string {
  const counts = new Map<TargetState, number>();
  for (const { state } of targets) counts.set(state, (counts.get(state) ?? 0) + 1);
  return TARGET_STATE_NAMES.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [`${count} ${inWords(state)}`];
  }).join(', ');
}

/** `eu-west/orders`, as mrkdwn. */
export const nameOf = ({ cluster, name }: Pick<RolloutTarget, 'cluster' | 'name'>): string => said(`${cluster}/${name}`, 130);

/** One target, how it stands, and why: a line of mrkdwn. */
export const targetInWords = (target: RolloutTarget): string =>
  `${SIGNS[target.state]} ${nameOf(target)}: ${inWords(target.state)}${target.says === undefined ? '' : ` — ${said(target.says)}`}`;

/** The same as cells of a table of plain text, for a file. */
export const targetCells = (target: RolloutTarget): string[] => [
  target.wave === 0 ? '-' : String(target.wave),
  `${target.cluster}/${target.name}`,
  target.id,
  inWords(target.state),
];
export const TARGET_TITLES = ['wave', 'database', 'id', 'state'] as const;

/** Text of others in a file: on one line, and nothing of it is cut. */
export const onOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `2 h 5 min`: the two largest units. @param seconds - whole ones count. */
export function span(seconds: number): string {
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    // What is small beside the first unit says nothing.
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}
