import { SendCommandCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { SsmClusterConfiguration } from '../../contracts/configuration.ts';
import { StepError } from '../../contracts/errors.ts';
import { documentNameOf } from '../../contracts/rladmin-document.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SendOptions } from '../../ports/cluster.ts';
import type { Command } from './commands.ts';
import type { CommandResult, Runner } from './runner.ts';
import { follow } from './ssm-follow.ts';
import { type Invocation, invocationOf, journeysOf, sameCommand, sentParameters } from './ssm-invocation.ts';
import { findByRunId, type Sent } from './ssm-lookup.ts';
import { SsmNodes } from './ssm-nodes.ts';
import { type Attempt, attempt, inSeconds, nowOf, ONCE, pause, type Ssm } from './ssm-patience.ts';
import { firstOf, isWithoutProgram, killed, lostRead, lostWrite, notStarted, resultsOf, timedOut, unsentRead } from './ssm-results.ts';
import { ANY_COMMAND } from './ssm-transcript.ts';

export interface SsmRunnerProps {
  /** Must not repeat requests by itself: see `ssmClient`. */
  readonly client: Pick<SSMClient, 'send'>;
  readonly cluster: string;
  readonly instances: SsmClusterConfiguration['instances'];
  readonly clock: Clock;
  /** How many of the nodes to pass over at the beginning, modulo their number, so that another node gives a second opinion. @default 0 */
  readonly startAt?: number;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
}

/** How long a write may wait for its node, in seconds. What is not begun by then never begins. */
const WRITE_DELIVERY_SECONDS = 60;
/** The limits of Systems Manager for the same of a read; within them, half of its time, so that another node has the other half. */
const READ_DELIVERY_SECONDS = { least: 30, most: 60 };
/** What a command takes on its way however short it is; a limit below it is meant for rladmin, not for the journey. */
const LEAST_READ_SECONDS = 15;
const READ_COMMENT = 'syncshift read';
/** How often one journey of reads is sent, at most. */
const MOST_SENDINGS = 5;
/** Until a command that was taken is surely listed, in seconds. */
const LISTED_SECONDS = 60;
/** Far more than clocks differ; on one node that is still a short list. */
const JUST_SENT_SECONDS = 24 * 3600;
const RECALL_SECONDS = 20;
/** Older writes are not looked for: the history of a busy account is long, and a change does not last that long. */
const RECALL_AGO_SECONDS = 7 * 24 * 3600;
const LONGEST_RUN_ID = 100;

/** Brings rladmin to the nodes of a cluster as commands of AWS Systems Manager, one node for each command, by the cluster's own document. */
export class SsmRunner implements Runner {
  readonly carriesMany = true;
  readonly #ssm: Ssm;
  readonly #cluster: string;
  readonly #nodes: SsmNodes;

  constructor({ client, cluster, instances, clock, startAt = 0, random = Math.random }: SsmRunnerProps) {
    this.#ssm = { client, clock, random };
    this.#cluster = cluster;
    this.#nodes = new SsmNodes(this.#ssm, instances, startAt);
  }

  /** @throws StepError `InvalidInputError` for a command that is no read of the document; so does the function that it returns. */
  reading(commands: readonly Command[], limitSeconds: number): (command: Command) => Promise<CommandResult> {
    const journeys = journeysOf(commands.map(readOf));
    const travelled = new Map<readonly Invocation[], Promise<CommandResult[]>>();
    const answers = new Map<string, Promise<CommandResult>>();
    const alone = async (read: Invocation) => firstOf(await this.#read([read], limitSeconds));
    const answer = async (read: Invocation): Promise<CommandResult> => {
      const isSame = (other: Invocation) => sameCommand(other.command, read.command);
      const journey = journeys.find((reads) => reads.some(isSame));
      if (!journey) return alone(read);
      const results = await remembered(travelled, journey, () => this.#read(journey, limitSeconds));
      const result = firstOf(results.slice(journey.findIndex(isSame)));
      // The others may have used up the room that the output has.
      return result.ended === 'cut' && journey.length > 1 ? alone(read) : result;
    };
    return async (command) => remembered(answers, JSON.stringify(command), () => answer(readOf(command)));
  }

  /** @throws StepError `InvalidInputError` for a command that is no write of the document, or a run id that does not fit. */
  async write(command: Command, { limitSeconds, runId }: SendOptions): Promise<CommandResult> {
    const write = invocationOf(command);
    if (write.kind !== 'write') throw new StepError('InvalidInputError', `${command.join(' ')} is no write`);
    requireRunId(runId);
    const deadline = inSeconds(this.#ssm, limitSeconds);
    // The other half is for the command itself.
    const sendUntil = inSeconds(this.#ssm, limitSeconds / 2);
    const tried = new Set<string>();
    let problem = '';
    for (;;) {
      const choice = await this.#nodes.choose(tried, sendUntil);
      if (!('node' in choice)) return notStarted(this.#cannotSend(problem || choice.problem));
      const { node } = choice;
      const order = { node, invocations: [write], comment: runId, deliverySeconds: WRITE_DELIVERY_SECONDS };
      const taken = await this.#send(order, sendUntil);
      if ('answer' in taken) return this.#followWrites([taken.answer], command, deadline, runId);
      if (taken.fault === 'unclear') return this.#followUnclear(order, taken.problem, command, deadline);
      problem = taken.problem;
      if (taken.fault !== 'wrong-node') return notStarted(this.#cannotSend(problem));
      // It was turned down before it was a command, so another node is no second write.
      tried.add(node);
      this.#nodes.avoid(node);
    }
  }

  async recall({ runId, limitSeconds }: SendOptions): Promise<CommandResult | undefined> {
    requireRunId(runId);
    const deadline = inSeconds(this.#ssm, limitSeconds);
    const found = await findByRunId(this.#ssm, { runId, agoSeconds: RECALL_AGO_SECONDS, seconds: RECALL_SECONDS });
    return found.length === 0 ? undefined : this.#followWrites(found, ANY_COMMAND, deadline, runId);
  }

  passOver(_reason: string): boolean {
    return this.#nodes.passOver();
  }

  /** Brings reads to one node after another until one answers. @returns a result for each of them. */
  async #read(journey: readonly Invocation[], limitSeconds: number): Promise<CommandResult[]> {
    const all = (result: CommandResult) => journey.map(() => result);
    const deadline = inSeconds(this.#ssm, Math.max(limitSeconds, LEAST_READ_SECONDS));
    const deliverySeconds = Math.min(Math.max(Math.floor(limitSeconds / 2), READ_DELIVERY_SECONDS.least), READ_DELIVERY_SECONDS.most);
    const tried = new Set<string>();
    let inVain: CommandResult | undefined;
    for (let sendings = 0; sendings < MOST_SENDINGS; sendings += 1) {
      if (inVain && nowOf(this.#ssm) >= deadline) break;
      const choice = await this.#nodes.choose(tried, deadline);
      if (!('node' in choice)) return all(inVain ?? (choice.isAccess ? notStarted : timedOut)(this.#cannotSend(choice.problem)));
      const { node } = choice;
      tried.add(node);
      const taken = await this.#send({ node, invocations: journey, comment: READ_COMMENT, deliverySeconds }, deadline);
      if ('answer' in taken) {
        const fate = await follow(this.#ssm, taken.answer, { deadline, kind: 'read', canLeave: this.#nodes.hasOther(tried) });
        if (fate.kind === 'ended') {
          const results = resultsOf(fate.transcript, commandsOf(journey));
          // An instance without rladmin is no node of the cluster, or not any more.
          if (!results.every(isWithoutProgram) || !this.#nodes.hasOther(tried)) return results;
          inVain = firstOf(results);
          this.#nodes.avoid(node);
          continue;
        }
        inVain = lostRead(fate);
        if (fate.kind !== 'undelivered' && fate.kind !== 'overran') return all(inVain);
        this.#nodes.avoid(node);
      } else {
        const unsent = unsentRead(taken.fault, this.#cannotSend(taken.problem));
        // A node that may come back tells more than one that is not there.
        inVain = taken.fault === 'wrong-node' ? (inVain ?? unsent) : unsent;
        if (taken.fault === 'wrong-node') this.#nodes.avoid(node);
        else if (taken.fault !== 'unclear') return all(inVain);
        else await this.#beforeSendingAgain(node, tried, deadline);
      }
    }
    return all(inVain ?? timedOut(''));
  }

  /** A read may run twice; without another node, the same one is asked again. */
  async #beforeSendingAgain(node: string, tried: Set<string>, deadline: number): Promise<void> {
    if (!this.#nodes.hasOther(tried)) tried.delete(node);
    await pause(this.#ssm, 1, deadline);
  }

  async #send({ node, invocations, comment, deliverySeconds }: Order, until: number): Promise<Attempt<Sent>> {
    const taken = await attempt(this.#ssm, until, ONCE, () =>
      this.#ssm.client.send(
        new SendCommandCommand({
          DocumentName: documentNameOf(this.#cluster),
          InstanceIds: [node],
          Parameters: sentParameters(invocations),
          Comment: comment,
          TimeoutSeconds: deliverySeconds,
        }),
      ),
    );
    if ('fault' in taken) return taken;
    const commandId = taken.answer.Command?.CommandId;
    return commandId ? { answer: { commandId, node } } : { fault: 'unclear', problem: 'the answer names no command' };
  }

  /** A write that got no answer is never sent again: if it was taken, it is listed. */
  async #followUnclear({ node, comment: runId }: Order, problem: string, command: Command, deadline: number): Promise<CommandResult> {
    const found = await findByRunId(this.#ssm, { runId, node, agoSeconds: JUST_SENT_SECONDS, seconds: LISTED_SECONDS });
    if (found.length > 0) return this.#followWrites(found, command, deadline, runId);
    return killed(
      `it is not known whether ${runId} was sent: SendCommand gave no answer (${problem}), and nothing is listed after ${LISTED_SECONDS} s`,
    );
  }

  async #followWrites(
    sent: readonly Sent[],
    command: Command | typeof ANY_COMMAND,
    deadline: number,
    runId: string,
  ): Promise<CommandResult> {
    const fates = await Promise.all(sent.map((one) => follow(this.#ssm, one, { deadline, kind: 'write', canLeave: false })));
    const [fate, ...others] = fates;
    const names = sent.map(({ commandId, node }) => `${commandId} on ${node}`).join(', ');
    if (!fate || others.length > 0) return killed(`${sent.length} commands were sent under ${runId}, where one was meant: ${names}`);
    if (fate.kind === 'undelivered') for (const { node } of sent) this.#nodes.avoid(node);
    return fate.kind === 'ended' ? firstOf(resultsOf(fate.transcript, [command])) : lostWrite(fate);
  }

  #cannotSend(problem: string): string {
    return `document ${documentNameOf(this.#cluster)} cannot be sent to cluster ${this.#cluster}: ${problem}`;
  }
}

interface Order {
  readonly node: string;
  readonly invocations: readonly Invocation[];
  readonly comment: string;
  readonly deliverySeconds: number;
}

function readOf(command: Command): Invocation {
  const read = invocationOf(command);
  if (read.kind !== 'read') throw new StepError('InvalidInputError', `${command.join(' ')} is no read`);
  return read;
}

const commandsOf = (journey: readonly Invocation[]): Command[] => journey.map(({ command }) => command);

function requireRunId(runId: string): void {
  if (runId.trim() === '' || runId.length > LONGEST_RUN_ID)
    throw new StepError('InvalidInputError', `${JSON.stringify(runId)} is no run id: expected 1 to ${LONGEST_RUN_ID} characters`);
}

function remembered<Key, Value>(memory: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = memory.get(key) ?? make();
  memory.set(key, value);
  return value;
}
