import * as z from 'zod';

type Issue = z.core.$ZodRawIssue;

/** What was found wrong with a value, with everything in unions looked into. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly says: string;
  /** The path leads to a key that should not be there. */
  readonly unknownKey?: true;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'keys with values',
  array: 'a list',
};
const FORMATS: Readonly<Record<string, string>> = { datetime: 'a moment with its offset, such as "2026-12-01T02:00:00+01:00"' };
/** Of one, and of several. */
const UNITS: Readonly<Record<string, readonly [string, string]>> = { string: [' character', ' characters'], array: [' entry', ' entries'] };

function typeExpected({ inst, expected }: Extract<Issue, { code: 'invalid_type' }>): string | undefined {
  if (inst instanceof z.ZodStringFormat) return FORMATS[inst._zod.def.format] ?? TYPES.string;
  const isWhole = inst instanceof z.ZodNumberFormat && inst.format === 'safeint';
  return TYPES[isWhole ? 'int' : expected];
}

function amountExpected(bound: 'at most' | 'at least', figure: number | bigint, origin: string): string {
  const [one, several] = UNITS[origin] ?? ['', ''];
  return `${bound} ${figure}${figure === 1 ? one : several}`;
}

const keysOf = (schema: unknown): string | undefined => (schema instanceof z.ZodObject ? Object.keys(schema.shape).join(', ') : undefined);

function expectedOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeExpected(issue);
    case 'invalid_value':
      return issue.values.length > 1 ? `one of ${issue.values.join(', ')}` : String(issue.values[0]);
    case 'too_big':
      return amountExpected('at most', issue.maximum, issue.origin);
    case 'too_small':
      return amountExpected('at least', issue.minimum, issue.origin);
    case 'invalid_format':
      return FORMATS[issue.format];
    case 'unrecognized_keys':
      return keysOf(issue.inst);
    default:
      return undefined;
  }
}

/** The words for issues whose schema has none of its own: for `safeParse`. */
export function inWords(issue: Issue): string | undefined {
  const expected = expectedOf(issue);
  if (expected === undefined) return undefined;
  return issue.code === 'unrecognized_keys' ? `unknown key, expected one of ${expected}` : `expected ${expected}`;
}

const isAboutAll = ({ path }: z.core.$ZodIssue): boolean => path.length === 0;
const unknownKeysIn = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);

/** The form of a union that was meant, when one fits better than every other: in it, the fault is further inside. */
function formMeant(forms: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const inside = forms.filter((issues) => issues.every((issue) => !isAboutAll(issue) || issue.code === 'unrecognized_keys'));
  const [first, second] = inside.toSorted((a, b) => unknownKeysIn(a) - unknownKeysIn(b));
  return first && (!second || unknownKeysIn(first) < unknownKeysIn(second)) ? first : undefined;
}

function findingsIn(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): Finding[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], says: issue.message, unknownKey: true }));
  const meant = issue.code === 'invalid_union' ? formMeant(issue.errors) : undefined;
  return meant?.flatMap((inner) => findingsIn(inner, path)) ?? [{ path, says: issue.message }];
}

/** Everything that is wrong, each with the place that it is about. */
export const findingsOf = ({ issues }: z.core.$ZodError): Finding[] => issues.flatMap((issue) => findingsIn(issue, []));
