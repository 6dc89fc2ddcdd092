import { DescribeExecutionCommand, GetExecutionHistoryCommand, type HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { REQUEST, type Story } from '../../../support/step-functions/stories.ts';
import { awsError } from './fakes.ts';

export interface Script {
  readonly story: Story;
  /** Events that have happened at the first look, the second one and so on; all of them afterwards. */
  readonly looks?: readonly number[];
  /** Events that a history shows later than the execution is described, in looks. */
  readonly historyLags?: number;
  /** Most events of a page, whatever is asked for. */
  readonly pageSize?: number;
  /** Called before each answer; what it throws is the answer. */
  readonly before?: (operation: 'describe' | 'history', call: number) => void;
}

/** Answers for one execution. @returns the mock, to look at its calls. */
export function scriptedExecution({ story, looks = [], historyLags = 0, pageSize = 1000, before = () => {} }: Script) {
  const aws = mockClient(SFNClient);
  const calls = { describe: 0, history: 0 };
  let look = -1;
  const happened = (at: number): number => (at < 0 ? 0 : (looks[at] ?? story.events.length));
  aws.on(DescribeExecutionCommand).callsFake(() => {
    calls.describe += 1;
    before('describe', calls.describe);
    look += 1;
    const { events: _, status, ...rest } = story;
    const isOver = happened(look) === story.events.length;
    return { status: isOver ? status : 'RUNNING', input: JSON.stringify(REQUEST), ...(isOver && rest) };
  });
  aws.on(GetExecutionHistoryCommand).callsFake((input: { reverseOrder?: boolean; maxResults: number; nextToken?: string }) => {
    calls.history += 1;
    before('history', calls.history);
    const lag = calls.history <= historyLags ? story.events.length : 0;
    const events: readonly HistoryEvent[] = story.events.slice(0, Math.max(0, happened(look) - lag));
    const ordered = input.reverseOrder ? events.toReversed() : events;
    const from = Number(input.nextToken ?? 0);
    if (Number.isNaN(from)) throw awsError('InvalidToken');
    const until = from + Math.min(pageSize, input.maxResults);
    return { events: ordered.slice(from, until), ...(until < ordered.length && { nextToken: String(until) }) };
  });
  return aws;
}
