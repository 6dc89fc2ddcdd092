import type { RolloutGate, RolloutPlan, RolloutRecord, RolloutTarget } from '../../contracts/rollout.ts';
import type { RolloutFile } from '../../contracts/rollout-file.ts';
import { rejectionOf } from '../approval.ts';
import type { Draft } from './draft.ts';
import { carryOut } from './lanes.ts';
import { LONGEST_SLEEP_SECONDS } from './limits.ts';
import type { Step } from './sight.ts';

const later = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();

/** The wave that comes next, if anything is left that has not begun. */
export const waveToCome = (targets: readonly RolloutTarget[], { wave }: Pick<RolloutRecord, 'wave'>): number | undefined => {
  const waves = targets.filter((target) => target.wave > wave && target.state === 'waiting').map((target) => target.wave);
  return waves.length === 0 ? undefined : waves.reduce((a, b) => Math.min(a, b));
};

/** Waves that people are asked before. */
export function gatedWaves(
  { approve, waves }: Pick<RolloutPlan, 'approve' | 'waves'>,
  { waves: { canary } }: Pick<RolloutFile, 'waves'>,
): number[] {
  const hasCanary = canary !== 0 && canary !== '0%';
  const isAsked = (wave: number): boolean =>
    approve.includes('each-wave') ||
    (wave === 1 && approve.includes('rollout')) ||
    (wave === 2 && hasCanary && approve.includes('after-canary'));
  return waves.map(({ wave }) => wave).filter(isAsked);
}

type GateVerdict = 'open' | { readonly ask: number } | { readonly stop: 'rejected' | 'expired'; readonly says: string };

function judgeGate(gate: RolloutGate | undefined, { request, plan }: RolloutRecord, now: Date): GateVerdict {
  const whole = request.file.gates.timeoutSeconds;
  // The end of a rollout closes its gates; one that goes on after that asks anew.
  if (!gate || gate.status === 'closed' || gate.request.plan.hash !== plan?.hash) return { ask: whole };
  if (gate.status === 'rejected') return { stop: 'rejected', says: rejectionOf(gate) };
  const left = (Date.parse(gate.request.expiresAt) - now.getTime()) / 1000;
  if (left <= 0) {
    const says = gate.status === 'approved' ? 'the approval could be used until' : 'nobody who may approve did so until';
    return { stop: 'expired', says: `${says} ${gate.request.expiresAt}` };
  }
  return gate.status === 'approved' ? 'open' : { ask: Math.ceil(left) };
}

/** Waits for the window, or stops where it is over; what is applied is kept, because nothing is wrong with it. */
function awaitWindow(draft: Draft): Step {
  const { window, now } = draft.sight;
  if (!window || window.verdict === 'open') return undefined;
  if (window.verdict === 'missed') {
    draft.stop({ cause: 'window', says: window.says, action: 'stop' });
    return 'look again';
  }
  const soon = later(now, LONGEST_SLEEP_SECONDS);
  const until = window.until === undefined || window.until > soon ? soon : window.until;
  return { kind: 'wait', until };
}

/** Goes on with a wave that has begun, or begins the next one: past its gate, within the window. */
export function goForward(draft: Draft, wave: number): Exclude<Step, undefined> {
  const { record, sight } = draft;
  if (wave > record.wave && record.plan && gatedWaves(record.plan, record.request.file).includes(wave)) {
    const verdict = judgeGate(sight.gate, record, sight.now);
    if (typeof verdict === 'object' && 'ask' in verdict) return { kind: 'approve', wave, timeoutSeconds: verdict.ask };
    if (typeof verdict === 'object') {
      const action = verdict.stop === 'rejected' ? record.request.file.onStop : 'stop';
      draft.stop({ cause: verdict.stop, says: verdict.says, action });
      return 'look again';
    }
  }
  const wait = awaitWindow(draft);
  if (wait) return wait;
  if (wave > record.wave) {
    draft.update({ wave });
    draft.say({ type: 'wave-began', wave, targets: draft.targets.filter((target) => target.wave === wave).length });
  }
  return carryOut(draft.targets, { kind: 'change', wave, atOnce: record.request.file.concurrency.total });
}
