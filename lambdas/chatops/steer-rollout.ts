import type { CommandTask, RolloutAsk } from '../contracts/chat-task.ts';
import { askRollout } from '../gates/ask-rollout.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';
import { beginRollout } from './ask-rollout.ts';
import { escaped } from './escape.ts';
import { type Actor, isOperator } from './identify.ts';
import { renderOneRollout } from './render/rollout/one.ts';
import { sentence } from './render/sentence.ts';
import { rolloutSource } from './rollout-thread.ts';

type Steering = Extract<RolloutAsk, { action: 'control' }>;

/** Asks a rollout to pause, to go on, to stop or to go back. What comes of it, its thread tells. */
async function steer({ control, rolloutId, reason }: Steering, actor: Actor, ports: ChatPorts): Promise<string> {
  if (!isOperator(actor, ports)) return `nothing was done: ${actor.name} is not among the operators, who may steer rollouts`;
  const { rolloutStarter: starter } = ports;
  const ask = { rolloutId, control, identity: actor.identity, ...(reason !== undefined && { reason }) };
  return (await askRollout({ ...ports, starter }, ask)).says;
}

/** Tells somebody how a rollout stands. */
async function show(rolloutId: string, ports: ChatPorts): Promise<string> {
  const source = await rolloutSource(rolloutId, ports);
  return source ? renderOneRollout(source) : `No rollout ${escaped(rolloutId)} is on record.`;
}

/** Does what somebody asks of a rollout. */
export async function rollout(task: CommandTask, ask: RolloutAsk, actor: Actor, ports: ChatPorts): Promise<void> {
  switch (ask.action) {
    case 'show':
      return ports.chat.answer(task.responseUrl, await show(ask.rolloutId, ports));
    case 'control':
      return ports.chat.answer(task.responseUrl, sentence(await steer(ask, actor, ports)));
    default:
      return beginRollout(task, ask, actor, ports);
  }
}
