import type * as z from 'zod';
import type { DatabaseFacts } from '../../contracts/facts.ts';
import type { Inspection, UnreadFacts } from '../../contracts/inspection.ts';
import { CLASSES, classify, effectiveMode } from '../../domain/classify.ts';
import { DATABASE_TITLES, databaseRow, isRead, meaningsOf } from '../../domain/database-table.ts';
import type { SharedText } from '../../ports/chat.ts';
import { codeBlock, context, type Laid, type Letter, letter, list, section, whole } from './blocks.ts';
import { aligned, literal, said } from './text.ts';

type UnreadEntry = z.infer<typeof UnreadFacts>;

/** Above that a table is for a file. */
const MOST_ROWS = 25;
const LONGEST_TABLE = 2_800;
const ROOM_FOR_NAMES = 1_200;

/** `12 distributed, 3 centralized` */
function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
}

function classCounts(read: readonly DatabaseFacts[]): string[] {
  const classes = read.map(classify);
  return [...new Set(classes)].sort().map((name) => `${classes.filter((other) => other === name).length} × ${name}: ${CLASSES[name]}`);
}

const named = ({ id, name }: { readonly id: string; readonly name: string }): string => `${said(name)} (${said(id)})`;

/** What stands out among many databases. */
function summary({ databases }: Inspection): Laid[] {
  const read = databases.filter(isRead);
  const unread = databases.filter((entry): entry is UnreadEntry => !isRead(entry));
  const byFlagOnly = read.filter((facts) => facts.syncerMode === 'distributed' && effectiveMode(facts) === 'centralized');
  return [
    list('*By class*', classCounts(read), ROOM_FOR_NAMES),
    list(
      '*By mode in effect*',
      [counted(read.map(effectiveMode))].filter((line) => line !== ''),
      ROOM_FOR_NAMES,
    ),
    list(
      `:warning: *Distributed by flag only: ${byFlagOnly.length}*`,
      byFlagOnly.map(({ database }) => named(database)),
      ROOM_FOR_NAMES,
    ),
    list(
      `:warning: *Not read: ${unread.length}*`,
      unread.map((entry) => `${named(entry)}: ${said(entry.error.message)}`),
      ROOM_FOR_NAMES,
    ),
  ];
}

/** Databases of a cluster as they were found: all of them as a table, or, where they are many, what stands out, and the table as a file. */
export function renderInspection(inspection: Inspection): Letter {
  const { cluster, databases } = inspection;
  const table = aligned([DATABASE_TITLES, ...databases.map(databaseRow)]);
  const count = databases.length === 1 ? 'one database' : `${databases.length} databases`;
  const line = `*${said(cluster)}*: ${count}`;
  const about = meaningsOf(databases);
  const file: SharedText = {
    name: `${cluster}-databases.txt`,
    title: `Databases of ${cluster}`,
    text: `${[...table, '', ...about].join('\n')}\n`,
  };
  const isShort =
    databases.length <= MOST_ROWS && table.map((text) => literal(text).length + 1).reduce((a, b) => a + b, 0) <= LONGEST_TABLE;
  if (!isShort)
    return { message: letter(line, [whole(section(`${line}. The table is in the file.`)), ...summary(inspection)]).message, file };
  const meaning = about.length > 0 ? [whole(context(about.map((text) => said(text)).join('\n')))] : [];
  return letter(line, [whole(section(line)), codeBlock(databases.length > 0 ? table : [], LONGEST_TABLE), ...meaning], file);
}
