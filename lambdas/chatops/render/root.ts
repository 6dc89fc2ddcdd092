import type { FullChangeRequest } from '../../contracts/request.ts';
import type { ChatMessage } from '../../ports/chat.ts';
import { context, letter, section, whole } from './blocks.ts';
import type { Standing } from './outcome.ts';
import { code, said } from './text.ts';

/** What somebody asked for. */
export type Asked = Pick<FullChangeRequest, 'target'> & {
  readonly changeId: string;
  readonly wanted: Pick<FullChangeRequest['wanted'], 'syncerMode'> & { readonly proxyPolicy?: string | undefined };
  readonly requestedBy?: string | undefined;
  readonly reason?: string | undefined;
  readonly planOnly?: boolean | undefined;
};

/** `*eu-west/orders* → distributed`: which database, and where it is to go. */
export const goal = ({ target, wanted, planOnly = false }: Pick<Asked, 'target' | 'wanted' | 'planOnly'>): string =>
  `*${said(`${target.cluster}/${target.database}`)}* → ${wanted.syncerMode}${planOnly ? ' (plan only)' : ''}`;

/** Who asked, and why: ` — asked by alice@example.com: CHG-1234`. */
export function askedBy({ requestedBy, reason }: Pick<Asked, 'requestedBy' | 'reason'>): string {
  const who = requestedBy === undefined ? '' : `asked by ${said(requestedBy, 200)}`;
  const why = reason === undefined ? '' : said(reason);
  const both = [who, why].filter((part) => part !== '').join(': ');
  return both === '' ? '' : ` — ${both}`;
}

/** The first message of a change's thread: what is asked, by whom, and how it stands, in one line. */
export function rootMessage(asked: Asked, { sign, says }: Standing): ChatMessage {
  const line = `${sign} ${goal(asked)}: ${says}${askedBy(asked)}`;
  return letter(line, [whole(section(line), context(`change ${code(asked.changeId)}`))]).message;
}
