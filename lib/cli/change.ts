import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { Gate } from '../../lambdas/contracts/approval.ts';
import { isStepErrorName, StepError } from '../../lambdas/contracts/errors.ts';
import { exitCodeOf, type Outcome } from '../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../lambdas/contracts/record.ts';
import type { ChangeRequestInput, FullChangeRequest } from '../../lambdas/contracts/request.ts';
import { withRules } from '../../lambdas/domain/approval.ts';
import { changeIdOf } from '../../lambdas/domain/change-id.ts';
import { fullRequest } from '../../lambdas/domain/full-request.ts';
import type { ChangeStore } from '../../lambdas/ports/change-store.ts';
import type { Ports } from '../../lambdas/runtime/ports.ts';
import type { LoadedConfiguration } from '../config/load.ts';
import { thisProcess } from '../local/process.ts';
import { EXIT } from './errors.ts';
import { presentGate } from './gate-prompt.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';
import { onSignals } from './signals.ts';
import { standingOf } from './standing.ts';
import { withStore } from './store.ts';
import { watchLocal } from './watch-local.ts';

export const newChangeId = (database: string, now = new Date()): string => changeIdOf(database, now, randomBytes(4).toString('hex'));

export interface ChangeRun {
  readonly loaded: LoadedConfiguration;
  readonly request: ChangeRequestInput;
  readonly output: Output;
  /** The configuration file as it was given. */
  readonly config: string | undefined;
  /** Go on only with the plan of this hash: the one that was shown and agreed to. */
  readonly agreedHash?: string;
}

/** One key press reaches us from the terminal and again through npm. */
const ECHO_MS = 500;

interface Stopping {
  readonly signal: AbortSignal;
  /** Asks the change to stop. */
  readonly stopNow: (why: string) => void;
  readonly release: () => void;
}

/** Asks a running change to stop on a signal. A second one changes nothing: a rollback is not to be interrupted. */
function stopOnSignals(progress: Progress): Stopping {
  const controller = new AbortController();
  let stoppedAt = 0;
  const stopNow = (why: string) => {
    if (!controller.signal.aborted) {
      stoppedAt = Date.now();
      progress.say(
        `${why}: stopping. What was written is rolled back to centralized before syncshift exits; a command under way ends first`,
      );
      controller.abort();
    } else if (Date.now() - stoppedAt > ECHO_MS) progress.say(`${why}: already stopping; the rollback is left to finish`);
  };
  return { signal: controller.signal, stopNow, release: onSignals(stopNow) };
}

/** How often to look whether somebody asked for the change to stop. */
const CANCEL_LOOK_MS = 500;

/** Stops the change when somebody asks for that in another process. */
function stopOnCancel(changeId: string, store: ChangeStore, stop: (why: string) => void): () => void {
  let asked = false;
  const timer = setInterval(async () => {
    if (asked || !(await store.isCancelRequested(changeId).catch(() => false))) return;
    asked = true;
    stop('somebody asked for this change to stop');
  }, CANCEL_LOOK_MS).unref();
  return () => clearInterval(timer);
}

/** Shows a gate when the change comes to it, until it has left it again. */
function gateOnScreen(ports: Ports, output: Output): { show: (gate: Gate) => void; hide: () => void } {
  const decided = new AbortController();
  return { show: (gate) => presentGate(gate, ports, output, decided.signal), hide: () => decided.abort() };
}

interface Prepared extends ChangeRun {
  readonly changeId: string;
  readonly run: number;
}

async function runPrepared({ loaded, request, output, agreedHash, changeId, run }: Prepared): Promise<ChangeReport> {
  // The engine is the slowest thing to load, so it is loaded when there is something to run.
  const [{ runLocally }, { localPorts, lockOn }] = await Promise.all([import('../local/engine.ts'), import('../local/ports.ts')]);
  const progress = new Progress(output);
  const { signal: stop, stopNow, release } = stopOnSignals(progress);
  // A plan has nothing to roll back: it ends like any other program.
  if (request.planOnly) release();
  const ports = localPorts({ loaded, keep: !request.planOnly, isCancelled: () => stop.aborted, onEvent: progress.event });
  const forget = stopOnCancel(changeId, ports.store, stopNow);
  const gate = gateOnScreen(ports, output);
  try {
    const report = await runLocally({
      changeId,
      request,
      ports,
      run,
      onWait: progress.waiting,
      onGate: gate.show,
      onState: (state) => state !== 'Approval gate' && gate.hide(),
      stop,
      beforeBegin: async (hash) => {
        if (agreedHash !== undefined && hash !== agreedHash)
          throw new StepError('PlanDriftedError', 'the database changed since the plan was shown; nothing was written');
      },
    });
    if (!report) return recordLost(changeId, request);
    return request.planOnly ? withWarning(report, await lockOn(loaded, report.target)) : report;
  } finally {
    gate.hide();
    forget();
    progress.end();
    release();
    ports.store.close();
  }
}

/**
 * Takes up what there is of a change of this id.
 * @returns its report when there is nothing left to run.
 */
async function joinStanding(run: ChangeRun, request: FullChangeRequest): Promise<ChangeReport | number> {
  const { config, output } = run;
  return withStore('local', config, async (store) => {
    const standing = await standingOf(store, request, output);
    if (standing.kind === 'ended') return standing.report;
    if (standing.kind === 'running') return watchLocal(request.changeId, config, output);
    if (standing.kind === 'new') return 0;
    const takeOver = { from: standing.run, holder: thisProcess(), leaseSeconds: 0, why: 'its process died before it took the lock' };
    const taken = await store.takeOver(request.changeId, takeOver);
    if (!taken) throw new StepError('LockHeldError', `change ${request.changeId} was taken up by somebody else at the same moment`);
    output.progress(`change ${request.changeId} goes on: its former process died before it took the lock`);
    return taken.run;
  });
}

/**
 * Runs a change on this machine and shows it while it runs. Under the id of one that is there already it joins that, if it is the same
 * request, or takes it up where its process died before the lock.
 * @throws StepError `InvalidInputError` when the request does not fit its schema, or the id is that of another; nothing has run then.
 */
export async function runChange(asked: ChangeRun): Promise<ChangeReport> {
  const { loaded, request } = asked;
  const changeId = request.changeId ?? newChangeId(request.target.database);
  const full = fullRequest(request, loaded.configuration.defaults, changeId);
  if (request.changeId === undefined || request.planOnly) return runPrepared({ ...asked, changeId, run: 0 });
  const { gatesOf } = await import('../../lambdas/runtime/gates.ts');
  const { rulesOf } = gatesOf(loaded.configuration, dirname(loaded.file));
  const standing = await joinStanding(asked, withRules(full, rulesOf(request.target.cluster)));
  return typeof standing === 'number' ? runPrepared({ ...asked, changeId, run: standing }) : standing;
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
