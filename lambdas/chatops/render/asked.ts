import type { CommandTask } from '../../contracts/chat-task.ts';
import type { ChatMessage } from '../../ports/chat.ts';
import { letter, section, whole } from './blocks.ts';
import { type Asked, rootMessage } from './root.ts';
import { STARTING } from './standing.ts';
import { said } from './text.ts';

/** The first message of a thread about something that is no change. */
export function renderAsked({ user, words }: Pick<CommandTask, 'user' | 'words'>): ChatMessage {
  const line = `<@${user}> asked: \`${said(`/syncshift ${words}`, 2_000)}\``;
  return letter(line, [whole(section(line))]).message;
}

/** The first message of a change's thread before the change is on record: as the root will look then. */
export const renderOpening = (request: Asked): ChatMessage => rootMessage(request, STARTING);

/** The first message of a thread whose change never began. */
export const renderNotStarted = (request: Asked, why: string): ChatMessage =>
  rootMessage(request, { sign: ':no_entry:', says: `could not be started: ${said(why)}` });
