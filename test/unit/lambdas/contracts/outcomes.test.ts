import { describe, expect, it } from 'vitest';
import { exitCodeOf, OUTCOME_NAMES, OUTCOMES } from '../../../../lambdas/contracts/outcomes.ts';

const pascalCase = (name: string): string => name.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

describe('OUTCOMES', () => {
  it.each([
    ['applied', 0],
    ['unchanged', 0],
    ['planned', 0],
    ['refused', 3],
    ['rejected', 4],
    ['expired', 4],
    ['drifted', 4],
    ['window-missed', 5],
    ['rolled-back', 6],
    ['needs-operator', 7],
  ] as const)('lets the command line end %s with %i', (outcome, code) => {
    expect(exitCodeOf(outcome)).toBe(code);
  });

  it.each(OUTCOME_NAMES)('fails the execution of %s, under its own name, exactly when the exit code is not zero', (outcome) => {
    const executionError = 'executionError' in OUTCOMES[outcome] ? OUTCOMES[outcome].executionError : undefined;
    expect(executionError).toBe(exitCodeOf(outcome) === 0 ? undefined : pascalCase(outcome));
  });
});
