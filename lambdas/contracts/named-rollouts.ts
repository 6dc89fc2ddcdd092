import * as z from 'zod';
import { StepError } from './errors.ts';
import { RolloutFile } from './rollout-file.ts';

/** A rollout that can be asked for by its name: a file beside the configuration or, beside the code of a function, what was in it. */
export const NamedRollout = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .regex(/^[^\0]*$/, 'expected text without NUL characters')
      .optional(),
    rollout: RolloutFile.optional(),
  })
  .transform(({ file, rollout }, context): { readonly file: string } | { readonly rollout: RolloutFile } => {
    if (file !== undefined && rollout === undefined) return { file };
    if (rollout !== undefined && file === undefined) return { rollout };
    context.addIssue({ code: 'custom', message: 'expected { "file" } or { "rollout" }' });
    return z.NEVER;
  });
export type NamedRollout = z.infer<typeof NamedRollout>;

export interface NamedRollouts {
  readonly rollouts: Readonly<Record<string, NamedRollout>>;
}

/**
 * The rollout of a name.
 * @param read - reads the file of one; functions have only what was read when they were deployed.
 * @throws StepError `InvalidInputError` when there is none of this name, or its file cannot be read.
 */
export function rolloutNamed({ rollouts }: NamedRollouts, name: string, read?: (file: string) => RolloutFile): RolloutFile {
  const named = Object.hasOwn(rollouts, name) ? rollouts[name] : undefined;
  const known = Object.keys(rollouts).join(', ') || 'none';
  if (!named) throw new StepError('InvalidInputError', `no rollout ${JSON.stringify(name)} is configured; there is ${known}`);
  if ('rollout' in named) return named.rollout;
  if (!read) throw new StepError('InvalidInputError', `the rollout ${JSON.stringify(name)} is a file of another machine`);
  return read(named.file);
}
