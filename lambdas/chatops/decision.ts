import type { Identity } from '../contracts/approval.ts';
import type { AskReasonTask, DecisionTask, ReasonFor } from '../contracts/chat-task.ts';
import type { ApprovalRules } from '../contracts/configuration.ts';
import { isRolloutId } from '../contracts/rollout.ts';
import type { Answer } from '../gates/answers.ts';
import { decide } from '../gates/decide.ts';
import { decideRollout } from '../gates/decide-rollout.ts';
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

const STRANGE = 'This is not the approval message of that change or rollout: nothing was decided.';
const TOO_EARLY = 'This message was posted a moment ago: nothing was decided yet, press again.';
const OLDER_COPY = 'An older copy of the question: nothing was decided here. The one that counts is in this thread.';

const isQuestion = (part: string): boolean => part === 'approval' || part.startsWith('approval-');

/** Which question of a thread a message puts, or why it puts none. */
type Pressed = { readonly part: string } | { readonly not: string };

/** Only an approval message can be pressed, where the thread is. */
async function pressed(press: Press, { threads, chat }: ChatPorts): Promise<Pressed> {
  const { changeId, channel, message } = press;
  const thread = await threads.threadOf(changeId);
  if (thread?.root.channel !== channel || message === thread.root.ts) return { not: STRANGE };
  const questions = Object.entries(thread.told).filter(([part]) => isQuestion(part));
  const question = questions.find(([, told]) => told?.ts === message);
  if (question) return { part: question[0] };
  if (questions.length === 0) return { not: TOO_EARLY };
  // Slack took it, and its answer got lost: it must not go on asking.
  await chat.edit({ channel, ts: message }, { text: OLDER_COPY, blocks: [] });
  return { not: OLDER_COPY };
}

/** A workspace is large: where a cluster names no approvers, those who may ask for changes are who may decide in chat. */
const chatGates = (ports: ChatPorts): Gates => ({
  ...ports.gates,
  rulesOf: (cluster): ApprovalRules => {
    const rules = ports.gates.rulesOf(cluster);
    return { ...rules, approvers: rules.approvers ?? operatorsOf(ports) };
  },
});

/** What a decision comes to, through the same core as everywhere. */
async function decideOn(task: DecisionTask, part: string, identity: Identity, ports: ChatPorts): Promise<Answer> {
  const { changeId, planHash, verdict, reason, id: ask } = task;
  const decision = { planHash, verdict, ask, identity, ...(reason !== undefined && { reason }) };
  const gated = { ...ports, gates: chatGates(ports) };
  return isRolloutId(changeId)
    ? decideRollout(gated, { ...decision, rolloutId: changeId, wave: Number(part.slice('approval-'.length)) })
    : decide(gated, { ...decision, changeId });
}

/**
 * Decides on a change, or on a wave of a rollout, at the button of its approval message. What counts is told in the thread to everybody;
 * what does not count, to the one who pressed only.
 */
export async function decideInChat(task: DecisionTask, ports: ChatPorts): Promise<void> {
  const at = await pressed(task, ports);
  if ('not' in at) return tellPresser(task, at.not, ports);
  const actor = await identify(task.user, ports);
  if (typeof actor === 'string') return tellPresser(task, `Not counted: ${actor}.`, ports);
  const { accepted, says } = await decideOn(task, at.part, actor.identity, ports);
  if (!accepted) await tellPresser(task, `Not counted: ${escaped(says)}.`, ports);
}

/** Opens the form that asks for the reason of a rejection. */
export async function askReason(task: AskReasonTask, ports: ChatPorts): Promise<void> {
  const at = await pressed(task, ports);
  if ('not' in at) return tellPresser(task, at.not, ports);
  const { changeId, planHash, channel, message, triggerId } = task;
  const about: ReasonFor = { changeId, planHash, channel, message };
  try {
    await ports.chat.openForm(triggerId, reasonForm(about));
  } catch (error) {
    if (!(error instanceof ChatError) || error.failure !== 'late') throw error;
    await tellPresser(task, `Slack waited too long for the form: nothing was decided. Press Reject again.`, ports);
  }
}
