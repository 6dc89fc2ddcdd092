import type { RolloutPart, Thread, ThreadPart } from '../ports/threads.ts';
import type { ThreadPorts } from '../runtime/chat-ports.ts';
import { openThread } from './open-thread.ts';
import type { RolloutSource } from './render/rollout/source.ts';
import { renderRolloutThread, WAVES_TOLD } from './render/rollout/thread.ts';
import type { Part } from './render/thread.ts';
import { tellParts } from './tell-parts.ts';

/**
 * All that a rollout's thread is told from; undefined when there is no such rollout. Every target is read, whatever was written: 10,000 of
 * them are 2.4 MB, three pages of DynamoDB; on one machine reading and rendering them takes 0.2 s. So a thread is told for a write to the
 * record, to a gate or to the story of the rollout, and of the writes to single targets for one in many.
 */
export async function rolloutSource(
  rolloutId: string,
  { rollouts, links }: Pick<ThreadPorts, 'rollouts' | 'links'>,
): Promise<RolloutSource | undefined> {
  const record = await rollouts.get(rolloutId);
  if (!record) return undefined;
  const [targets, events] = await Promise.all([rollouts.targets(rolloutId), rollouts.events(rolloutId)]);
  const asked = new Set(events.flatMap((event) => (event.type === 'approval-requested' ? [event.wave] : [])));
  const told = [...asked].filter((wave) => wave > record.wave - WAVES_TOLD);
  const gates = await Promise.all(told.map((wave) => rollouts.gate(rolloutId, wave)));
  return { record, targets, gates: gates.filter((gate) => gate !== undefined), events, links };
}

/** Nobody asked in chat for a rollout without a thread, so one is opened in the common channel, if there is one. */
async function openInCommon({ record }: RolloutSource, [root]: readonly Part[], ports: ThreadPorts): Promise<Thread | undefined> {
  const { rolloutId, planOnly } = record.request;
  if (!ports.channel || planOnly || !root) return undefined;
  return openThread(rolloutId, ports.channel, root.message, ports);
}

const waveOf = (part: string): number | undefined => {
  const number = /^(?:wave|approval)-(\d+)$/.exec(part)?.[1];
  return number === undefined ? undefined : Number(number);
};

/** Forgets messages about waves that are told no longer, so that what is remembered does not grow with the number of waves. */
function withoutOldWaves(thread: Thread, wave: number): Thread {
  const isKept = (part: string) => (waveOf(part) ?? Number.POSITIVE_INFINITY) > wave - WAVES_TOLD;
  const told = Object.entries(thread.told).filter(([part]) => isKept(part)) as [ThreadPart | RolloutPart, { ts: string; digest: string }][];
  return { ...thread, told: Object.fromEntries(told) };
}

/**
 * Brings the thread of a rollout up to what is on record, as `tellThread` does for a change.
 * @throws ChatError when the chat does not take it.
 */
export async function tellRolloutThread(rolloutId: string, ports: ThreadPorts): Promise<void> {
  const standing = await ports.threads.threadOf(rolloutId);
  if (!standing && !ports.channel) return;
  const source = await rolloutSource(rolloutId, ports);
  if (!source) return;
  const parts = renderRolloutThread(source, ports.rollouts);
  const thread = standing ?? (await openInCommon(source, parts, ports));
  if (thread) await tellParts(rolloutId, parts, withoutOldWaves(thread, source.record.wave), ports);
}
