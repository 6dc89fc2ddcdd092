import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { StepError } from '../../contracts/errors.ts';
import type { Alarms } from '../../ports/alarms.ts';

/** As many names as one call takes. */
const AT_ONCE = 100;

/** Metric alarms and composite alarms of CloudWatch, in the account and region of the client. */
export class CloudWatchAlarms implements Alarms {
  readonly #client: Pick<CloudWatchClient, 'send'>;

  constructor(client: Pick<CloudWatchClient, 'send'>) {
    this.#client = client;
  }

  async raised(names: readonly string[]): Promise<string[]> {
    const wanted = [...new Set(names)];
    const states = new Map<string, string>();
    for (let from = 0; from < wanted.length; from += AT_ONCE)
      for (const [name, state] of await this.#statesOf(wanted.slice(from, from + AT_ONCE))) states.set(name, state);
    const missing = wanted.filter((name) => !states.has(name));
    if (missing.length > 0) throw new StepError('PreconditionFailedError', `CloudWatch has no alarm ${missing.join(', ')}`);
    return wanted.filter((name) => states.get(name) === 'ALARM');
  }

  async #statesOf(names: string[]): Promise<[string, string][]> {
    try {
      const command = new DescribeAlarmsCommand({ AlarmNames: names, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: AT_ONCE });
      const { MetricAlarms = [], CompositeAlarms = [] } = await this.#client.send(command);
      return [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName = '', StateValue = 'unknown' }) => [AlarmName, StateValue]);
    } catch (error) {
      const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new StepError('ClusterUnreachableError', `CloudWatch does not tell the state of its alarms (${reason})`, { cause: error });
    }
  }
}
