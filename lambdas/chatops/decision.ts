import type { AskReasonTask, DecisionTask, ReasonFor } from '../contracts/chat-task.ts';
import type { ApprovalRules } from '../contracts/configuration.ts';
import { decide } from '../gates/decide.ts';
import { ChatError } from '../ports/chat.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import type { Gates } from '../runtime/ports.ts';
import { escaped } from './escape.ts';
import { identify, operatorsOf } from './identify.ts';
import { reasonForm } from './render/reason-form.ts';

export type Press = DecisionTask | AskReasonTask;

/** Says something to the one who pressed a button, in the thread where it was; who cannot be told there has left the channel. */
export async function tellPresser({ user, channel, changeId }: Press, text: string, { chat, threads }: ChatPorts): Promise<void> {
  const thread = (await threads.threadOf(changeId))?.root;
  try {
    await chat.whisper({ channel, user, ...(thread?.channel === channel && { thread: thread.ts }) }, text);
  } catch (error) {
    if (!(error instanceof ChatError) || error.failure !== 'never') throw error;
  }
}

const STRANGE = 'This is not the approval message of that change: nothing was decided.';
const TOO_EARLY = 'This message was posted a moment ago: nothing was decided yet, press again.';
const OLDER_COPY = 'An older copy of the question: nothing was decided here. The one that counts is in this thread.';

/** Why a message cannot be pressed for a change, or undefined: only its approval message can, where its thread is. */
async function whyNotHere(press: Press, { threads, chat }: ChatPorts): Promise<string | undefined> {
  const { changeId, channel, message } = press;
  const thread = await threads.threadOf(changeId);
  if (thread?.root.channel !== channel || message === thread.root.ts) return STRANGE;
  const { approval } = thread.told;
  if (!approval) return TOO_EARLY;
  if (approval.ts === message) return undefined;
  // Slack took it, and its answer got lost: it must not go on asking.
  await chat.edit({ channel, ts: message }, { text: OLDER_COPY, blocks: [] });
  return OLDER_COPY;
}

/** A workspace is large: where a cluster names no approvers, those who may ask for changes are who may decide in chat. */
const chatGates = (ports: ChatPorts): Gates => ({
  ...ports.gates,
  rulesOf: (cluster): ApprovalRules => {
    const rules = ports.gates.rulesOf(cluster);
    return { ...rules, approvers: rules.approvers ?? operatorsOf(ports) };
  },
});

/**
 * Decides on a change at the button of its approval message, through the same core as everywhere. What counts is told in the thread to
 * everybody; what does not count, to the one who pressed only.
 */
export async function decideInChat(task: DecisionTask, ports: ChatPorts): Promise<void> {
  const wrongPlace = await whyNotHere(task, ports);
  if (wrongPlace !== undefined) return tellPresser(task, wrongPlace, ports);
  const actor = await identify(task.user, ports);
  if (typeof actor === 'string') return tellPresser(task, `Not counted: ${actor}.`, ports);
  const { changeId, planHash, verdict, reason, id: ask } = task;
  const decision = { changeId, planHash, verdict, ask, identity: actor.identity, ...(reason !== undefined && { reason }) };
  const { accepted, says } = await decide({ ...ports, gates: chatGates(ports) }, decision);
  if (!accepted) await tellPresser(task, `Not counted: ${escaped(says)}.`, ports);
}

/** Opens the form that asks for the reason of a rejection. */
export async function askReason(task: AskReasonTask, ports: ChatPorts): Promise<void> {
  const wrongPlace = await whyNotHere(task, ports);
  if (wrongPlace !== undefined) return tellPresser(task, wrongPlace, ports);
  const { changeId, planHash, channel, message, triggerId } = task;
  const about: ReasonFor = { changeId, planHash, channel, message };
  try {
    await ports.chat.openForm(triggerId, reasonForm(about));
  } catch (error) {
    if (!(error instanceof ChatError) || error.failure !== 'late') throw error;
    await tellPresser(task, `Slack waited too long for the form: nothing was decided. Press Reject again.`, ports);
  }
}
