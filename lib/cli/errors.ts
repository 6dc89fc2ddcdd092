import { isStepErrorName } from '../../lambdas/contracts/errors.ts';

/** Exit codes that no outcome of a change has. */
export const EXIT = { bug: 1, usage: 2, refused: 3 } as const;

/** The command line was not used as it is meant to be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Errors that a person can act on without us, found before anything began. */
const USAGE_ERRORS = new Set(['UsageError', 'ConfigurationError', 'InvalidInputError']);

export function exitCodeFor(error: Error): number {
  if (USAGE_ERRORS.has(error.name)) return EXIT.usage;
  return isStepErrorName(error.name) ? EXIT.refused : EXIT.bug;
}
