import { askedBy } from '../root.ts';
import { code, fitted, moment, said } from '../text.ts';
import { rolloutGoal, waveLines } from './root.ts';
import type { RolloutSource } from './source.ts';
import { rolloutStanding } from './standing.ts';
import { countsInWords, many } from './words.ts';

/** Slack advises to keep a text below 4,000 characters. */
const ROOM = 2_000;

/** How one rollout stands, as mrkdwn. */
export function renderOneRollout(source: RolloutSource): string {
  const { record, targets, links } = source;
  const { request, startedAt, endedAt, stop } = record;
  const { sign, says } = rolloutStanding(source);
  return [
    `${sign} ${rolloutGoal(request)}: *${says}*${askedBy(request.file)}`,
    `began ${moment(startedAt)}${endedAt === undefined ? '' : `, ended ${moment(endedAt)}`}`,
    ...(stop ? [`stopped: ${said(stop.says, 600)}`] : []),
    ...(targets.length > 0 ? [`${many(targets.length, 'target')}: ${countsInWords(targets)}`] : []),
    ...fitted(waveLines(source), ROOM).lines,
    `rollout ${code(request.rolloutId)}, ${code(links.command(`rollout show ${request.rolloutId}`))}`,
  ].join('\n');
}
