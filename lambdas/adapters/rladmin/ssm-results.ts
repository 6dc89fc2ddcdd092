import type { Command } from './commands.ts';
import type { CommandResult } from './runner.ts';
import type { Fault } from './ssm-faults.ts';
import type { Fate } from './ssm-follow.ts';
import { type ANY_COMMAND, readTranscript, type Transcript } from './ssm-transcript.ts';

/** What a shell reports of a program that a signal ended: 128 and the number of the signal. */
const isSignal = (exitCode: number | null): boolean => exitCode !== null && exitCode > 128 && exitCode <= 128 + 64;

/** One result for each command that was asked. One that was killed has not said what it did, so its exit code is no refusal. */
export const resultsOf = (transcript: Transcript, asked: readonly (Command | typeof ANY_COMMAND)[]): CommandResult[] =>
  readTranscript(transcript, asked).map((result) => (isSignal(result.exitCode) ? { ...result, ended: 'killed', exitCode: null } : result));

/** A result without an answer: what is said, is said about why. */
const without =
  (ended: CommandResult['ended']) =>
  (stderr: string): CommandResult => ({ ended, exitCode: null, stdout: '', stderr });
export const notStarted = without('not-started');
export const timedOut = without('timed-out');
export const killed = without('killed');

export const firstOf = ([result]: readonly CommandResult[]): CommandResult => result ?? without('cut')('nothing came back');

export const isWithoutProgram = ({ exitCode }: CommandResult): boolean => exitCode === 126 || exitCode === 127;

type Lost = Exclude<Fate, { kind: 'ended' }>;

export function lostRead({ kind, text }: Lost): CommandResult {
  switch (kind) {
    case 'undelivered':
    case 'overran':
    case 'given-up':
    case 'called-back':
      return timedOut(text);
    case 'stopped':
      return killed(text);
    case 'barred':
    case 'unreadable':
      return notStarted(text);
  }
}

export function lostWrite({ kind, text }: Lost): CommandResult {
  switch (kind) {
    case 'undelivered':
      return notStarted(`never delivered: ${text}`);
    case 'barred':
      return notStarted(text);
    case 'overran':
    case 'called-back':
      return timedOut(text);
    case 'given-up':
      return { ...timedOut(text), stillRuns: true };
    case 'stopped':
    case 'unreadable':
      return killed(text);
  }
}

export function unsentRead(fault: Fault, text: string): CommandResult {
  return fault === 'throttled' || fault === 'unsent' || fault === 'unclear' ? timedOut(text) : notStarted(text);
}
