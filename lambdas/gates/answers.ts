import { isDeepStrictEqual } from 'node:util';
import type { Decision, Identity } from '../contracts/approval.ts';
import { approvalsMissing, type Decidable, personOf } from '../domain/approval.ts';
import type { Ports } from '../runtime/ports.ts';

/** What somebody is told who decided, or asked for something. */
export interface Answer {
  readonly accepted: boolean;
  /** One sentence. */
  readonly says: string;
}

/** How often a decision is judged anew because another one came in between. */
export const ATTEMPTS = 20;

export const refusal = (says: string): Answer => ({ accepted: false, says });

/** A decision as it is noted, without its moment. */
export type Noted = Omit<Decision, 'at'>;

interface Asked extends Pick<Decision, 'verdict' | 'planHash' | 'reason' | 'ask'> {
  readonly identity: Identity;
}

/** A decision by the person who has the account that it came from. */
export const notedFor = ({ people }: Pick<Ports['gates'], 'people'>, { identity, verdict, reason, planHash, ask }: Asked): Noted => ({
  by: personOf(people, identity),
  via: identity.via,
  verdict,
  ...(reason !== undefined && { reason }),
  planHash,
  ...(ask !== undefined && { ask }),
});

type DecisionEvent = Noted & { readonly type: 'decision'; readonly refused?: string };
/** As the story of a change tells it, or that of a rollout. */
const isDecision = (event: { readonly type: string }): event is DecisionEvent => event.type === 'decision';

/** Whether a refusal is on record already: of this very asking, or, where a press costs nothing, of one just like it. */
export const isRefusalOf =
  ({ by, via, verdict, planHash, ask }: Noted, refused: string) =>
  (event: { readonly type: string }): boolean => {
    if (!isDecision(event)) return false;
    if (ask !== undefined && event.ask === ask) return true;
    const alike = [event.by, event.via, event.verdict, event.planHash, event.refused];
    return via === 'slack' && isDeepStrictEqual(alike, [by, via, verdict, planHash, refused]);
  };

/** Whether what counted is on record already, where one asking may be delivered more than once. */
export const isAcceptanceOf =
  ({ ask }: Noted) =>
  (event: { readonly type: string }): boolean =>
    isDecision(event) && ask !== undefined && event.ask === ask && !event.refused;

const WHAT = { approve: 'approved', reject: 'rejected', 'break-glass': 'let through alone, which raises an alarm' } as const;

/** @param what - of which the plan was decided on. */
export function acceptance(what: string, gate: Decidable, { by, verdict }: Noted): Answer {
  const missing = approvalsMissing(gate);
  const stillToCome = gate.status === 'waiting' ? `; ${missing} more ${missing === 1 ? 'person has' : 'people have'} to approve` : '';
  return { accepted: true, says: `${what}, plan ${gate.request.plan.hash.slice(0, 12)}: ${WHAT[verdict]} by ${by}${stillToCome}` };
}
