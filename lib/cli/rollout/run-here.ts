import type { RolloutRecord } from '../../../lambdas/contracts/rollout.ts';
import type { RolloutFile } from '../../../lambdas/contracts/rollout-file.ts';
import { askRollout } from '../../../lambdas/gates/ask-rollout.ts';
import type { RolloutStarter } from '../../../lambdas/ports/rollout-starter.ts';
import type { LocalRolloutPorts } from '../../local/rollout/ports.ts';
import { runRolloutLocally } from '../../local/rollout/run.ts';
import type { Output } from '../output.ts';
import { currentIdentity } from '../person.ts';
import { pause, timed } from './follow.ts';
import { pauseOnSignals } from './signals.ts';
import { RolloutWatch } from './watch.ts';

const LOOK_MS = 300;

export interface RunHere {
  readonly rolloutId: string;
  /** Which run of the rollout this is; 0 is the first. */
  readonly run: number;
  readonly file?: RolloutFile;
  readonly planOnly?: boolean;
  readonly agreedHash?: string;
  readonly ports: LocalRolloutPorts;
  readonly output: Output;
}

/** Who asks for a pause in this process knows that the rollout runs: here. */
const runningHere: RolloutStarter = { isRunning: async () => true, start: async () => {} };

/** Looks at the rollout until it is over, and once more after that. What goes wrong with looking does not concern the rollout. */
async function showUntil(watch: RolloutWatch, over: AbortSignal): Promise<void> {
  try {
    while (!over.aborted) await pause((await timed(LOOK_MS, () => watch.look())).pauseMs, over);
    await watch.look();
  } catch (error) {
    watch.say(`the rollout goes on, but cannot be shown any longer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Runs a rollout in this process until it has ended or is paused, and shows it meanwhile. Ctrl-C asks it to pause. */
export async function runHere({ ports, output, ...run }: RunHere): Promise<RolloutRecord> {
  const { rolloutId, planOnly = false } = run;
  const watch = new RolloutWatch({ ...ports, rolloutId, output }, { fromStart: run.run === 0 });
  const over = new AbortController();
  const askForPause = async (name: string) => {
    watch.say(`${name}: pausing. Running changes end first; go on with: ${output.invocation(`rollout resume ${rolloutId}`)}`);
    const asked = { rolloutId, control: 'pause', identity: currentIdentity(), reason: name } as const;
    const { accepted, says } = await askRollout({ ...ports, starter: runningHere }, asked);
    if (!accepted) watch.say(says);
  };
  // A plan has nothing to go on with: it ends like any other program.
  const release = planOnly ? () => {} : pauseOnSignals(askForPause, (line) => watch.say(line));
  const showing = showUntil(watch, over.signal);
  try {
    return await runRolloutLocally({ ...run, ports });
  } finally {
    over.abort();
    await showing;
    watch.end();
    release();
  }
}
