import type { ChangeRecord, TimelineEvent } from '../../contracts/record.ts';
import { ROLLBACK_STEPS } from '../../domain/figures.ts';
import { type Letter, letter, section, whole } from './blocks.ts';
import type { Standing } from './outcome.ts';
import { goal } from './root.ts';
import { fitted, moment, said } from './text.ts';

/** Steps that are told elsewhere: the plan, the approval, the verdict. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set(['Inspect status', 'Approval gate', 'Recover change', 'Complete change']);
/** A look at the window is shown with what it found. */
const WINDOW_STEP = 'Change window';
const ROOM = 2_400;

/** One line: a step with all its attempts, or something that happened between them. */
interface Line {
  readonly step?: string;
  readonly events: TimelineEvent[];
}

const changesWhatIsShown = (event: TimelineEvent): boolean =>
  event.type === 'window' || (event.type === 'step-started' && event.step !== WINDOW_STEP);

/**
 * What is shown of a timeline that goes on: up to the latest step that began. A message that changed with every event would be edited
 * several times a minute.
 */
const settled = ({ report, timeline }: ChangeRecord): readonly TimelineEvent[] =>
  report ? timeline : timeline.slice(0, timeline.findLastIndex(changesWhatIsShown) + 1);

/** Attempts at a step are one line, those after a take-over another: they belong to another run. */
function linesOf(timeline: readonly TimelineEvent[]): Line[] {
  const lines: Line[] = [];
  let ofSteps = new Map<string, Line>();
  for (const event of timeline) {
    if (event.type === 'taken-over') ofSteps = new Map();
    if (event.type === 'cancel-requested' || event.type === 'taken-over') lines.push({ events: [event] });
    if (!('step' in event) || TOLD_ELSEWHERE.has(event.step)) continue;
    const known = ofSteps.get(event.step);
    known?.events.push(event);
    if (known || event.type !== 'step-started') continue;
    const line: Line = { step: event.step, events: [event] };
    ofSteps.set(event.step, line);
    lines.push(line);
  }
  return lines;
}

/** How often a step was begun, where that says anything: a verification begins anew with each sample, and the window with each look. */
function attempts({ events }: Line): string {
  const count = events.filter(({ type }) => type === 'step-started').length;
  return count > 1 && !events.some(({ type }) => type === 'sample' || type === 'window') ? `, attempt ${count}` : '';
}

function sampled({ events }: Line): string {
  const samples = events.filter((event) => event.type === 'sample');
  const latest = samples.at(-1);
  if (!latest) return '';
  const lag = latest.lagMs === undefined ? '' : `, lag ${Math.round(latest.lagMs)} ms`;
  return `; ${samples.length} sample${samples.length === 1 ? '' : 's'}, the latest ${said(latest.state)}${lag}`;
}

/** @param isLatest - nothing began after it, and the change goes on. */
function stateOf({ events }: Line, isLatest: boolean): Standing {
  const last = events.findLast(({ type }) => type === 'step-started' || type === 'step-ended');
  if (last?.type === 'step-ended' && last.error) return { sign: ':x:', says: `failed, ${said(last.error.name)}` };
  const look = events.findLast((event) => event.type === 'window')?.look;
  if (isLatest && look?.verdict === 'wait' && look.until) return { sign: ':calendar:', says: `waiting until ${moment(look.until)}` };
  if (last?.type === 'step-ended') return { sign: ':white_check_mark:', says: 'done' };
  return isLatest ? { sign: ':arrow_forward:', says: 'running' } : { sign: ':grey_question:', says: 'cut short' };
}

function stepInWords(step: string, line: Line, isLatest: boolean): string {
  const { sign, says } = stateOf(line, isLatest);
  return `${sign} ${ROLLBACK_STEPS.has(step) ? 'Rollback: ' : ''}${said(step)}: ${says}${attempts(line)}${sampled(line)}`;
}

function between([event]: readonly TimelineEvent[]): string {
  if (event?.type === 'cancel-requested')
    return `:octagonal_sign: Asked to stop by ${said(event.by)}${event.reason === undefined ? '' : `: ${said(event.reason)}`}`;
  if (event?.type === 'taken-over') return `:ambulance: Taken over by ${said(event.holder)}, run ${event.run}: ${said(event.why)}`;
  return '';
}

/** The latest lines are those that matter. */
const latestThatFit = (lines: readonly string[]): string => fitted(lines.toReversed(), ROOM).lines.toReversed().join('\n');

/** How far a change has come; undefined until a step has begun that is not told elsewhere. */
export function renderProgress(record: ChangeRecord): Letter | undefined {
  const lines = linesOf(settled(record));
  const latest = lines.findLast(({ step }) => step !== undefined);
  if (!latest) return undefined;
  const inWords = lines.map((line) =>
    line.step === undefined ? between(line.events) : stepInWords(line.step, line, line === latest && !record.report),
  );
  return letter(`Progress of ${goal(record.request)}: ${inWords.at(-1)}`, [whole(section(`*Progress*\n${latestThatFit(inWords)}`))]);
}
