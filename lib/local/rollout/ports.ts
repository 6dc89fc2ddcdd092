import { SqliteRolloutStore } from '../../../lambdas/adapters/sqlite/rollout-store.ts';
import type { Alarms } from '../../../lambdas/ports/alarms.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import { systemClock } from '../clock.ts';
import { type LocalPortsProps, localPorts, storeFile } from '../ports.ts';

export type LocalRolloutPorts = ReturnType<typeof localRolloutPorts>;

/** CloudWatch, loaded when a rollout names an alarm. */
const lazyAlarms: Alarms = {
  raised: async (names) => {
    const [{ CloudWatchClient }, { CloudWatchAlarms }] = await Promise.all([
      import('@aws-sdk/client-cloudwatch'),
      import('../../../lambdas/adapters/cloudwatch/alarms.ts'),
    ]);
    const client = new CloudWatchClient();
    try {
      return await new CloudWatchAlarms(client).raised(names);
    } finally {
      client.destroy();
    }
  },
};

/** The ports of this machine with its rollouts, which are kept in the file of its changes. */
export function localRolloutPorts(props: LocalPortsProps) {
  const ports = localPorts(props);
  const { loaded, keep, clock = systemClock } = props;
  const rollouts: RolloutStore & { close(): void } = new SqliteRolloutStore(keep ? storeFile(loaded) : ':memory:', clock);
  const close = (): void => {
    rollouts.close();
    ports.store.close();
  };
  return { ...ports, rollouts, alarms: lazyAlarms, clusters: Object.keys(loaded.configuration.clusters), close };
}
