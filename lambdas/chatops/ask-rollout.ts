import type { CommandTask, RolloutAsk } from '../contracts/chat-task.ts';
import { StepError } from '../contracts/errors.ts';
import type { RolloutRequest } from '../contracts/rollout.ts';
import type { RolloutFile } from '../contracts/rollout-file.ts';
import { newRolloutId } from '../domain/rollout/rollout-id.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import { escaped } from './escape.ts';
import { type Actor, isOperator } from './identify.ts';
import { openThread } from './open-thread.ts';
import { rolloutRoot } from './render/rollout/root.ts';
import { STARTING } from './render/rollout/standing.ts';
import { said } from './render/text.ts';

type Beginning = Extract<RolloutAsk, { name: string }>;

/** Why a rollout cannot be begun, as mrkdwn, or undefined. A plan reads every cluster, so it is for operators too. */
function whyNot(name: string, actor: Actor, ports: ChatPorts): string | undefined {
  if (!isOperator(actor, ports)) return `${escaped(actor.name)} is not among the operators, who may ask for rollouts in chat`;
  const { names } = ports.rolloutFiles;
  if (names.includes(name)) return undefined;
  return `no rollout ${escaped(name)} is configured; there is ${names.map(escaped).join(', ') || 'none'}`;
}

/** A rollout towards distributed that is asked for in chat is looked at by people before it is made, as a change is. */
function asked(file: RolloutFile, { reason }: Beginning, { identity }: Actor): RolloutFile {
  const points = file.wanted.syncerMode === 'centralized' ? [] : (['rollout'] as const);
  const approve = [...new Set([...points, ...file.gates.approve])];
  return { ...file, requestedBy: identity.id, ...(reason !== undefined && { reason }), gates: { ...file.gates, approve } };
}

async function start(request: RolloutRequest, task: CommandTask, ports: ChatPorts): Promise<void> {
  const { root } = await openThread(request.rolloutId, task.channel, rolloutRoot(request, STARTING), ports);
  try {
    await ports.rolloutStarter.start({ ...request, run: 0 });
  } catch (error) {
    const says = error instanceof StepError ? `could not be started: ${said(error.message)}` : undefined;
    if (says !== undefined) await ports.chat.edit(root, rolloutRoot(request, { sign: ':no_entry:', says }));
    throw error;
  }
}

/**
 * Begins a rollout that the configuration names, or its plan, with a thread of its own, in which all of it is told. Repeating it begins
 * nothing anew.
 * @throws ChatError when there can be no thread: nothing has begun then.
 */
export async function beginRollout(task: CommandTask, ask: Beginning, actor: Actor, ports: ChatPorts): Promise<void> {
  const refuse = (why: string) => ports.chat.answer(task.responseUrl, `Nothing was started: ${why}.`);
  const refused = whyNot(ask.name, actor, ports);
  if (refused !== undefined) return refuse(refused);
  const file = asked(await ports.rolloutFiles.read(ask.name), ask, actor);
  const rolloutId = newRolloutId(file.name, new Date(task.at), task.id.slice(0, 8));
  return start({ rolloutId, file, planOnly: ask.action === 'plan' }, task, ports);
}
