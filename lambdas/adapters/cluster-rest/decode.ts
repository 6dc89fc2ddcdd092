import { StepError } from '../../contracts/errors.ts';

/** An object as it came: fields of newer versions may be there, fields of others may be missing. */
export type Fields = Readonly<Record<string, unknown>>;

/** The error for an answer in no known form. It names the place and never shows the value, which may be a secret. */
export const notUnderstood = (place: string, problem: string): StepError => new StepError('ClusterOutputError', `${place}: ${problem}`);

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`);
const isMissing = (value: unknown): value is null | undefined => value === undefined || value === null;
const expected = (place: string, what: string, value: unknown) =>
  notUnderstood(place, isMissing(value) ? `expected ${what}, found nothing` : `expected ${what}, found ${kindOf(value)}`);

export function fieldsOf(value: unknown, place: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw expected(place, 'an object', value);
  return value as Fields;
}

export function listOf(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw expected(place, 'a list', value);
  return value;
}

/** Own fields only: a field that is missing must not be found on the prototype. */
const fieldOf = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

/** @throws StepError `ClusterOutputError` for a value that is there and is no text. A missing one is undefined. */
export function optionalText(fields: Fields, name: string, place: string): string | undefined {
  const value = fieldOf(fields, name);
  if (isMissing(value)) return undefined;
  if (typeof value !== 'string') throw expected(`${place}.${name}`, 'a text', value);
  return value;
}

export function text(fields: Fields, name: string, place: string): string {
  const value = optionalText(fields, name, place);
  if (value === undefined || value === '') throw expected(`${place}.${name}`, 'a text', undefined);
  return value;
}

export function optionalFlag(fields: Fields, name: string, place: string): boolean | undefined {
  const value = fieldOf(fields, name);
  if (isMissing(value)) return undefined;
  if (typeof value !== 'boolean') throw expected(`${place}.${name}`, 'true or false', value);
  return value;
}

export function optionalList(fields: Fields, name: string, place: string): readonly unknown[] | undefined {
  const value = fieldOf(fields, name);
  return isMissing(value) ? undefined : listOf(value, `${place}.${name}`);
}

/** Numbers are sent as numbers by some versions and as texts by others. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^-?\d{1,15}(?:\.\d{1,15})?$/.test(value)) return undefined;
  return Number(value);
}

/** A figure that nothing is decided from by itself: one in an unknown form counts as not said. */
export function figure(fields: Fields, name: string): number | undefined {
  const value = asNumber(fieldOf(fields, name));
  return value !== undefined && value >= 0 ? value : undefined;
}

const MOST = 999_999_999;

export function idFrom(value: unknown, place: string): number {
  const id = asNumber(value);
  if (id === undefined || !Number.isInteger(id) || id < 1 || id > MOST) throw expected(place, 'a positive number', value);
  return id;
}

export const id = (fields: Fields, name: string, place: string): number => idFrom(fieldOf(fields, name), `${place}.${name}`);

/** A short text or number as text; undefined when it is neither. */
export function label(fields: Fields, name: string): string | undefined {
  const value = fieldOf(fields, name);
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : undefined;
}

export function oneOf<T extends string>(words: readonly T[], value: string, place: string): T {
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw notUnderstood(place, `expected one of ${words.join(', ')}, found another word`);
  return word;
}
