import { isStepErrorName } from '../../lambdas/contracts/errors.ts';

/** Exit codes that no outcome of a change has. `outOfSight`: the change goes on, or may do so, and is not followed any longer. */
export const EXIT = { bug: 1, usage: 2, refused: 3, outOfSight: 8 } as const;

/** The command line was not used as it is meant to be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A watcher's end that says nothing about how the change ended, with an exit code of its own. */
export class NotFollowedError extends Error {
  override readonly name = 'NotFollowedError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Errors that a person can act on without us, found before anything began. */
const USAGE_ERRORS = new Set(['UsageError', 'ConfigurationError', 'InvalidInputError']);

export function exitCodeFor(error: Error): number {
  if (error instanceof NotFollowedError) return error.exitCode;
  if (USAGE_ERRORS.has(error.name)) return EXIT.usage;
  return isStepErrorName(error.name) ? EXIT.refused : EXIT.bug;
}
