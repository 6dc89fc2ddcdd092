import { createInterface } from 'node:readline/promises';
import type { Gate } from '../../lambdas/contracts/approval.ts';
import { isSamePerson, personOf, requesterOf } from '../../lambdas/domain/approval.ts';
import { decide } from '../../lambdas/gates/decide.ts';
import type { Ports } from '../../lambdas/runtime/ports.ts';
import type { Output } from './output.ts';
import { currentIdentity } from './person.ts';
import { renderApproval } from './render/approval.ts';

/** Whether the person at this terminal could approve: not the one who asked, as a rule. */
function mayApproveHere({ request }: Gate, { gates }: Pick<Ports, 'gates'>): boolean {
  const { requesterMayApprove, approvers } = gates.rulesOf(request.target.cluster);
  const by = personOf(gates.people, currentIdentity());
  const requester = requesterOf(gates.people, request);
  const isRequester = requester !== undefined && isSamePerson(requester, by);
  return (requesterMayApprove || !isRequester) && (approvers?.some((name) => isSamePerson(name, by)) ?? true);
}

async function ask(gate: Gate, ports: Ports, output: Output, decided: AbortSignal): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.once('SIGINT', () => process.emit('SIGINT'));
  try {
    const answer = await terminal.question('Approve this plan here? [y/N, or wait for others] ', { signal: decided });
    if (!/^y(es)?$/i.test(answer.trim())) return;
    const { changeId, plan } = gate.request;
    const { says } = await decide(ports, { changeId, identity: currentIdentity(), verdict: 'approve', planHash: plan.hash });
    output.notice(says);
  } catch {
    // Decided elsewhere, or the terminal is gone: the change waits on all the same.
  } finally {
    terminal.close();
  }
}

/** Shows what is to be approved and how, and asks here where the person at the terminal may decide. */
export function presentGate(gate: Gate, ports: Ports, output: Output, decided: AbortSignal): void {
  const { changeId } = gate.request;
  output.notice(`\n${renderApproval(gate)}`);
  output.notice(`waits for: ${output.invocation(`approve ${changeId}`)}   or   ${output.invocation(`reject ${changeId} --reason …`)}`);
  if (process.stdin.isTTY && process.stderr.isTTY && mayApproveHere(gate, ports)) void ask(gate, ports, output, decided);
}
