import { onSignals } from '../signals.ts';

/** One key press reaches us from the terminal and again through npm. */
const ECHO_MS = 500;

/**
 * Asks for a pause on the first signal; later ones change nothing, because changes under way are not to be cut off.
 * @returns what lets go of the signals.
 */
export function pauseOnSignals(pause: (name: string) => Promise<void>, say: (line: string) => void): () => void {
  let askedAt: number | undefined;
  return onSignals((name) => {
    if (askedAt === undefined) {
      askedAt = Date.now();
      pause(name).catch((error: unknown) =>
        say(`${name}: could not ask for a pause: ${error instanceof Error ? error.message : String(error)}`),
      );
    } else if (Date.now() - askedAt > ECHO_MS) say(`${name}: already pausing; changes under way are left to end`);
  });
}
