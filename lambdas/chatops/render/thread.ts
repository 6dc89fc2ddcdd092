import type { Gate } from '../../contracts/approval.ts';
import type { ChangeRecord } from '../../contracts/record.ts';
import type { ChatMessage, SharedText } from '../../ports/chat.ts';
import type { RolloutPart, ThreadPart } from '../../ports/threads.ts';
import type { Links } from '../../runtime/chat-ports.ts';
import { renderApproval } from './approval.ts';
import type { Letter } from './blocks.ts';
import { type PlanEvent, renderPlan } from './plan.ts';
import { renderProgress } from './progress.ts';
import { rootMessage } from './root.ts';
import { standingOf } from './standing.ts';
import { renderVerdict } from './verdict.ts';

/** What is on record of a change, which is all that its thread is told from. */
export interface ThreadSource {
  readonly record: ChangeRecord;
  readonly gate?: Gate;
  /** Whether the change holds the lock of its database. */
  readonly locked: boolean;
  readonly links: Links;
}

/** One message of a thread, as it should be. */
export interface Part {
  readonly part: ThreadPart | RolloutPart;
  readonly message: ChatMessage;
  readonly alsoInChannel?: boolean;
  /** What the message had no room for. */
  readonly file?: SharedText;
  /** A file that takes much to make: it is made when none was shared under this key. */
  readonly lateFile?: { readonly key: string; make(): Promise<SharedText> };
}

/**
 * The plan to show by itself. One that is only asked for is the verdict; one that somebody is asked about is in the question, so while the
 * question is about to be put there is nothing to show either.
 */
function planToShow({ record: { request, report, timeline }, gate }: ThreadSource): PlanEvent | undefined {
  if (request.planOnly || gate || (request.approval.required && !report)) return undefined;
  const event = timeline.findLast((candidate) => candidate.type === 'plan');
  return event?.plan.needed ? event : undefined;
}

const part = (name: ThreadPart, letter: Letter | undefined): Part[] => (letter ? [{ part: name, ...letter }] : []);

/** Whoever does not follow the thread has to know as well. */
const concernsAll = ({ report }: ChangeRecord): boolean => report?.outcome === 'needs-operator' || report?.outcome === 'rolled-back';

/** The thread of a change by what is on record, in the order in which it is posted; the first message begins the thread. */
export function renderThread(source: ThreadSource): Part[] {
  const { record, gate, locked, links } = source;
  const { request, report } = record;
  const plan = planToShow(source);
  const verdict = report && renderVerdict(record, report, locked, links);
  return [
    ...part('root', { message: rootMessage(request, standingOf(record, gate, locked)) }),
    ...part('plan', plan && renderPlan(record, plan)),
    ...part('approval', gate && renderApproval(record, gate, locked)),
    ...part('progress', renderProgress(record)),
    ...part('verdict', verdict).map((told) => ({ ...told, ...(concernsAll(record) && { alsoInChannel: true }) })),
  ];
}
