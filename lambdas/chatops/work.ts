import middy from '@middy/core';
import { type ChatCommand, ChatTask, type CommandTask } from '../contracts/chat-task.ts';
import { parse } from '../contracts/parse.ts';
import { cancel } from '../gates/decide.ts';
import { ChatError } from '../ports/chat.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import { telemetry } from '../runtime/telemetry.ts';
import { askChange } from './ask-change.ts';
import { askReason, decideInChat } from './decision.ts';
import { escaped } from './escape.ts';
import { type Actor, identify, isOperator } from './identify.ts';
import { inspect, status } from './look.ts';

type CancelCommand = Extract<ChatCommand, { verb: 'cancel' }>;

async function cancelInChat(task: CommandTask, { changeId, reason }: CancelCommand, actor: Actor, ports: ChatPorts): Promise<void> {
  const says = isOperator(actor, ports)
    ? (await cancel(ports, { changeId, identity: actor.identity, ...(reason !== undefined && { reason }) })).says
    : `${actor.name} is not among the operators, who may ask for a change to stop`;
  await ports.chat.answer(task.responseUrl, escaped(says));
}

async function carryOut(task: CommandTask, ports: ChatPorts): Promise<void> {
  const actor = await identify(task.user, ports);
  if (typeof actor === 'string') return ports.chat.answer(task.responseUrl, `Nothing was done: ${actor}.`);
  const { command } = task;
  switch (command.verb) {
    case 'inspect':
      return inspect(task, command, ports);
    case 'status':
      return status(task, command.changeId, ports);
    case 'cancel':
      return cancelInChat(task, command, actor, ports);
    default:
      return askChange(task, command, actor, ports);
  }
}

/** Tells whoever gave a command why it is not carried out, or not yet. @throws the error itself when repeating the task may help. */
async function tellTrouble({ responseUrl }: CommandTask, error: unknown, { chat }: ChatPorts): Promise<void> {
  const why = error instanceof Error ? `${error.name}: ${escaped(error.message)}` : 'a fault without a name';
  if (error instanceof ChatError && error.failure === 'never') return chat.answer(responseUrl, `That cannot be done here. ${why}`);
  await chat.answer(responseUrl, `That did not work yet, and is tried again for a few minutes. ${why}`).catch(() => undefined);
  throw error;
}

async function handle(task: ChatTask, ports: ChatPorts): Promise<void> {
  switch (task.kind) {
    case 'decision':
      return decideInChat(task, ports);
    case 'ask-reason':
      return askReason(task, ports);
    case 'command':
      return carryOut(task, ports).catch((error: unknown) => tellTrouble(task, error, ports));
  }
}

/**
 * Does what somebody asked for in chat, once.
 * @param by - this delivery of the task: when it fails, it may be repeated under the same name; another delivery is dropped.
 * @throws Error when it has to be repeated.
 */
export async function work(task: ChatTask, by: string, ports: ChatPorts): Promise<void> {
  if (await ports.threads.claimTask(task.id, by)) await handle(task, ports);
}

/** A call that fails is repeated by Lambda under the same id of the request. */
export const handler = middy<unknown, void>()
  .use(telemetry)
  .handler(async (event, { awsRequestId }) => {
    const { deployedChatPorts } = await import('../runtime/deployed-chat.ts');
    await work(parse(ChatTask, event, 'InvalidInputError'), awsRequestId, await deployedChatPorts());
  });
