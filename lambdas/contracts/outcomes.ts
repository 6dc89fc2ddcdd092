interface OutcomeMeaning {
  /** Exit code of the command line. */
  readonly exitCode: number;
  /** Error name of the failed execution; absent when the execution succeeds. */
  readonly executionError?: string;
  /** One sentence for an operator. */
  readonly meaning: string;
}

/** How a change can end. Everything outside reads these words: command line, execution, chat, records. */
export const OUTCOMES = {
  applied: { exitCode: 0, meaning: 'The wanted state was read back and proven.' },
  unchanged: { exitCode: 0, meaning: 'The database was already in the wanted state; nothing was written.' },
  planned: { exitCode: 0, meaning: 'Only a plan was asked for; nothing was written.' },
  refused: { exitCode: 3, executionError: 'Refused', meaning: 'Something stands in the way; nothing was written.' },
  rejected: { exitCode: 4, executionError: 'Rejected', meaning: 'An approver said no; nothing was written.' },
  expired: { exitCode: 4, executionError: 'Expired', meaning: 'Nobody approved in time; nothing was written.' },
  drifted: {
    exitCode: 4,
    executionError: 'Drifted',
    meaning: 'The database is no longer as it was when the plan was made; nothing was written.',
  },
  'window-missed': {
    exitCode: 5,
    executionError: 'WindowMissed',
    meaning: 'Change and rollback no longer fit into the window; nothing was written.',
  },
  'rolled-back': {
    exitCode: 6,
    executionError: 'RolledBack',
    meaning: 'Something failed after the first write; centralized was restored and read back.',
  },
  'needs-operator': {
    exitCode: 7,
    executionError: 'NeedsOperator',
    meaning: 'The state could not be proven safe. The lock is kept until an operator clears it.',
  },
} as const satisfies Record<string, OutcomeMeaning>;

export type Outcome = keyof typeof OUTCOMES;

export const OUTCOME_NAMES = Object.keys(OUTCOMES) as [Outcome, ...Outcome[]];

export const exitCodeOf = (outcome: Outcome): number => OUTCOMES[outcome].exitCode;
