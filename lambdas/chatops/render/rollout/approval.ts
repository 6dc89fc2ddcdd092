import type { RolloutGate, RolloutRecord } from '../../../contracts/rollout.ts';
import { context, type Letter, letter, section, whole } from '../blocks.ts';
import { decisionButtons, decisionsPart, settledBy } from '../decisions.ts';
import type { Standing } from '../outcome.ts';
import { code, moment, said } from '../text.ts';
import { planParts, shortHash, targetsToChange } from './plan.ts';
import { rolloutGoal } from './root.ts';
import { endOf } from './standing.ts';
import { many, span } from './words.ts';

const LONGEST_REASON_SHOWN = 1_000;

/** Somebody may still decide. */
const isOpen = ({ status, stop }: RolloutRecord, gate: RolloutGate): boolean => gate.status === 'waiting' && status === 'running' && !stop;

const answer = ({ outcome }: RolloutRecord, gate: RolloutGate): Standing =>
  settledBy(gate) ?? {
    sign: outcome ? endOf(outcome).sign : ':octagonal_sign:',
    says: 'Not decided, and no decision is needed now',
  };

/** What is let through: the rollout, or one of its later waves. */
function subject({ request }: RolloutRecord, { request: { wave, plan } }: RolloutGate): string {
  const goal = rolloutGoal(request);
  if (wave === 1) return goal;
  return `wave ${wave} of ${plan.waves.length} of ${goal} (${many(plan.waves[wave - 1]?.targets ?? 0, 'target')})`;
}

/** What is asked once more before it is approved. */
function inOneLine({ request }: RolloutRecord, { request: { wave, plan } }: RolloutGate): string {
  const what = wave === 1 ? many(targetsToChange(plan), 'target') : `wave ${wave}`;
  return `${request.file.name}: ${what} → ${request.file.wanted.syncerMode} on ${many(plan.clusters.length, 'cluster')}, about ${span(plan.expectedSeconds)}, plan ${shortHash(plan)}.`;
}

/** What approvers of a rollout, or of one of its waves, are asked, and, once that is over, what came of it. */
export function renderRolloutApproval(record: RolloutRecord, gate: RolloutGate): Letter {
  const { rolloutId, wave, plan, requestedBy, reason, expiresAt } = gate.request;
  const open = isOpen(record, gate);
  const { sign, says } = open ? { sign: ':raised_hand:', says: 'Approval needed' } : answer(record, gate);
  const line = `${sign} *${says}*: ${subject(record, gate)}`;
  const who = `Asked by ${requestedBy === undefined ? 'unknown' : said(requestedBy, 200)}`;
  return letter(line, [
    whole(section(line)),
    whole(section(reason === undefined ? who : `${who}:\n> ${said(reason, LONGEST_REASON_SHOWN)}`)),
    // Before a later wave people look at how the waves before it went, which the messages above tell.
    ...(wave === 1 ? planParts(plan) : []),
    decisionsPart(gate),
    whole(context(...(open ? [`decide until ${moment(expiresAt)}`] : []), `plan ${code(shortHash(plan))}`, `rollout ${code(rolloutId)}`)),
    ...(open ? [decisionButtons({ changeId: rolloutId, planHash: plan.hash }, inOneLine(record, gate))] : []),
  ]);
}
