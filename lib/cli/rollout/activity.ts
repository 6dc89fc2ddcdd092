import type { TimelineEvent } from '../../../lambdas/contracts/record.ts';
import { typed } from '../../../lambdas/domain/typed-command.ts';

type DetailOf<Type extends TimelineEvent['type']> = (event: Extract<TimelineEvent, { type: Type }>) => string;

/** Events that say what a change is at; the others leave its latest step as it is. */
const DETAILS: { readonly [Type in TimelineEvent['type']]?: DetailOf<Type> } = {
  'step-started': () => '',
  sample: ({ state, lagMs, problems }) => [`sample ${state}${lagMs === undefined ? '' : `, lag ${lagMs} ms`}`, ...problems].join('; '),
  'write-claimed': ({ command }) => typed(command),
  'step-ended': ({ error }) => (error ? error.message : ''),
  window: ({ look }) => look.says,
  'approval-requested': ({ request }) => `waits for an approval until ${request.expiresAt}`,
  'cancel-requested': ({ by }) => `asked to stop by ${by}`,
};

const detailOf = (event: TimelineEvent): string => {
  const say = DETAILS[event.type] as ((event: TimelineEvent) => string) | undefined;
  return say?.(event) ?? '';
};

/** What a change is doing, as its timeline has it: the latest step, and the latest that is known of it. */
export function activityOf(timeline: readonly TimelineEvent[]): string {
  const event = timeline.findLast(({ type }) => type in DETAILS);
  if (!event) return 'begins';
  const step = 'step' in event ? event.step : timeline.findLast((other) => other.type === 'step-started')?.step;
  return [step, detailOf(event)].filter((part) => part !== undefined && part !== '').join(': ');
}
