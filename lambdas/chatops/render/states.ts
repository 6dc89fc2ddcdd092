import type { ApprovalRequest } from '../../contracts/approval.ts';
import type { ReportedState } from '../../contracts/record.ts';
import { CLASSES, type DatabaseClass } from '../../domain/classify.ts';
import { aligned, said } from './text.ts';

const nodes = (list: readonly number[]): string =>
  list.length === 0 ? 'no node' : `node${list.length === 1 ? '' : 's'} ${list.join(', ')}`;

/** A database at one moment, or at two side by side, as lines of a table. @param titles - of the columns. */
export function stateTable(titles: readonly string[], states: readonly ReportedState[]): string[] {
  const row = (name: string, of: (state: ReportedState) => string) => [name, ...states.map(of)];
  const endpoint = (id: string) => (state: ReportedState) => {
    const found = state.endpoints.find((candidate) => candidate.id === id);
    return found ? `${found.policy}, ${nodes(found.nodes)}` : 'gone';
  };
  return aligned([
    ['', ...titles],
    row('syncer mode', (state) => state.syncerMode),
    row('in effect', (state) => state.effectiveMode),
    row('class', (state) => state.class),
    ...(states[0]?.endpoints ?? []).map(({ id }) => row(`endpoint ${id}`, endpoint(id))),
  ]);
}

/** What an approval would bring about, as lines of a table. */
export function expectationTable({ before, expected }: Pick<ApprovalRequest, 'before' | 'expected'>, isOver: boolean): string[] {
  const policyOf = (id: string) => expected.endpoints.find((endpoint) => endpoint.id === id)?.policy ?? 'gone';
  return aligned([
    ['', ...(isOver ? ['when planned', 'wanted'] : ['now', 'afterwards'])],
    ['syncer mode', before.syncerMode, expected.syncerMode],
    ...before.endpoints.map(({ id, policy }) => [`endpoint ${id}`, policy, policyOf(id)]),
  ]);
}

/** What the class of a database means, as mrkdwn. */
export const classInWords = ({ class: name }: Pick<ReportedState, 'class'>): string =>
  `class ${said(name)}: ${CLASSES[name as DatabaseClass] ?? 'not known here'}`;
