import { OUTCOMES, type Outcome } from '../../contracts/outcomes.ts';
import type { ChangeReport } from '../../contracts/record.ts';

/** How a change stands: a sign to find it by, and the words that say it. */
export interface Standing {
  readonly sign: string;
  readonly says: string;
}

interface End extends Standing {
  /** One sentence for whoever reads no more than that. */
  readonly meaning: string;
}

const STANDINGS: Record<Outcome, Standing> = {
  applied: { sign: ':white_check_mark:', says: 'applied' },
  unchanged: { sign: ':white_check_mark:', says: 'unchanged' },
  planned: { sign: ':memo:', says: 'planned' },
  refused: { sign: ':no_entry:', says: 'refused' },
  rejected: { sign: ':x:', says: 'rejected' },
  expired: { sign: ':alarm_clock:', says: 'expired' },
  drifted: { sign: ':twisted_rightwards_arrows:', says: 'drifted' },
  'window-missed': { sign: ':calendar:', says: 'window missed' },
  'rolled-back': { sign: ':leftwards_arrow_with_hook:', says: 'rolled back' },
  'needs-operator': { sign: ':rotating_light:', says: 'needs an operator' },
};

/** Ends that somebody wanted: nothing stood in the way, and nothing failed. */
const STOPPED: Partial<Record<Outcome, End>> = {
  refused: {
    sign: ':octagonal_sign:',
    says: 'stopped on request, nothing written',
    meaning: 'Somebody asked for it to stop; nothing was written.',
  },
  'rolled-back': {
    sign: ':octagonal_sign:',
    says: 'stopped on request, rolled back',
    meaning: 'Somebody asked for it to stop after the first write; centralized was restored and read back.',
  },
};

const CLEARED: End = {
  sign: ':ballot_box_with_check:',
  says: 'needed an operator, lock released',
  meaning: 'The state could not be proven safe when the change ended.',
};

export const wasStopped = ({ error }: Pick<ChangeReport, 'error'>): boolean => error?.name === 'ChangeCancelledError';

/** How a change ended, in words. @param locked - whether it holds its lock. */
export function endOf(report: Pick<ChangeReport, 'outcome' | 'error'>, locked: boolean): End {
  const { outcome } = report;
  if (outcome === 'needs-operator' && !locked) return CLEARED;
  const stopped = wasStopped(report) ? STOPPED[outcome] : undefined;
  return stopped ?? { ...STANDINGS[outcome], meaning: OUTCOMES[outcome].meaning };
}
