import type { ApprovalRequest } from '../../contracts/approval.ts';
import { typed } from '../../domain/typed-command.ts';
import type { SharedText } from '../../ports/chat.ts';
import { codeBlock, type Laid, list } from './blocks.ts';
import { said } from './text.ts';

type ShownPlan = ApprovalRequest['plan'];

/** Characters for each part: together they leave a message short enough for Slack, whatever is in it. */
const ROOM = { table: 1_600, commands: 1_600, clients: 900, warnings: 1_300, blockers: 1_300 } as const;
const LONGEST_POINT = 600;

const points = (lines: readonly string[]): string[] => lines.map((line) => said(line, LONGEST_POINT));

/** The first characters of a plan's hash, by which people name it. */
export const shortHash = ({ hash }: Pick<ShownPlan, 'hash'>): string => hash.slice(0, 12);

/** A table of states, as many lines as fit. */
export const tablePart = (table: readonly string[]): Laid => codeBlock(table, ROOM.table);

export const blockersPart = ({ blockers }: Pick<ShownPlan, 'blockers'>): Laid =>
  list(':no_entry: *Stands in the way*', points(blockers), ROOM.blockers);

/** What a plan does and what there is to know about it, as much as fits. */
export const planParts = (plan: ShownPlan): Laid[] => [
  blockersPart(plan),
  codeBlock(
    plan.steps.map(({ command }) => typed(command)),
    ROOM.commands,
    'Commands',
  ),
  list('*Clients*', points(plan.clientImpact), ROOM.clients),
  list(':warning: *Warnings*', points(plan.warnings), ROOM.warnings),
];

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`), ''];

/** Everything about a plan as a text. @param table - the database at one moment, or at two side by side. */
export function inFull(changeId: string, target: string, plan: ShownPlan, table: readonly string[]): SharedText {
  const commands = plan.steps.map(({ command }) => typed(command));
  const text = [
    `${target}  change ${changeId}, plan ${shortHash(plan)}`,
    '',
    ...table,
    '',
    ...titled('blockers', plan.blockers),
    ...titled('commands', commands),
    ...titled('clients', plan.clientImpact),
    ...titled('warnings', plan.warnings),
  ];
  return { name: `${changeId}.txt`, title: `${changeId} in full`, text: `${text.join('\n').trimEnd()}\n` };
}
