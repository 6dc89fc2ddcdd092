import type { SlackSettings } from '../contracts/chat-settings.ts';
import type { RolloutFile } from '../contracts/rollout-file.ts';
import type { ChangeStarter } from '../ports/change-starter.ts';
import type { Chat } from '../ports/chat.ts';
import type { Inspector } from '../ports/inspector.ts';
import type { RolloutStarter } from '../ports/rollout-starter.ts';
import type { RolloutStore } from '../ports/rollout-store.ts';
import type { Threads } from '../ports/threads.ts';
import type { Ports } from './ports.ts';

/** Where people find more. */
export interface Links {
  /** Path or address of the runbook; `#` and a heading are appended. */
  readonly runbook: string;
  /** Where the story of a change is: an address, or a command in back quotes. */
  readonly record: (changeId: string) => string;
  /** A command line of ours as it is typed for these changes. */
  readonly command: (words: string) => string;
}

/** What a thread is told from. */
export interface ThreadPorts extends Pick<Ports, 'store'> {
  readonly rollouts: RolloutStore;
  readonly chat: Chat;
  readonly threads: Threads;
  readonly links: Links;
  /** Where changes are told that nobody asked for in chat. */
  readonly channel?: SlackSettings['channel'];
}

/** Rollouts that the configuration names. */
export interface RolloutFiles {
  readonly names: readonly string[];
  /** One as it is written now. @throws StepError `InvalidInputError` when there is none of this name, or it cannot be read. */
  read(name: string): Promise<RolloutFile>;
}

/** What a task from chat needs of the outside world. */
export interface ChatPorts extends ThreadPorts, Pick<Ports, 'clock' | 'gates' | 'defaults' | 'waiting'> {
  readonly settings: Pick<SlackSettings, 'team' | 'operators'>;
  /** Names of the clusters that are configured. */
  readonly clusters: readonly string[];
  readonly starter: ChangeStarter;
  readonly rolloutStarter: RolloutStarter;
  readonly rolloutFiles: RolloutFiles;
  readonly inspector: Inspector;
}
