import { describeIssues } from '../contracts/parse.ts';
import { Window } from '../contracts/request.ts';

/**
 * Reads a change window as people write it: `<opens>/<closes>`, ISO 8601 moments with offset, or the name of a configured calendar.
 * @returns the fault, in words that follow the text, when it is neither.
 */
export function readWindow(text: string): Window | { readonly fault: string } {
  const [opensAt = '', closesAt, ...rest] = text.split('/');
  if (closesAt === undefined) return { calendar: text };
  const parsed = Window.safeParse({ opensAt, closesAt });
  if (parsed.success && rest.length === 0) return parsed.data;
  const fault = parsed.success ? 'one "/" too many' : describeIssues(parsed.error);
  return { fault: `${fault}, such as 2026-12-01T02:00:00+01:00/2026-12-01T04:00:00+01:00 or the name of a calendar` };
}
