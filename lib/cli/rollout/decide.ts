import type { ApprovalVerdict } from '../../../lambdas/contracts/approval.ts';
import type { RequestDefaults } from '../../../lambdas/contracts/request.ts';
import { configurationFor } from '../configuration.ts';
import { EXIT, UsageError } from '../errors.ts';
import type { CommonFlags } from '../main.ts';
import type { Output } from '../output.ts';
import { renderRolloutApproval } from '../render/rollout-gate.ts';
import { agreeTo, type DecideFlags } from '../verbs/decide.ts';
import { rolloutDeskOf } from './desk.ts';

/** Configured parts of a change; a deployed rollout can be decided on from a machine that has no configuration. */
const defaultsFor = ({ engine, config }: DecideFlags & CommonFlags): RequestDefaults =>
  engine === 'aws' && config === undefined ? {} : configurationFor(config).configuration.defaults;

/** Shows the plan of a rollout that waits for an approval, and decides on it. @returns the exit code. */
export async function decideOnRollout(
  rolloutId: string,
  verdict: ApprovalVerdict,
  flags: DecideFlags & CommonFlags,
  output: Output,
): Promise<number> {
  const desk = await rolloutDeskOf(flags.engine, flags.config);
  try {
    const waiting = await desk.look(rolloutId);
    if (!waiting)
      throw new UsageError(
        `rollout ${rolloutId} does not wait for an approval, or is not on record here; see: ${output.invocation(`rollout show ${rolloutId}`)}`,
      );
    const { gate, view } = waiting;
    await agreeTo(gate, renderRolloutApproval(gate, view, defaultsFor(flags), output), verdict, flags, output);
    const { wave, plan } = gate.request;
    const { hash } = plan;
    const reason = flags.reason?.trim();
    const answer = await desk.decide({ rolloutId, verdict, planHash: hash, wave, ...(reason && { reason }) });
    output.result({ rolloutId, verdict, wave, planHash: hash, ...answer }, () =>
      answer.accepted ? answer.says : `not counted: ${answer.says}`,
    );
    return answer.accepted ? 0 : EXIT.refused;
  } finally {
    desk.close();
  }
}
