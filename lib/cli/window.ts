import { describeIssues } from '../../lambdas/contracts/parse.ts';
import { Window } from '../../lambdas/contracts/request.ts';
import { UsageError } from './errors.ts';

/**
 * Reads a change window: `<opens>/<closes>`, ISO 8601 moments with offset, or the name of a configured calendar.
 * @throws UsageError when it is neither.
 */
export function parseWindow(text: string): Window {
  const [opensAt = '', closesAt, ...rest] = text.split('/');
  if (closesAt === undefined) return { calendar: text };
  const parsed = Window.safeParse({ opensAt, closesAt });
  if (parsed.success && rest.length === 0) return parsed.data;
  throw new UsageError(
    `--window ${JSON.stringify(text)}: ${parsed.success ? 'one "/" too many' : describeIssues(parsed.error)}, such as 2026-12-01T02:00:00+01:00/2026-12-01T04:00:00+01:00 or the name of a calendar`,
  );
}
