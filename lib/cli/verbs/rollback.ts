import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { apply } from './apply.ts';

/** Centralized, verified. It never asks: somebody who types this is in a hurry, and it never narrows a policy. */
export const rollback: Verb<{ reason?: string; engine: Engine }> = (target, flags, output) =>
  apply(target, { ...flags, to: 'centralized', yes: true, wayBack: true }, output);
