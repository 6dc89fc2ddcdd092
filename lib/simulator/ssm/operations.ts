import { randomUUID } from 'node:crypto';
import { type CommandDocument, checked, scriptFor } from './document.ts';
import { invalid, ServiceFailure } from './failure.ts';
import type { SsmEffect } from './faults.ts';
import type { Input } from './input.ts';
import { textOf } from './input.ts';
import { Invocation } from './invocation.ts';

/** A managed node. */
export interface SimulatedInstance {
  id: string;
  /** Number of the cluster's node it is; its commands find it in `RLADMIN_SIMULATOR_NODE`. */
  node: number;
  /** Whether its agent answers. @default true */
  online?: boolean;
  /** @default 'Linux' */
  platform?: string;
  tags?: Record<string, string>;
  /** Further environment of its commands. */
  environment?: Record<string, string>;
}

/** What the service keeps. */
export interface Registry {
  readonly documents: Record<string, CommandDocument>;
  readonly instances: SimulatedInstance[];
  /** Oldest first. */
  readonly invocations: Invocation[];
  /** How long a question waits for a running script. */
  readonly holdMs: number;
  /** How details are spelled: the guide has blanks, payloads may have none. */
  readonly spelling: 'spaced' | 'compact';
}

const COMMENT_LIMIT = 100;
const EXCERPT_LIMIT = 2_500;
const MINIMUM_TIMEOUT_SECONDS = 30;
const USUAL_TIMEOUT_SECONDS = 3_600;
const EPOCH = (moment: Date): number => moment.getTime() / 1000;

type Operation = (registry: Registry, input: Input, effects: SsmEffect[]) => Promise<unknown> | unknown;

export const OPERATIONS: Record<string, Operation> = {
  SendCommand: sendCommand,
  GetCommandInvocation: getCommandInvocation,
  ListCommandInvocations: listCommandInvocations,
  ListCommands: listCommands,
  CancelCommand: cancelCommand,
  DescribeInstanceInformation: describeInstanceInformation,
};

function sendCommand(registry: Registry, input: Input, effects: SsmEffect[]): unknown {
  const name = textOf(input.DocumentName) ?? '';
  const comment = textOf(input.Comment) ?? '';
  if (comment.length > COMMENT_LIMIT) throw invalid('comment', `Member must have length less than or equal to ${COMMENT_LIMIT}`);
  const timeoutSeconds = input.TimeoutSeconds === undefined ? USUAL_TIMEOUT_SECONDS : Number(input.TimeoutSeconds);
  if (!(timeoutSeconds >= MINIMUM_TIMEOUT_SECONDS))
    throw invalid('timeoutSeconds', `Member must have value greater than or equal to ${MINIMUM_TIMEOUT_SECONDS}`);
  if (input.Targets !== undefined) throw invalid('targets', 'only instance ids are simulated');
  const document = Object.hasOwn(registry.documents, name) ? registry.documents[name] : undefined;
  if (!document) throw new ServiceFailure('InvalidDocument', `Document with name ${name} does not exist.`);
  const ids = Array.isArray(input.InstanceIds) ? input.InstanceIds : [];
  if (ids.length === 0) throw invalid('instanceIds', 'Member must not be empty');
  const instances = ids.map((id) => reachable(registry, id));
  const parameters = checked(document, input.Parameters);
  const id = randomUUID();
  const sent = instances.map((instance) => {
    const step = scriptFor(document, parameters, instance.platform ?? 'Linux');
    const environment = { ...instance.environment, RLADMIN_SIMULATOR_NODE: String(instance.node) };
    const order = { id, instance: instance.id, document: name, comment, parameters, timeoutSeconds, environment };
    return new Invocation({ ...order, plugin: step.name, script: step.script }, effects);
  });
  registry.invocations.push(...sent);
  return { Command: { ...commandOf(sent), Status: 'Pending', StatusDetails: 'Pending' } };
}

function reachable({ instances }: Registry, id: unknown): SimulatedInstance {
  const instance = instances.find((candidate) => candidate.id === id);
  if (!instance || instance.online === false)
    throw new ServiceFailure('InvalidInstanceId', `Instances [[${id}]] not in a valid state for account 123456789012`);
  return instance;
}

function commandOf(sent: Invocation[]) {
  const first = sent[0];
  return {
    CommandId: first?.order.id,
    DocumentName: first?.order.document,
    Comment: first?.order.comment,
    Parameters: first?.order.parameters,
    TimeoutSeconds: first?.order.timeoutSeconds,
    RequestedDateTime: EPOCH(first?.requestedAt ?? new Date()),
    InstanceIds: sent.map(({ order }) => order.instance),
    TargetCount: sent.length,
    Status: first?.status,
    StatusDetails: first?.details,
  };
}

async function getCommandInvocation(registry: Registry, input: Input): Promise<unknown> {
  const invocation = registry.invocations.find(({ order }) => order.id === input.CommandId && order.instance === input.InstanceId);
  if (!invocation?.poll()) throw new ServiceFailure('InvocationDoesNotExist');
  if (input.PluginName !== undefined && input.PluginName !== invocation.order.plugin) throw new ServiceFailure('InvalidPluginName');
  await invocation.settled(registry.holdMs);
  const { order, endedAt } = invocation;
  // What was never delivered has no beginning.
  const startedAt = invocation.wasDelivered ? invocation.startedAt : undefined;
  return {
    CommandId: order.id,
    InstanceId: order.instance,
    Comment: order.comment,
    DocumentName: order.document,
    DocumentVersion: '$DEFAULT',
    PluginName: order.plugin,
    ResponseCode: invocation.responseCode,
    ExecutionStartDateTime: startedAt?.toISOString() ?? '',
    ExecutionElapsedTime: startedAt && endedAt ? `PT${(endedAt.getTime() - startedAt.getTime()) / 1000}S` : '',
    ExecutionEndDateTime: endedAt?.toISOString() ?? '',
    ...statusOf(registry, invocation),
    StandardOutputContent: invocation.stdout,
    StandardErrorContent: invocation.stderr,
  };
}

const statusOf = ({ spelling }: Registry, { status, details }: Invocation) => ({
  Status: status,
  StatusDetails: spelling === 'compact' ? details.replaceAll(' ', '') : details,
});

async function listCommandInvocations(registry: Registry, input: Input, effects: SsmEffect[]): Promise<unknown> {
  const wanted = matching(registry, input, effects);
  await Promise.all(wanted.map((invocation) => invocation.settled(input.CommandId === undefined ? 0 : registry.holdMs)));
  const { items, NextToken } = pageOf(wanted, input);
  return { CommandInvocations: items.map((invocation) => listed(registry, invocation, input.Details === true)), ...NextToken };
}

/** Newest first. Those that nobody knows of yet are passed over, which counts as a question. */
function matching({ invocations }: Registry, input: Input, effects: SsmEffect[]): Invocation[] {
  if (effects.some(({ kind }) => kind === 'empty')) return [];
  const { CommandId: id, InstanceId: instance } = input;
  const filters = Array.isArray(input.Filters) ? (input.Filters as { key?: string; value?: string }[]) : [];
  return invocations
    .filter(({ order }) => (id === undefined || order.id === id) && (instance === undefined || order.instance === instance))
    .filter((invocation) => filters.every(({ key, value }) => passes(invocation, key, value ?? '')))
    .filter((invocation) => invocation.poll())
    .reverse();
}

function passes({ order, status, requestedAt }: Invocation, key: string | undefined, value: string): boolean {
  if (key === 'DocumentName') return order.document === value;
  if (key === 'Status') return status === value;
  if (key === 'InvokedAfter') return requestedAt.getTime() >= Date.parse(value);
  if (key === 'InvokedBefore') return requestedAt.getTime() < Date.parse(value);
  throw new ServiceFailure('InvalidFilterKey');
}

function listed(registry: Registry, invocation: Invocation, detailed: boolean) {
  const { order, requestedAt, responseCode, stdout, stderr } = invocation;
  const status = statusOf(registry, invocation);
  const output = stderr ? `${stdout}\n----------ERROR-------\n${stderr}` : stdout;
  const plugin = { Name: order.plugin, ...status, ResponseCode: responseCode, Output: output.slice(0, EXCERPT_LIMIT) };
  return {
    CommandId: order.id,
    InstanceId: order.instance,
    InstanceName: '',
    Comment: order.comment,
    DocumentName: order.document,
    DocumentVersion: '$DEFAULT',
    RequestedDateTime: EPOCH(requestedAt),
    ...status,
    CommandPlugins: detailed ? [plugin] : [],
  };
}

function listCommands(registry: Registry, input: Input, effects: SsmEffect[]): unknown {
  const known = matching(registry, input, effects);
  const ids = [...new Set(known.map(({ order }) => order.id))];
  const { items, NextToken } = pageOf(ids, input);
  return { Commands: items.map((id) => commandOf(known.filter(({ order }) => order.id === id))), ...NextToken };
}

function cancelCommand({ invocations }: Registry, input: Input): unknown {
  const named = invocations.filter(({ order }) => order.id === input.CommandId);
  if (named.length === 0) throw new ServiceFailure('InvalidCommandId');
  const ids = Array.isArray(input.InstanceIds) ? input.InstanceIds : [];
  for (const invocation of named) if (ids.length === 0 || ids.includes(invocation.order.instance)) invocation.cancel();
  return {};
}

function describeInstanceInformation({ instances }: Registry, input: Input, effects: SsmEffect[]): unknown {
  const filters = Array.isArray(input.Filters) ? (input.Filters as { Key?: string; Values?: string[] }[]) : [];
  const wanted = instances.filter((instance) => filters.every(({ Key, Values }) => isSelected(instance, Key ?? '', Values ?? [])));
  const { items, NextToken } = pageOf(effects.some(({ kind }) => kind === 'empty') ? [] : wanted, input);
  return { InstanceInformationList: items.map(informationOn), ...NextToken };
}

function isSelected(instance: SimulatedInstance, key: string, values: string[]): boolean {
  const tag = /^tag:(.+)$/.exec(key)?.[1];
  if (tag !== undefined) return values.includes(instance.tags?.[tag] ?? '');
  if (key === 'InstanceIds') return values.includes(instance.id);
  if (key === 'PingStatus') return values.includes(pingOf(instance));
  if (key === 'PlatformTypes') return values.includes(instance.platform ?? 'Linux');
  throw new ServiceFailure('InvalidInstanceInformationFilterValue', `unknown filter ${key}`);
}

const pingOf = ({ online = true }: SimulatedInstance): string => (online ? 'Online' : 'ConnectionLost');

const informationOn = (instance: SimulatedInstance) => ({
  InstanceId: instance.id,
  PingStatus: pingOf(instance),
  LastPingDateTime: EPOCH(new Date()),
  AgentVersion: '3.3.987.0',
  IsLatestVersion: true,
  PlatformType: instance.platform ?? 'Linux',
  ResourceType: 'EC2Instance',
  ComputerName: `rs-a-${instance.node}`,
});

function pageOf<Item>(all: Item[], { MaxResults, NextToken }: Input): { items: Item[]; NextToken: { NextToken?: string } } {
  const from = Number(textOf(NextToken) ?? 0);
  const to = from + (MaxResults === undefined ? 50 : Number(MaxResults));
  return { items: all.slice(from, to), NextToken: to < all.length ? { NextToken: String(to) } : {} };
}
