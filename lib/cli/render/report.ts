import { OUTCOMES, type Outcome } from '../../../lambdas/contracts/outcomes.ts';
import type { ChangeReport, ReportedState } from '../../../lambdas/contracts/record.ts';
import { CLASSES, type DatabaseClass } from '../../../lambdas/domain/classify.ts';
import { typed } from '../../../lambdas/domain/typed-command.ts';
import type { Output } from '../output.ts';
import { section } from './section.ts';
import { renderTable } from './table.ts';

/** Errors of ends that are not on record: a recovery goes on with the change, or has to. */
const NOT_ON_RECORD: ReadonlySet<string> = new Set(['ExecutionCutShortError', OUTCOMES['needs-operator'].executionError]);

/** What somebody who is needed does next. */
function nextStep({ changeId, error }: ChangeReport, output: Output): string[] {
  if (NOT_ON_RECORD.has(error?.name ?? '')) return ['', `What it wrote is rolled back by: ${output.invocation(`recover ${changeId}`)}`];
  // Somebody cleared it, so there is no lock to clear.
  if (error?.name === 'LockLostError') return [];
  return ['', `The lock is kept. Look at the database, then: ${output.invocation(`clear ${changeId}`)}`];
}

const STYLE: Partial<Record<Outcome, Parameters<Output['style']>[0]>> = {
  applied: 'green',
  unchanged: 'green',
  planned: 'cyan',
  'rolled-back': 'yellow',
  'needs-operator': 'red',
};

const nodes = (list: number[]) => (list.length === 0 ? 'no node' : `node${list.length === 1 ? '' : 's'} ${list.join(', ')}`);

/** What a reading made before anything was written is, seen from the end of the change. */
const EARLIER: Partial<Record<Outcome, string>> = {
  planned: 'now',
  refused: 'now',
  drifted: 'when planned',
  rejected: 'when planned',
  expired: 'when planned',
  'window-missed': 'when planned',
};

function stateRows(before: ReportedState, after: ReportedState | undefined, outcome: Outcome): string[][] {
  const earlier = EARLIER[outcome] ?? 'before';
  const rows: string[][] = [after ? ['', earlier, 'after'] : ['', earlier]];
  const add = (name: string, of: (state: ReportedState) => string) => rows.push([name, of(before), ...(after ? [of(after)] : [])]);
  add('syncer mode', (state) => state.syncerMode);
  add('in effect', (state) => state.effectiveMode);
  for (const { id } of before.endpoints) {
    const of = (state: ReportedState) => state.endpoints.find((endpoint) => endpoint.id === id);
    add(`endpoint ${id}`, (state) => (of(state) ? `${of(state)?.policy}, ${nodes(of(state)?.nodes ?? [])}` : 'gone'));
  }
  add('class', (state) => state.class);
  return rows;
}

/**
 * A change for people: the outcome, before and after side by side, and what there is to know.
 * @param isRecorded - false for a plan that was made and forgotten: there is no story to look up.
 */
export function renderReport(report: ChangeReport, output: Output, isRecorded = report.outcome !== 'planned'): string {
  const { outcome, target, before, after, health, plan, error } = report;
  const name = `${target.cluster}/${target.database}${target.id ? ` (${target.id})` : ''}`;
  const headline = `${output.style('bold', name)}  ${output.style(STYLE[outcome] ?? 'red', outcome)}`;
  const upcoming = outcome === 'planned' || outcome === 'refused';
  return [
    headline,
    OUTCOMES[outcome].meaning,
    ...(error ? [`${error.name}: ${error.message}`] : []),
    '',
    ...(before ? [renderTable(stateRows(before, after, outcome)), ''] : []),
    ...(outcome === 'needs-operator' && !after ? ['How the database stands now is not on record: look yourself.'] : []),
    ...(before && !after ? [`class ${before.class}: ${CLASSES[before.class as DatabaseClass] ?? before.class}`] : []),
    ...(plan && upcoming
      ? [
          ...section(
            'commands',
            plan.steps.map((step) => typed(step.command)),
          ),
          ...section('clients', plan.clientImpact),
          ...section('blockers', plan.blockers),
        ]
      : []),
    ...section('warnings', plan?.warnings ?? []),
    ...(outcome === 'planned' && plan ? [`plan ${plan.hash.slice(0, 12)}`] : []),
    ...(health ? [`replication health: ${health}`] : []),
    ...(outcome === 'needs-operator' ? nextStep(report, output) : []),
    ...(isRecorded ? [`change ${report.changeId}; its story: ${output.invocation(`show ${report.changeId}`)}`] : []),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd();
}
