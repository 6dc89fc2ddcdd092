import type { Window } from '../../lambdas/contracts/request.ts';
import { readWindow } from '../../lambdas/domain/window-words.ts';
import { UsageError } from './errors.ts';

/**
 * Reads a change window: `<opens>/<closes>`, ISO 8601 moments with offset, or the name of a configured calendar.
 * @throws UsageError when it is neither.
 */
export function parseWindow(text: string): Window {
  const window = readWindow(text);
  if ('fault' in window) throw new UsageError(`--window ${JSON.stringify(text)}: ${window.fault}`);
  return window;
}
