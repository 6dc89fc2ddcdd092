import type { RolloutEvent, RolloutRecord } from '../../contracts/rollout.ts';
import { ROLLOUT_OUTCOMES } from '../../contracts/rollout-outcomes.ts';
import { code, type Phrase, say } from './phrase.ts';
import { because, type Story, syncshift } from './story.ts';

type EventOf<Type extends RolloutEvent['type']> = Extract<RolloutEvent, { type: Type }>;

const asks = ({ request: { file } }: RolloutRecord): Phrase =>
  say`${file.requestedBy ?? 'somebody'} asks for ${file.wanted.syncerMode} synchronization`;

function approvalRequested({ at, wave }: EventOf<'approval-requested'>, record: RolloutRecord): Story {
  const { request, plan } = record;
  const { rolloutId, file } = request;
  const size = plan?.waves[wave - 1]?.targets ?? 0;
  return {
    eventType: 'syncshift.rollout-approval-requested',
    which: `${wave} ${at}`,
    headline: wave === 1 ? 'approval requested' : `approval requested for wave ${wave}`,
    lines: [
      asks(record),
      ...because(file.reason),
      ...(plan
        ? [say`wave ${wave} of ${plan.waves.length}: ${size} of ${plan.targets} targets`, say`plan ${code(plan.hash.slice(0, 12))}`]
        : []),
    ],
    nextSteps: [
      say`To see everything and decide: ${syncshift(`approve ${rolloutId}`)}`,
      say`To refuse it: ${syncshift(`reject ${rolloutId}`)}, with ${code('--reason')}`,
    ],
    facts: { wave: String(wave), ...(plan && { planHash: plan.hash }) },
  };
}

const stopped = ({ at, says, cause, wave, action }: EventOf<'stopped'>, { request }: RolloutRecord): Story => ({
  eventType: 'syncshift.rollout-stopped',
  which: at,
  headline: 'stops',
  lines: [say`why: ${says}`, say`in wave ${wave}; what becomes of what is applied: ${action}`],
  nextSteps: [say`How every target stands: ${syncshift(`rollout show ${request.rolloutId}`)}`],
  facts: { cause, wave: String(wave), action },
});

function ended({ at, outcome }: EventOf<'ended'>, { request, stop }: RolloutRecord): Story {
  const hasFailed = 'executionError' in ROLLOUT_OUTCOMES[outcome];
  return {
    eventType: 'syncshift.rollout-ended',
    which: at,
    headline: outcome,
    lines: [say`${ROLLOUT_OUTCOMES[outcome].meaning}`, ...(stop ? [say`why: ${stop.says}`] : [])],
    nextSteps: [say`How every target ended: ${syncshift(`rollout show ${request.rolloutId}`)}`],
    ...(hasFailed && { runbook: 'rollouts' }),
    facts: { outcome },
  };
}

/** What there is to tell about a line of a rollout's story, if it is news at all. Whoever only asked for a plan has it already. */
export function rolloutStoryOf(news: RolloutEvent, record: RolloutRecord): Story | undefined {
  if (record.request.planOnly) return undefined;
  switch (news.type) {
    case 'approval-requested':
      return approvalRequested(news, record);
    case 'stopped':
      return stopped(news, record);
    case 'ended':
      return ended(news, record);
    default:
      return undefined;
  }
}

const NEWS_TYPES: ReadonlySet<RolloutEvent['type']> = new Set(['approval-requested', 'stopped', 'ended']);

/** False for what is no news whatever the rollout is, so that nothing has to be read for it. */
export const mayBeRolloutNews = ({ type }: RolloutEvent): boolean => NEWS_TYPES.has(type);
