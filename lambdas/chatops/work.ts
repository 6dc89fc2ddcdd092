import middy from '@middy/core';
import { type ChatCommand, ChatTask, type CommandTask } from '../contracts/chat-task.ts';
import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import { cancel } from '../gates/decide.ts';
import { ChatError } from '../ports/chat.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import { telemetry, warn } from '../runtime/telemetry.ts';
import { askChange } from './ask-change.ts';
import { askReason, decideInChat, tellPresser } from './decision.ts';
import { escaped } from './escape.ts';
import { type Actor, identify, isOperator } from './identify.ts';
import { inspect, status } from './look.ts';
import { sentence } from './render/sentence.ts';
import { rollout } from './steer-rollout.ts';

type CancelCommand = Extract<ChatCommand, { verb: 'cancel' }>;

async function cancelInChat(task: CommandTask, { changeId, reason }: CancelCommand, actor: Actor, ports: ChatPorts): Promise<void> {
  const says = isOperator(actor, ports)
    ? (await cancel(ports, { changeId, identity: actor.identity, ...(reason !== undefined && { reason }) })).says
    : `nothing was done: ${actor.name} is not among the operators, who may ask for a change to stop`;
  await ports.chat.answer(task.responseUrl, sentence(says));
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
    case 'rollout':
      return rollout(task, command.ask, actor, ports);
    default:
      return askChange(task, command, actor, ports);
  }
}

/** Something for nobody but the one who acted. */
const tell = (task: ChatTask, text: string, ports: ChatPorts): Promise<void> =>
  task.kind === 'command' ? ports.chat.answer(task.responseUrl, text) : tellPresser(task, text, ports);

/** Errors of ours are written for people; others may name what is none of theirs. */
function inWords(error: unknown): string {
  if (error instanceof StepError || error instanceof ChatError) return escaped(error.message);
  return error instanceof Error ? error.name : 'a fault without a name';
}

const mayPass = (error: unknown): boolean => !(error instanceof StepError) && !(error instanceof ChatError && error.failure !== 'later');

/** Tells whoever acted why nothing came of it, or not yet. @throws the error itself when repeating the task may help. */
async function tellTrouble(task: ChatTask, error: unknown, ports: ChatPorts): Promise<void> {
  if (!mayPass(error)) return tell(task, `That cannot be done: ${inWords(error)}.`, ports);
  const text = `That did not work yet: ${inWords(error)}. It is tried a few times within some minutes; \`/syncshift status\` shows what began.`;
  await tell(task, text, ports).catch(() => undefined);
  throw error;
}

async function handle(task: ChatTask, ports: ChatPorts): Promise<void> {
  switch (task.kind) {
    case 'decision':
      return decideInChat(task, ports);
    case 'ask-reason':
      return askReason(task, ports);
    case 'command':
      return carryOut(task, ports);
  }
}

/**
 * Does what somebody asked for in chat, once.
 * @param by - this delivery of the task: when it fails, it may be repeated under the same name; another delivery is dropped.
 * @throws Error when it has to be repeated.
 */
export async function work(task: ChatTask, by: string, ports: ChatPorts): Promise<void> {
  if (!(await ports.threads.claimTask(task.id, by))) return warn('a task was delivered before, and is dropped', { task: task.id });
  await handle(task, ports).catch((error: unknown) => tellTrouble(task, error, ports));
}

/** A call that fails is repeated by Lambda under the same id of the request. */
export const handler = middy<unknown, void>()
  .use(telemetry)
  .handler(async (event, { awsRequestId }) => {
    const { deployedChatPorts } = await import('../runtime/deployed-chat.ts');
    await work(parse(ChatTask, event, 'InvalidInputError'), awsRequestId, await deployedChatPorts());
  });
