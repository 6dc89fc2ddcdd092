import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { isStepErrorName, StepError } from '../../lambdas/contracts/errors.ts';
import { exitCodeOf, type Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import { fullRequest } from '../../lambdas/domain/full-request.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { EXIT } from './errors.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';

/** `chg-orders-20261123-7f3a`: readable, sortable by day, and never longer than an execution's name may be. */
export function newChangeId(database: string, now = new Date()): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  return `chg-${database.replace(':', '').slice(0, 50)}-${day}-${randomBytes(4).toString('hex')}`;
}

/** Who asks, as far as this machine knows: behind sudo, the person and not root. */
export function currentUser(): string {
  if (process.env.SUDO_USER) return process.env.SUDO_USER;
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

export interface ChangeRun {
  readonly loaded: LoadedConfiguration;
  readonly request: ChangeRequestInput;
  readonly output: Output;
  /** Go on only with the plan of this hash: the one that was shown and agreed to. */
  readonly agreedHash?: string;
}

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One key press reaches us from the terminal and again through npm. */
const ECHO_MS = 500;

/** Asks a running change to stop on a signal. A second one changes nothing: a rollback is not to be interrupted. */
function stopOnSignals(signals: readonly NodeJS.Signals[], progress: Progress): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let stoppedAt = 0;
  const stop = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      stoppedAt = Date.now();
      progress.say(
        `${name}: stopping. What was written is rolled back to centralized before syncshift exits; a command under way ends first`,
      );
      controller.abort();
    } else if (Date.now() - stoppedAt > ECHO_MS) progress.say(`${name}: already stopping; the rollback is left to finish`);
  };
  for (const name of signals) process.on(name, stop);
  const release = () => {
    for (const name of signals) process.off(name, stop);
  };
  return { signal: controller.signal, release };
}

/**
 * Runs a change on this machine and shows it while it runs.
 * @throws StepError `InvalidInputError` when the request does not fit its schema; nothing has run then.
 */
export async function runChange({ loaded, request, output, agreedHash }: ChangeRun): Promise<ChangeReport> {
  const changeId = newChangeId(request.target.database);
  fullRequest(request, loaded.configuration.defaults, changeId);
  // The engine is the slowest thing to load, so it is loaded when there is something to run.
  const [{ runLocally }, { localPorts, lockOn }] = await Promise.all([import('../local/engine.ts'), import('../local/ports.ts')]);
  const progress = new Progress(output);
  // A plan has nothing to roll back: it ends like any other program.
  const { signal: stop, release } = stopOnSignals(request.planOnly ? [] : STOPPING, progress);
  const ports = localPorts({ loaded, keep: !request.planOnly, isCancelled: () => stop.aborted, onEvent: progress.event });
  try {
    const report = await runLocally({
      changeId,
      request,
      ports,
      onWait: progress.waiting,
      stop,
      beforeBegin: async (hash) => {
        if (agreedHash !== undefined && hash !== agreedHash)
          throw new StepError('PlanDriftedError', 'the database changed since the plan was shown; nothing was written');
      },
    });
    if (!report) return recordLost(changeId, request);
    return request.planOnly ? withWarning(report, await lockOn(loaded, report.target)) : report;
  } finally {
    progress.end();
    release();
    ports.store.close();
  }
}

/** A plan says what stands in the way of carrying it out, also where the plan itself never takes a lock. */
const withWarning = (report: ChangeReport, warning: string | undefined): ChangeReport =>
  warning && report.plan ? { ...report, plan: { ...report.plan, warnings: [warning, ...report.plan.warnings] } } : report;

const recordLost = (changeId: string, { target }: ChangeRequestInput): ChangeReport => ({
  changeId,
  outcome: 'needs-operator',
  target,
  steps: [],
  error: { name: 'NeedsOperator', message: 'the change ended, but its record could not be written' },
});

/** An outcome's exit code; a refusal by an error that no table knows is a fault of ours. */
export function exitCodeOfReport({ outcome, error }: { outcome: Outcome; error?: { name: string } }): number {
  if (outcome === 'refused' && error && !isStepErrorName(error.name)) return EXIT.bug;
  if (outcome === 'refused' && error?.name === 'InvalidInputError') return EXIT.usage;
  return exitCodeOf(outcome);
}
