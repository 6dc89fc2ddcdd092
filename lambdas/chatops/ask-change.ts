import type { ChangeCommand, CommandTask } from '../contracts/chat-task.ts';
import { StepError } from '../contracts/errors.ts';
import type { ChangeRequestInput } from '../contracts/request.ts';
import { changeIdOf } from '../domain/change-id.ts';
import { fullRequest } from '../domain/full-request.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import { escaped } from './escape.ts';
import { type Actor, isOperator } from './identify.ts';
import { whyNoCluster } from './known-cluster.ts';
import { openThread } from './open-thread.ts';
import { renderNotStarted, renderOpening } from './render/asked.ts';

/** A change towards distributed that is asked for in chat is looked at by people before it is made; the way back asks nobody. */
function requestOf({ verb, target, wanted, reason, window }: ChangeCommand, { identity }: Actor): ChangeRequestInput {
  return {
    target,
    wanted,
    requestedBy: identity.id,
    ...(reason !== undefined && { reason }),
    ...(window && { window }),
    ...(verb === 'apply' && wanted.syncerMode === 'distributed' && { approval: { required: true } }),
    ...(verb === 'plan' && { planOnly: true }),
  };
}

/** Why a change cannot be asked for, or undefined. */
function whyNot(command: ChangeCommand, actor: Actor, ports: ChatPorts): string | undefined {
  const unknown = whyNoCluster(command.target, ports);
  if (unknown !== undefined) return unknown;
  if (command.verb !== 'plan' && !isOperator(actor, ports))
    return `${escaped(actor.name)} is not among the operators, who may ask for changes in chat`;
  return undefined;
}

/** Why a request would be refused before it is on record, or undefined. */
function whyInvalid(request: ChangeRequestInput, changeId: string, { defaults }: ChatPorts): string | undefined {
  try {
    fullRequest(request, defaults, changeId);
    return undefined;
  } catch (error) {
    if (error instanceof StepError) return escaped(error.message);
    throw error;
  }
}

/**
 * Begins a plan, a change or a rollback with a thread of its own, in which all of it is told. Repeating it begins nothing anew.
 * @throws ChatError when there can be no thread: nothing has begun then.
 */
export async function askChange(task: CommandTask, command: ChangeCommand, actor: Actor, ports: ChatPorts): Promise<void> {
  const { chat, starter } = ports;
  const changeId = changeIdOf(command.target.database, new Date(task.at), task.id.slice(0, 8));
  const request = requestOf(command, actor);
  const refused = whyNot(command, actor, ports) ?? whyInvalid(request, changeId, ports);
  if (refused !== undefined) return chat.answer(task.responseUrl, `Nothing was started: ${refused}.`);
  const asked = { ...request, changeId };
  const { root } = await openThread(changeId, task.channel, renderOpening(asked), ports);
  try {
    await starter.start(changeId, request);
  } catch (error) {
    if (error instanceof StepError) await chat.edit(root, renderNotStarted(asked, error.message));
    throw error;
  }
}
