import type { ChangeRecord, ChangeReport } from '../../contracts/record.ts';
import { type Figures, figuresOf } from '../../domain/figures.ts';
import type { Links } from '../../runtime/chat-ports.ts';
import { type Laid, section, whole } from './blocks.ts';
import { linkTo } from './text.ts';

const ms = (value: number): string => `${Math.round(value)} ms`;

function figuresInWords({ lagBefore, lagAfter, samples }: Figures): string[] {
  return [
    ...(lagBefore ? [`lag before: ${ms(lagBefore.p95Ms)} (95th percentile of ${lagBefore.figures})`] : []),
    ...(lagAfter ? [`lag after: ${ms(lagAfter.medianMs)} (median), ${ms(lagAfter.highestMs)} at most`] : []),
    ...(samples.taken > 0 ? [`samples: ${samples.good} of ${samples.taken} good`] : []),
  ];
}

const HEALTH = {
  verified: ':white_check_mark: *Replication health verified*',
  unverified: ':warning: *Replication health unverified*: nothing watched it, so look at lag and sync status yourself',
};

/** What a change was judged by. */
export function figuresPart({ timeline }: ChangeRecord, { outcome, health }: ChangeReport, { runbook }: Links): Laid[] {
  const figures = figuresInWords(figuresOf(timeline)).map((line) => `• ${line}`);
  if (outcome === 'applied' && health) {
    const help = health === 'unverified' ? ` (${linkTo(`${runbook}#applied`, 'runbook')})` : '';
    return [whole(section([`${HEALTH[health]}${help}`, ...figures].join('\n')))];
  }
  const tookSamples = outcome === 'rolled-back' || outcome === 'needs-operator';
  return tookSamples && figures.length > 0 ? [whole(section(['*Measured before that*', ...figures].join('\n')))] : [];
}
