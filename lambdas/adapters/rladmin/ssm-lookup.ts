import { type CommandInvocation, ListCommandInvocationsCommand, type ListCommandInvocationsCommandInput } from '@aws-sdk/client-ssm';
import { attempt, FREELY, inSeconds, nowOf, pause, type Ssm } from './ssm-patience.ts';

/** A command on its one node. */
export interface Sent {
  readonly commandId: string;
  readonly node: string;
}

/** Between two looks at a list that is only consistent after a while. */
const AGAIN_SECONDS = 5;

/** What the list holds, as far as it can be read before the deadline. */
export async function listInvocations(ssm: Ssm, input: ListCommandInvocationsCommandInput, deadline: number): Promise<CommandInvocation[]> {
  const found: CommandInvocation[] = [];
  let NextToken: string | undefined;
  do {
    const page = await attempt(ssm, deadline, FREELY, () =>
      ssm.client.send(new ListCommandInvocationsCommand({ ...input, MaxResults: 50, ...(NextToken && { NextToken }) })),
    );
    if ('fault' in page) break;
    found.push(...(page.answer.CommandInvocations ?? []));
    NextToken = page.answer.NextToken;
  } while (NextToken && nowOf(ssm) < deadline);
  return found;
}

export interface Search {
  readonly runId: string;
  /** The only node it can be on, where that is known. */
  readonly node?: string;
  /** How far back it may have been sent, in seconds, with room for clocks that differ. */
  readonly agoSeconds: number;
  /** How long to go on looking: a command that was taken may not be listed yet. */
  readonly seconds: number;
}

/**
 * Finds what was sent under a run id. The list gives excerpts of output, so nothing but the ids is taken from it.
 * @returns none when nothing was listed in time, which does not prove that nothing was sent.
 */
export async function findByRunId(ssm: Ssm, { runId, node, agoSeconds, seconds }: Search): Promise<Sent[]> {
  const deadline = inSeconds(ssm, seconds);
  const since = new Date(inSeconds(ssm, -agoSeconds));
  const input = {
    Filters: [{ key: 'InvokedAfter' as const, value: `${since.toISOString().slice(0, 19)}Z` }],
    ...(node && { InstanceId: node }),
  };
  for (;;) {
    const listed = await listInvocations(ssm, input, deadline);
    const found = listed.flatMap(({ CommandId, InstanceId, Comment }) =>
      CommandId && InstanceId && isUnder(runId, Comment) ? [{ commandId: CommandId, node: InstanceId }] : [],
    );
    if (found.length > 0 || nowOf(ssm) >= deadline) return found;
    await pause(ssm, AGAIN_SECONDS, deadline);
  }
}

const isUnder = (runId: string, comment = ''): boolean => comment === runId || comment.startsWith(`${runId} `);
