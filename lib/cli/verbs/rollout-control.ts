import type { Control } from '../../../lambdas/contracts/rollout.ts';
import { confirm } from '../confirm.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { isAtTerminal, rolloutRunnerOf } from '../rollout/runner.ts';
import { requireRolloutId } from './rollout-look.ts';
import { printRollout } from './rollout-print.ts';

export interface RolloutControlFlags {
  readonly reason?: string;
  readonly yes?: boolean;
  /** Only the members of the present wave. */
  readonly wave?: boolean;
  readonly all?: boolean;
  readonly engine: Engine;
}

/** What is asked at a terminal before it is done. */
const QUESTIONS: Readonly<Partial<Record<Control, string>>> = {
  abort: 'Stop it? Changes under way are rolled back, nothing else begins, and what is applied is kept. [y/N] ',
  'undo-wave': 'Stop it, and send what its present wave has applied back to centralized? [y/N] ',
  'undo-all': 'Stop it, and send everything that it has applied back to centralized? [y/N] ',
};

async function confirmed(control: Control, yes: boolean): Promise<void> {
  const question = QUESTIONS[control];
  if (question === undefined || yes || !isAtTerminal()) return;
  if (!(await confirm(question))) throw new UsageError('not confirmed; nothing was asked for');
}

/** Asks a rollout for something. Where nobody runs it, it is run here for that. */
const verb =
  (controlOf: (flags: RolloutControlFlags) => Control): Verb<RolloutControlFlags> =>
  async (text, flags, output) => {
    const rolloutId = requireRolloutId(text);
    const { config, engine, yes = false, all = false } = flags;
    const [control, reason] = [controlOf(flags), flags.reason?.trim()];
    await confirmed(control, yes);
    const runner = await rolloutRunnerOf(engine, { config, output });
    const { answer, view } = await runner.control({ rolloutId, control, ...(reason && { reason }) });
    if (view) return printRollout(view, all, output);
    const hint = `follow it with: ${output.invocation(`rollout watch ${rolloutId}`)}`;
    output.result({ rolloutId, control, ...answer }, () => (answer.accepted ? `${answer.says}; ${hint}` : `not done: ${answer.says}`));
    return answer.accepted ? 0 : EXIT.refused;
  };

export const rolloutPause = verb(() => 'pause');
export const rolloutResume = verb(() => 'resume');
export const rolloutAbort = verb(() => 'abort');
export const rolloutUndo = verb(({ wave = false }) => (wave ? 'undo-wave' : 'undo-all'));
