import { DescribeExecutionCommand, type DescribeExecutionCommandOutput, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { DeployedWorkflow } from '../../../../lib/deployed/workflow.ts';
import { awsError, FakeTiming, newClient, stateMachine } from './fakes.ts';

const aws = mockClient(SFNClient);
beforeEach(() => aws.reset());

const timing = new FakeTiming();
const minutesAgo = (minutes: number): Date => new Date(timing.now() - minutes * 60_000);
const past = minutesAgo(1).toISOString();
const future = minutesAgo(-60).toISOString();
const stillAtWork = async (leaseUntil: string) =>
  (await new DeployedWorkflow({ client: newClient(), stateMachine, timing }).stillAtWork('chg-1', leaseUntil))?.says;
const described = (description: Partial<DescribeExecutionCommandOutput>) => aws.on(DescribeExecutionCommand).resolves(description);

describe('a deployed change may still write', () => {
  it.each(['RUNNING', 'PENDING_REDRIVE'] as const)('while its execution is %s, even past its lease', async (status) => {
    described({ status });
    expect(await stillAtWork(past)).toContain(status);
  });

  it.each(['ABORTED', 'TIMED_OUT'] as const)('for a quarter of an hour after it was %s, because the function goes on', async (status) => {
    described({ status, stopDate: minutesAgo(14) });
    expect(await stillAtWork(past)).toMatch(/a step that it had begun may run until/);
    described({ status, stopDate: minutesAgo(15) });
    expect(await stillAtWork(past)).toBeUndefined();
  });

  it.each(['SUCCEEDED', 'FAILED'] as const)('no longer once it has %s, even within its lease', async (status) => {
    described({ status, stopDate: minutesAgo(0) });
    expect(await stillAtWork(future)).toBeUndefined();
  });

  it('when it has no execution here and its lease is not over', async () => {
    aws.on(DescribeExecutionCommand).rejects(awsError('ExecutionDoesNotExist'));
    expect(await stillAtWork(future)).toMatch(/no execution in eu-west-1/);
    expect(await stillAtWork(past)).toBeUndefined();
  });

  it.each(['AccessDeniedException', 'ThrottlingException', 'InternalFailure'])('when nobody can say: %s', async (name) => {
    aws.on(DescribeExecutionCommand).rejects(awsError(name, name, name === 'InternalFailure' ? 500 : 400));
    await expect(stillAtWork(past)).rejects.toMatchObject({ name: 'ConfigurationError' });
  });
});
