import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { CloudWatchAlarms } from '../../../../../lambdas/adapters/cloudwatch/alarms.ts';

const client = mockClient(CloudWatchClient);
beforeEach(() => client.reset());
const alarms = () => new CloudWatchAlarms(new CloudWatchClient({ region: 'eu-west-1' }));
const metric = (AlarmName: string, StateValue: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA') => ({ AlarmName, StateValue });

describe('alarms of CloudWatch', () => {
  it('are those that are raised, metric and composite ones, in the order of their names as given', async () => {
    client.on(DescribeAlarmsCommand).resolves({
      MetricAlarms: [metric('errors', 'ALARM'), metric('quiet', 'OK'), metric('unfed', 'INSUFFICIENT_DATA')],
      CompositeAlarms: [metric('any', 'ALARM')],
    });
    expect(await alarms().raised(['any', 'quiet', 'unfed', 'errors', 'any'])).toEqual(['any', 'errors']);
    expect(client.commandCalls(DescribeAlarmsCommand).map(({ args }) => args[0].input)).toEqual([
      { AlarmNames: ['any', 'quiet', 'unfed', 'errors'], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 100 },
    ]);
  });

  it('are asked for a hundred at a time', async () => {
    client
      .on(DescribeAlarmsCommand)
      .callsFake(({ AlarmNames }) => ({ MetricAlarms: AlarmNames.map((name: string) => metric(name, 'OK')) }));
    expect(await alarms().raised(Array.from({ length: 101 }, (_, index) => `a${index}`))).toEqual([]);
    expect(client.commandCalls(DescribeAlarmsCommand).map(({ args }) => args[0].input.AlarmNames?.length)).toEqual([100, 1]);
  });

  it('are an error where one of them does not exist', async () => {
    client.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [metric('lag', 'OK')] });
    await expect(alarms().raised(['lag', 'lgg', 'lhg'])).rejects.toMatchObject({
      name: 'PreconditionFailedError',
      message: 'CloudWatch has no alarm lgg, lhg',
    });
  });

  it('are an error where nobody answers', async () => {
    client.on(DescribeAlarmsCommand).rejects(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
    await expect(alarms().raised(['lag'])).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: 'CloudWatch does not tell the state of its alarms (ThrottlingException: slow down)',
    });
  });
});
