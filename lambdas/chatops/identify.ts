import type { Identity } from '../contracts/approval.ts';
import { isSamePerson, personOf } from '../domain/approval.ts';
import type { ChatUser } from '../ports/chat.ts';
import type { ChatPorts } from '../runtime/chat-ports.ts';

/** Somebody who acts in chat. */
export interface Actor {
  readonly identity: Identity & { readonly via: 'slack' };
  /** The person, as the configuration names them. */
  readonly name: string;
}

/** Why nobody can be told by what the chat knows of a user, or undefined. */
function whyUnknown({ team, email, isEmailConfirmed, isBot, isDeactivated, isGuest }: ChatUser, ownTeam: string): string | undefined {
  if (isBot) return 'apps cannot do this, only people';
  if (isDeactivated) return 'your account is deactivated';
  if (isGuest || team !== ownTeam) return 'guests and people of other workspaces cannot do this';
  if (!email) return 'Slack shows no e-mail address of yours, so nobody knows who you are to syncshift';
  if (!isEmailConfirmed) return 'Slack does not say that your e-mail address is confirmed, so it proves nothing';
  return undefined;
}

/**
 * Who a member of the workspace is: known by the confirmed e-mail address.
 * @returns one sentence when that cannot be told.
 * @throws ChatError when the chat cannot be asked.
 */
export async function identify(userId: string, { chat, settings, gates }: ChatPorts): Promise<Actor | string> {
  const user = await chat.user(userId);
  const unknown = whyUnknown(user, settings.team);
  if (unknown !== undefined) return unknown;
  const identity = { id: user.email ?? '', via: 'slack' } as const;
  return { identity, name: personOf(gates.people, identity) };
}

/** The operators as people: whoever is listed by an address is the person who has it. */
export const operatorsOf = ({ settings, gates }: Pick<ChatPorts, 'settings' | 'gates'>): string[] =>
  settings.operators.map((id) => personOf(gates.people, { id }));

/** Whether somebody may ask for changes, the way back, and a change to stop. */
export const isOperator = ({ name }: Actor, ports: Pick<ChatPorts, 'settings' | 'gates'>): boolean =>
  operatorsOf(ports).some((operator) => isSamePerson(operator, name));
