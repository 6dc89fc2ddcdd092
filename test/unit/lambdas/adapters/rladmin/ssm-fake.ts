import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  type InstanceInformation,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { SsmRunner, type SsmRunnerProps } from '../../../../../lambdas/adapters/rladmin/ssm-runner.ts';

export const [NODE_A, NODE_B, NODE_C] = ['i-0000000a', 'i-0000000b', 'i-0000000c'];
export const RUN_ID = 'change-1/tune-syncer/1';

/** An error the way the SDK throws it. */
export const sdkError = (name: string, message = 'no', httpStatusCode?: number): Error =>
  Object.assign(new Error(message), { name, ...(httpStatusCode && { $metadata: { httpStatusCode } }) });

export const section = (command: string, output: string, exitCode = 0): string =>
  `SYNCSHIFT begin ${command}\n${output}\nSYNCSHIFT end ${exitCode}\n`;

type Answer = Partial<GetCommandInvocationCommandOutput>;
export const ended = (stdout: string, rest: Answer = {}): Answer => ({
  Status: 'Success',
  StatusDetails: 'Success',
  ResponseCode: 0,
  ExecutionStartDateTime: '2026-11-23T10:00:00Z',
  StandardOutputContent: stdout,
  ...rest,
});
export const status = (StatusDetails: string, Status: Answer['Status'] = 'InProgress', rest: Answer = {}): Answer => ({
  Status,
  StatusDetails,
  ResponseCode: -1,
  ExecutionStartDateTime: '',
  StandardOutputContent: '',
  ...rest,
});
export const RUNNING = status('InProgress', 'InProgress', { ExecutionStartDateTime: '2026-11-23T10:00:00Z' });

const WORDS: Record<string, string> = {
  'status-extra-all': 'status extra all',
  status: 'status',
  'info-cluster': 'info cluster',
  'info-node-2': 'info node 2',
  'running-actions': 'cluster running_actions',
  'tune-syncer': 'tune db db:7 syncer_mode distributed',
};

/** What the document prints when every command prints its own words. */
export function echo({ Parameters = {} }: SendCommandCommandInput): string {
  const wordsOf = (action: string) => WORDS[action] ?? `info db ${Parameters.database?.[0]}`;
  const actions = Parameters.actions?.[0]?.split(',') ?? [];
  return `${actions.map((action) => section(wordsOf(action), `${wordsOf(action)}\n`)).join('')}SYNCSHIFT done\n`;
}

type SendBehaviour = (input: SendCommandCommandInput, attempt: number) => Error | undefined;
/** Answers a look at a command; the last one is given again and again. */
type Look = Answer | Error;

export interface FakeSsm {
  readonly nodes?: InstanceInformation[];
  /** @default takes every command */
  readonly onSend?: SendBehaviour;
  /** Looks at the commands, by the node they are on. @default ended, echoing */
  readonly looks?: Record<string, Look[]>;
  /** What is listed, by the number of the look. @default nothing */
  readonly onList?: (input: Record<string, unknown>, attempt: number) => { invocations: Record<string, unknown>[]; next?: string } | Error;
}

export const online = (...ids: string[]): InstanceInformation[] =>
  ids.map((InstanceId) => ({ InstanceId, PingStatus: 'Online', PlatformType: 'Linux' }));

/** Systems Manager with a clock that only moves when somebody sleeps. */
export function fakeSsm({ nodes = online(NODE_A, NODE_B), onSend, looks = {}, onList }: FakeSsm = {}) {
  let now = Date.parse('2026-11-23T10:00:00Z');
  const began = now;
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const clock = { now: () => new Date(now), sleep: async (seconds: number) => pass(seconds) };
  const client = new SSMClient({ region: 'eu-west-1', credentials: { accessKeyId: 'x', secretAccessKey: 'y' } });
  const mock = mockClient(client);
  const sent: SendCommandCommandInput[] = [];
  const lookTimes: number[] = [];
  let [sendings, lists] = [0, 0];
  mock.on(DescribeInstanceInformationCommand).resolves({ InstanceInformationList: nodes });
  mock.on(CancelCommandCommand).resolves({});
  mock.on(SendCommandCommand).callsFake((input: SendCommandCommandInput) => {
    sendings += 1;
    const error = onSend?.(input, sendings);
    if (error) throw error;
    sent.push(input);
    return { Command: { CommandId: `command-${sent.length}` } };
  });
  const looked = new Map<string, number>();
  mock.on(GetCommandInvocationCommand).callsFake(({ CommandId, InstanceId }: { CommandId: string; InstanceId: string }) => {
    lookTimes.push((now - began) / 1000);
    const input = sent[Number(CommandId.replace('command-', '')) - 1];
    const answers = looks[InstanceId] ?? [ended(input ? echo(input) : '')];
    const count = looked.get(CommandId) ?? 0;
    looked.set(CommandId, count + 1);
    const answer = answers[Math.min(count, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer;
  });
  mock.on(ListCommandInvocationsCommand).callsFake((input: Record<string, unknown>) => {
    lists += 1;
    const listed = onList?.(input, lists) ?? { invocations: [] };
    if (listed instanceof Error) throw listed;
    return { CommandInvocations: listed.invocations, ...(listed.next && { NextToken: listed.next }) };
  });
  const runner = (props: Partial<SsmRunnerProps> = {}) =>
    new SsmRunner({
      client,
      cluster: 'lab',
      instances: { tag: { key: 'redis-cluster', value: 'lab' } },
      clock,
      random: () => 0.5,
      ...props,
    });
  return {
    mock,
    clock,
    /** Lets time go by. */
    pass,
    runner,
    /** Commands that were taken. */
    sent,
    /** Seconds since the beginning at which somebody looked at a command. */
    lookTimes,
    sendings: () => sendings,
    seconds: () => (now - began) / 1000,
    cancelled: () => mock.commandCalls(CancelCommandCommand).map(({ args: [{ input }] }) => input.CommandId),
    nodesSentTo: () => sent.map(({ InstanceIds }) => InstanceIds?.[0]),
  };
}
