import type { ReasonFor } from '../contracts/chat-task.ts';
import { ACTIONS, type AskReasonTask, type DecisionTask } from '../contracts/chat-task.ts';
import type { ApprovalRules } from '../contracts/configuration.ts';
import { decide } from '../gates/decide.ts';
import { ChatError } from '../ports/chat.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import type { Gates } from '../runtime/ports.ts';
import { identify } from './identify.ts';
import { reasonForm } from './render/reason-form.ts';

type Press = DecisionTask | AskReasonTask;

/** Says something to the one who pressed a button, in the thread where it was. */
async function tellPresser({ user, channel, changeId }: Press, text: string, { chat, threads }: ChatPorts): Promise<void> {
  const thread = (await threads.threadOf(changeId))?.root;
  await chat.whisper({ channel, user, ...(thread?.channel === channel && { thread: thread.ts }) }, text);
}

/** Only the approval message of a change can be pressed for it, where its thread is. */
async function isApprovalOf({ changeId, channel, message }: Press, { threads }: ChatPorts): Promise<boolean> {
  const thread = await threads.threadOf(changeId);
  return thread?.root.channel === channel && thread.told.approval?.ts === message;
}

/** A workspace is large: where a cluster names no approvers, those who may ask for changes are who may decide in chat. */
const chatGates = ({ gates, settings }: ChatPorts): Gates => ({
  ...gates,
  rulesOf: (cluster): ApprovalRules => {
    const rules = gates.rulesOf(cluster);
    return { ...rules, approvers: rules.approvers ?? settings.operators };
  },
});

const STRANGE = 'this is not the approval message of that change: nothing was decided';

/**
 * Decides on a change at the button of its approval message, through the same core as everywhere. What counts is told in the thread to
 * everybody; what does not count, to the one who pressed only.
 */
export async function decideInChat(task: DecisionTask, ports: ChatPorts): Promise<void> {
  if (!(await isApprovalOf(task, ports))) return tellPresser(task, STRANGE, ports);
  const actor = await identify(task.user, ports);
  if (typeof actor === 'string') return tellPresser(task, `not counted: ${actor}`, ports);
  const { changeId, planHash, verdict, reason } = task;
  const ask = { changeId, planHash, verdict, identity: actor.identity, ...(reason !== undefined && { reason }) };
  const { accepted, says } = await decide({ ...ports, gates: chatGates(ports) }, ask);
  if (!accepted) await tellPresser(task, `not counted: ${says}`, ports);
}

/** Opens the form that asks for the reason of a rejection. */
export async function askReason(task: AskReasonTask, ports: ChatPorts): Promise<void> {
  if (!(await isApprovalOf(task, ports))) return tellPresser(task, STRANGE, ports);
  const { changeId, planHash, channel, message, triggerId } = task;
  const about: ReasonFor = { changeId, planHash, channel, message };
  try {
    await ports.chat.openForm(triggerId, reasonForm({ ...about, title: 'Reject' }));
  } catch (error) {
    if (!(error instanceof ChatError) || error.failure !== 'late') throw error;
    await tellPresser(task, `Slack waited too long for the form; press ${ACTIONS.reject} again`, ports);
  }
}
