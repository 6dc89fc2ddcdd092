import { CancelCommandCommand, GetCommandInvocationCommand, type GetCommandInvocationCommandOutput } from '@aws-sdk/client-ssm';
import { type Fault, faultOf, problemOf } from './ssm-faults.ts';
import { listInvocations, type Sent } from './ssm-lookup.ts';
import { inSeconds, nowOf, pause, type Ssm } from './ssm-patience.ts';
import { type InvocationFacts, neverRan, type Progress, progressOf, statusText } from './ssm-status.ts';
import type { Transcript } from './ssm-transcript.ts';

/**
 * How a command that was taken ended. `undelivered` and `barred`: it never ran. `given-up`: it runs on, as far as is known.
 * `called-back`: it was cancelled before it had begun. `unreadable`: nobody may read its answer. All but `ended` say in a sentence what
 * was seen.
 */
export type Fate =
  | { readonly kind: 'ended'; readonly transcript: Transcript }
  | {
      readonly kind: 'undelivered' | 'barred' | 'overran' | 'stopped' | 'given-up' | 'called-back' | 'unreadable';
      readonly text: string;
    };

export interface Following {
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly kind: 'read' | 'write';
  /** True when the same read can be brought to another node. */
  readonly canLeave: boolean;
}

/** Seconds between two looks: short while most commands end, long for those that take minutes. */
const INTERVALS_SECONDS = [0.5, 1, 1, 2, 2, 5, 5, 5, 15];
/** How long Systems Manager may not know yet what it has just taken. */
const APPEARING_SECONDS = 30;
/** How long a node may take to begin with a read while another could do it. */
const STARTING_SECONDS = 30;
/** How long credentials may stay refused while a command runs: they are renewed by somebody else. */
const CREDENTIALS_SECONDS = 300;
/** How long a cancelled command may take to come to an end. */
const CANCELLING_SECONDS = 60;
/** The output may follow the status. */
const LOOKS_FOR_OUTPUT = 3;

/** Waits for the end of a command, and never sends it again. The SDK's own waiter takes every error for a reason to go on. */
export async function follow(ssm: Ssm, sent: Sent, following: Following): Promise<Fate> {
  return new Follower(ssm, sent, following).end();
}

class Follower {
  readonly #ssm: Ssm;
  readonly #sent: Sent;
  readonly #following: Following;
  readonly #began: number;
  readonly #name: string;
  #deadline: number;
  #seen: InvocationFacts = {};
  /** `absent`: Systems Manager says that it does not know the command; undefined: nothing was learnt about it. */
  #progress: Progress | 'absent' | undefined;
  #emptyLooks = 0;
  #lockedOutSince: number | undefined;
  #isCancelled = false;

  constructor(ssm: Ssm, sent: Sent, following: Following) {
    this.#ssm = ssm;
    this.#sent = sent;
    this.#following = following;
    this.#began = nowOf(ssm);
    this.#deadline = following.deadline;
    this.#name = `SSM command ${sent.commandId} on ${sent.node}`;
  }

  async end(): Promise<Fate> {
    for (let looks = 0; ; looks += 1) {
      await pause(this.#ssm, INTERVALS_SECONDS[Math.min(looks, INTERVALS_SECONDS.length - 1)] ?? 0, this.#deadline);
      const fate = await this.#look();
      if (fate) return fate;
      if (nowOf(this.#ssm) >= this.#deadline) return this.#giveUp();
    }
  }

  async #look(): Promise<Fate | undefined> {
    try {
      const { commandId: CommandId, node: InstanceId } = this.#sent;
      const invocation = await this.#ssm.client.send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
      this.#lockedOutSince = undefined;
      return await this.#judge(invocation);
    } catch (error) {
      return this.#endure(faultOf(error), problemOf(error));
    }
  }

  async #judge(invocation: GetCommandInvocationCommandOutput): Promise<Fate | undefined> {
    this.#seen = invocation;
    const progress = progressOf(invocation);
    this.#progress = progress;
    switch (progress) {
      case 'running':
        return undefined;
      case 'waiting':
        return this.#leaveWhenLate();
      case 'delayed':
        return this.#following.kind === 'write' ? this.#callBack() : this.#leave();
      case 'ended':
        return this.#transcriptOf(invocation);
      case 'undelivered':
      case 'barred':
        return { kind: neverRan(invocation) ? progress : 'stopped', text: this.#say(statusText(invocation)) };
      case 'overran':
      case 'stopped':
        return {
          kind: progress,
          text: this.#say(`${statusText(invocation)}${this.#isCancelled ? ', called back because it was delayed' : ''}`),
        };
    }
  }

  #transcriptOf({
    StandardOutputContent,
    StandardErrorContent,
    ResponseCode,
    ...facts
  }: GetCommandInvocationCommandOutput): Fate | undefined {
    const transcript = { stdout: StandardOutputContent ?? '', stderr: StandardErrorContent ?? '', responseCode: ResponseCode ?? -1 };
    // The document prints something whatever happens, so a success without a word is an answer that is not complete yet.
    const isEarly = facts.Status === 'Success' && transcript.stdout === '' && this.#emptyLooks < LOOKS_FOR_OUTPUT;
    this.#emptyLooks += 1;
    return isEarly ? undefined : { kind: 'ended', transcript };
  }

  /** Not to have got an answer says nothing about the command. */
  async #endure(fault: Fault, problem: string): Promise<Fate | undefined> {
    if (fault === 'not-there-yet') {
      this.#progress = 'absent';
      return this.#lookForIt();
    }
    if (fault !== 'credentials' && fault !== 'refused') return undefined;
    this.#lockedOutSince ??= nowOf(this.#ssm);
    const isTemporary = fault === 'credentials' || this.#following.kind === 'write';
    if (isTemporary && nowOf(this.#ssm) - this.#lockedOutSince < CREDENTIALS_SECONDS * 1000) return undefined;
    return { kind: 'unreadable', text: this.#say(`its answer cannot be read: ${problem}`) };
  }

  /** The list may know what the single answer does not. */
  async #lookForIt(): Promise<Fate | undefined> {
    if (!this.#isLaterThan(APPEARING_SECONDS)) return undefined;
    const [entry] = await listInvocations(this.#ssm, { CommandId: this.#sent.commandId }, this.#deadline);
    if (!entry) return this.#leaveWhenLate();
    this.#seen = entry;
    this.#progress = progressOf(entry);
    return this.#progress === 'undelivered' ? { kind: 'undelivered', text: this.#say(statusText(entry)) } : undefined;
  }

  async #leaveWhenLate(): Promise<Fate | undefined> {
    return this.#isLaterThan(STARTING_SECONDS) ? this.#leave() : undefined;
  }

  async #leave(): Promise<Fate | undefined> {
    if (!this.#following.canLeave) return undefined;
    await this.#cancel();
    return { kind: 'undelivered', text: this.#say(`not delivered yet (${statusText(this.#seen)}), and another node can be asked`) };
  }

  /** A write that would run at some later moment, when nobody expects it, is called back. Whether that worked is not known. */
  async #callBack(): Promise<undefined> {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    await this.#cancel();
    this.#deadline = Math.min(this.#deadline, inSeconds(this.#ssm, CANCELLING_SECONDS));
  }

  async #giveUp(): Promise<Fate> {
    // To end a write that runs ends rladmin and not the job in the cluster; one that has not begun must not begin any more.
    const isYetToBegin = this.#isYetToBegin();
    if (this.#following.kind === 'read' || isYetToBegin) await this.#cancel();
    const waited = Math.round((nowOf(this.#ssm) - this.#began) / 1000);
    const kind = this.#isCancelled ? 'stopped' : isYetToBegin ? 'called-back' : 'given-up';
    return { kind, text: this.#say(`${statusText(this.#seen)} after ${waited} s`) };
  }

  async #cancel(): Promise<void> {
    const { commandId: CommandId, node } = this.#sent;
    // Whether it can be cancelled does not change what is known about it.
    await this.#ssm.client.send(new CancelCommandCommand({ CommandId, InstanceIds: [node] })).catch(() => {});
  }

  #isYetToBegin(): boolean {
    return this.#progress === 'waiting' || this.#progress === 'delayed' || this.#progress === 'absent';
  }

  #isLaterThan(seconds: number): boolean {
    return nowOf(this.#ssm) - this.#began >= seconds * 1000;
  }

  #say(what: string): string {
    return `${this.#name}: ${what}`;
  }
}
