import { StepError } from './errors.ts';

const MONTHS = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC';
const DAYS = 'SUN|MON|TUE|WED|THU|FRI|SAT';

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words?: string;
  /** What a place in the list may be beside values, ranges and steps. */
  readonly also?: RegExp;
}

/** Fields as EventBridge Scheduler reads them, in order. */
const FIELDS: readonly Field[] = [
  { name: 'minutes', least: 0, most: 59 },
  { name: 'hours', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31, also: /^(?:L|LW|L-\d{1,2}|\d{1,2}W)$/ },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of week', least: 1, most: 7, words: DAYS, also: new RegExp(`^(?:L|(?:[1-7]|${DAYS})(?:L|#[1-5]))$`) },
  { name: 'year', least: 1970, most: 2199 },
];
const ORDER = FIELDS.map(({ name }) => name).join(', ');

const invalid = (message: string): StepError => new StepError('InvalidInputError', message);

function isValue(text: string, { least, most, words }: Field): boolean {
  if (words?.split('|').includes(text)) return true;
  return /^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most;
}

function isPlace(text: string, field: Field): boolean {
  if (field.also?.test(text)) return true;
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
  if (range === '*') return true;
  const ends = range.split('-');
  return ends.length <= 2 && ends.every((end) => isValue(end, field));
}

function checkField(text: string, field: Field): void {
  const wrong = text.split(',').find((place) => !isPlace(place, field));
  if (wrong === undefined) return;
  const { name, least, most, words } = field;
  const named = words ? `, or ${words.split('|')[0]} to ${words.split('|').at(-1)}` : '';
  throw invalid(`${name}: ${JSON.stringify(wrong)} is not understood; expected ${least} to ${most}${named}, a list, a range or a step`);
}

/**
 * Checks the fields of a cron expression as EventBridge Scheduler has them, and that they do not lie in the past altogether.
 * @throws StepError `InvalidInputError` naming the field.
 */
export function checkCron(fields: string, now: Date): void {
  const texts = fields.trim().split(/\s+/);
  if (texts.length !== FIELDS.length)
    throw invalid(`${JSON.stringify(fields)} has ${texts.length} fields; expected ${FIELDS.length}: ${ORDER}`);
  const [, , dayOfMonth = '', , dayOfWeek = '', year = ''] = texts;
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw invalid(`exactly one of day of month (${dayOfMonth}) and day of week (${dayOfWeek}) has to be "?", which leaves it to the other`);
  for (const [index, field] of FIELDS.entries()) {
    const text = texts[index] ?? '';
    if (text !== '?' || (index !== 2 && index !== 4)) checkField(text, field);
  }
  const lastYear = year.includes('*') || year.includes('/') ? Number.POSITIVE_INFINITY : Math.max(...year.split(/[,-]/).map(Number));
  // Clocks may still show last year somewhere.
  if (lastYear < now.getUTCFullYear()) throw invalid(`year: ${year} is over, so it would never start anything`);
}
