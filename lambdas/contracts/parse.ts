import type * as z from 'zod';
import { StepError } from './errors.ts';

const placeOf = (path: PropertyKey[]): string =>
  path.reduce<string>((place, key) => (typeof key === 'number' ? `${place}[${key}]` : place ? `${place}.${String(key)}` : String(key)), '');

/** Every issue of a failed parse as `path: what was expected`, joined to one sentence. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const place = placeOf(issue.path);
      return place ? `${place}: ${issue.message}` : issue.message;
    })
    .join('; ');
}

/** Parses or throws the named error with the place and the expectation in its message. */
export function parse<S extends z.ZodType>(schema: S, value: unknown, error: 'InvalidInputError' | 'InvalidOutputError'): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new StepError(error, describeIssues(result.error), { cause: result.error });
}
