import { OUTCOMES } from './outcomes.ts';

/** How a rollout can end. Everything outside reads these words: command line, execution, chat, records. */
export const ROLLOUT_OUTCOMES = {
  completed: { exitCode: 0, meaning: 'Every target was applied, or was already as wanted.' },
  planned: { exitCode: 0, meaning: 'Only a plan was asked for; nothing was written.' },
  refused: { exitCode: 3, executionError: 'Refused', meaning: 'The rollout cannot be carried out as planned; nothing was written.' },
  rejected: { exitCode: 4, executionError: 'Rejected', meaning: 'An approver said no before anything was written.' },
  expired: { exitCode: 4, executionError: 'Expired', meaning: 'Nobody approved in time, and nothing was written.' },
  'window-missed': { exitCode: 5, executionError: 'WindowMissed', meaning: 'The window is over, and nothing was written.' },
  undone: { exitCode: 6, executionError: 'Undone', meaning: 'The rollout stopped, and nothing that it changed is still distributed.' },
  'needs-operator': {
    exitCode: 7,
    executionError: 'NeedsOperator',
    meaning: 'The state of a target could not be proven safe: somebody is needed.',
  },
  incomplete: {
    exitCode: 8,
    executionError: 'Incomplete',
    meaning: 'The rollout was stopped, or not every target was applied; what is applied is kept.',
  },
} as const satisfies Record<string, { exitCode: number; executionError?: string; meaning: string }>;

export type RolloutOutcome = keyof typeof ROLLOUT_OUTCOMES;
export const ROLLOUT_OUTCOME_NAMES = Object.keys(ROLLOUT_OUTCOMES) as [RolloutOutcome, ...RolloutOutcome[]];

/**
 * Where a target stands, in one sentence each. The outcomes of its change keep their names; of what was applied, some has to go back, is
 * going back, or went.
 */
export const TARGET_STATES = {
  waiting: 'Its change has not begun.',
  running: 'Its change is under way.',
  applied: OUTCOMES.applied.meaning,
  unchanged: OUTCOMES.unchanged.meaning,
  refused: OUTCOMES.refused.meaning,
  rejected: OUTCOMES.rejected.meaning,
  expired: OUTCOMES.expired.meaning,
  drifted: 'It was no longer as it was when the rollout was planned: set aside, nothing was written.',
  'window-missed': OUTCOMES['window-missed'].meaning,
  'rolled-back': OUTCOMES['rolled-back'].meaning,
  'to-undo': 'It was applied, and has to go back to centralized.',
  undoing: 'It is going back to centralized.',
  undone: 'It was applied, and went back to centralized, which was read back.',
  'needs-operator': 'Its state could not be proven safe.',
} as const satisfies Record<string, string>;

export type TargetState = keyof typeof TARGET_STATES;
export const TARGET_STATE_NAMES = Object.keys(TARGET_STATES) as [TargetState, ...TargetState[]];
