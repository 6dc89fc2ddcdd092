import type { Gate } from '../../../lambdas/contracts/approval.ts';
import type { ChangeRecord, TimelineEvent } from '../../../lambdas/contracts/record.ts';
import { isRolloutId } from '../../../lambdas/contracts/rollout.ts';
import { typed } from '../../../lambdas/domain/typed-command.ts';
import type { ChangeStore } from '../../../lambdas/ports/change-store.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine, Output } from '../output.ts';
import { renderApproval } from '../render/approval.ts';
import { renderReport } from '../render/report.ts';
import { withStore } from '../store.ts';

/** @throws UsageError when there is no such change. */
export async function requireRecord(store: ChangeStore, changeId: string, output: Output): Promise<ChangeRecord> {
  if (isRolloutId(changeId)) throw new UsageError(`${changeId} is a rollout: ${output.invocation(`rollout show ${changeId}`)}`);
  const record = await store.get(changeId);
  const elsewhere = output.engine === 'local' ? '; for a deployed change say --engine aws' : '';
  if (!record)
    throw new UsageError(
      `no change ${JSON.stringify(changeId)} is on record here; "${output.invocation('list')}" shows those that are${elsewhere}`,
    );
  return record;
}

function healthInWords({ health, baseline }: Extract<TimelineEvent, { type: 'health' }>): string {
  const sources = health.sources.map(
    ({ id, status, lagMs }) => `source ${id} ${status}${lagMs === undefined ? '' : ` ${lagMs} ms behind`}`,
  );
  const usual = baseline ? `; usual lag ${Math.round(baseline.p95Ms)} ms (95 %, ${baseline.samples} figures)` : '';
  return `replication (${health.kind}): ${sources.join(', ') || 'no source'}${usual}`;
}

function decisionInWords({ verdict, by, via, reason, planHash, refused }: Extract<TimelineEvent, { type: 'decision' }>): string {
  const what = `${verdict} by ${by} (${via}), plan ${planHash.slice(0, 12)}${reason === undefined ? '' : `: ${reason}`}`;
  return refused === undefined ? what : `${what}; not counted: ${refused}`;
}

function line(event: TimelineEvent): string {
  switch (event.type) {
    case 'step-started':
      return `${event.step}`;
    case 'step-ended':
      return event.error ? `  ended with ${event.error.name}: ${event.error.message}` : '  done';
    case 'write-claimed':
      return `  sends ${typed(event.command)}`;
    case 'write-answered':
      return `  answered: ${typed(event.command)}`;
    case 'write-not-sent':
      return `  never sent: ${typed(event.command)}`;
    case 'command':
      return `  ${typed(event.command)} (${/^(?:GET|PUT) /.test(event.command) ? 'status' : 'exit code'} ${event.exitCode ?? 'none'})`;
    case 'sample':
      return `  sample: ${event.state}${event.lagMs === undefined ? '' : `, lag ${event.lagMs} ms`}${event.problems.length > 0 ? `: ${event.problems.join('; ')}` : ''}`;
    case 'finding':
      return `  ${event.effect === 'blocks' ? 'blocker' : 'warning'} (${event.check}): ${event.says}`;
    case 'health':
      return `  ${healthInWords(event)}`;
    case 'plan':
      return `  plan ${event.plan.hash.slice(0, 12)}: ${event.plan.steps.map(({ command }) => typed(command)).join('; ') || 'nothing to do'}`;
    case 'approval-requested':
      return `  asks for ${event.request.approvals} ${event.request.approvals === 1 ? 'approval' : 'approvals'} of plan ${event.request.plan.hash.slice(0, 12)}, until ${event.request.expiresAt}`;
    case 'decision':
      return decisionInWords(event);
    case 'window':
      return `  ${event.look.says}`;
    case 'cancel-requested':
      return `asked to stop by ${event.by}${event.reason === undefined ? '' : `: ${event.reason}`}`;
    case 'taken-over':
      return `taken over by ${event.holder} (run ${event.run}): ${event.why}`;
    case 'note':
      return `  ${event.text}`;
  }
}

/** Outputs of reads fill screens; the JSON form has them. What a write printed is short and matters. */
const shownOutput = (event: TimelineEvent): string[] =>
  event.type === 'command' && /^(bind|tune) /.test(event.command)
    ? event.output
        .trim()
        .split('\n')
        .map((text) => `${' '.repeat(28)}| ${text}`)
    : [];

interface Standing {
  readonly locked: boolean;
  readonly gate: Gate | undefined;
}

function render({ changeId, request, report, timeline }: ChangeRecord, { locked, gate }: Standing, output: Output): string {
  const asked = `asked by ${request.requestedBy ?? 'unknown'}${request.reason ? `: ${request.reason}` : ''}`;
  const ending = report
    ? renderReport(report, output)
    : `${changeId}: no end is recorded; it runs, or it died: ${output.invocation(`watch ${changeId}`)}\n${gate ? renderApproval(gate) : ''}`;
  const story = timeline.flatMap((event) => [`${event.at}  ${line(event)}`, ...shownOutput(event)]);
  return [ending, asked, locked ? 'holds the lock of its database' : 'holds no lock', '', ...story].join('\n');
}

export const show: Verb<{ engine: Engine }> = (changeId, { config, engine }, output) =>
  withStore(engine, config, async (store) => {
    const record = await requireRecord(store, changeId, output);
    const lock = (await store.locks()).find((candidate) => candidate.changeId === changeId);
    const gate = await store.gate(changeId);
    output.result({ ...record, ...(gate && { gate }), ...(lock && { lock }) }, () =>
      render(record, { locked: lock !== undefined, gate }, output),
    );
    return 0;
  });
