import { Channels, type SharedFile } from './channels.ts';
import { Tickets } from './tickets.ts';

/** The app, as the workspace knows it. */
export const APP = { app: 'A0SYNCSHIFT', bot: 'B0SYNCSHIFT', user: 'U0SYNCSHIFT', name: 'syncshift' } as const;
const SCOPES = ['chat:write', 'commands', 'files:write', 'users:read', 'users:read.email'];

export interface PersonSpec {
  readonly id: string;
  readonly email?: string;
  readonly name?: string;
  /** @default true */
  readonly confirmed?: boolean;
  readonly bot?: boolean;
  readonly guest?: boolean;
  readonly deactivated?: boolean;
  /** Of another workspace. @default the workspace's own */
  readonly team?: string;
  /** Fields of the user object as they are to be; undefined leaves one out. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/** One call that reached the workspace. */
export interface Call {
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly token?: string;
  readonly at: string;
  /** The status of the answer, 0 when there was none. */
  status: number;
  error?: string;
}

/** Something that one person sees. */
export interface Whisper {
  readonly user: string;
  readonly channel: string;
  readonly thread?: string;
  readonly text: string;
  readonly via: 'chat.postEphemeral' | 'response_url' | 'answer';
}

/** A form that somebody has before them. */
export interface OpenView {
  readonly id: string;
  readonly user: string;
  readonly fields: Readonly<Record<string, unknown>>;
  isOpen: boolean;
  /** What the app found wrong with what was entered, by block. */
  errors: Readonly<Record<string, string>>;
}

export interface Upload {
  readonly file: Omit<SharedFile, 'title' | 'text'>;
  readonly length: number;
  text?: string;
}

/** Everything that a workspace remembers. */
export class State {
  readonly team: string;
  readonly now: () => Date;
  token: string;
  /** Tokens that were good once. */
  readonly revoked = new Set<string>();
  readonly scopes = new Set(SCOPES);
  readonly people = new Map<string, PersonSpec>();
  readonly channels: Channels;
  readonly tickets: Tickets;
  readonly whispers: Whisper[] = [];
  readonly views: OpenView[] = [];
  readonly uploads = new Map<string, Upload>();
  readonly calls: Call[] = [];
  /** Of the stand-in, once it listens. */
  origin = '';

  constructor(team: string, token: string, now: () => Date) {
    this.team = team;
    this.token = token;
    this.now = now;
    this.channels = new Channels(now);
    this.tickets = new Tickets(now);
  }
}
