import { constants } from 'node:os';

/** A watcher that is told to stop. What it watches is not. */
export interface Interruption {
  readonly stop: AbortSignal;
  /** The signal that came, and the exit code that a shell expects of it. */
  readonly came: () => { name: NodeJS.Signals; exitCode: number } | undefined;
  readonly release: () => void;
}

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Lets something be done on a signal instead of ending the process. @returns what undoes that. */
export function onSignals(act: (name: NodeJS.Signals) => void): () => void {
  for (const name of STOPPING) process.on(name, act);
  return () => {
    for (const name of STOPPING) process.off(name, act);
  };
}

/** Ends a watching on a signal. Once one came, more are ignored: they come twice through npm, and there is nothing left to stop. */
export function interruptible(): Interruption {
  const controller = new AbortController();
  let name: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals) => {
    name ??= signal;
    controller.abort();
  };
  for (const signal of STOPPING) process.on(signal, stop);
  return {
    stop: controller.signal,
    came: () => (name ? { name, exitCode: 128 + constants.signals[name] } : undefined),
    release: () => {
      if (!name) for (const signal of STOPPING) process.off(signal, stop);
    },
  };
}
