import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SqliteChangeStore } from '../../lambdas/adapters/sqlite/change-store.ts';
import { lockHeld, type TimelineEvent } from '../../lambdas/contracts/record.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import { Clusters } from '../../lambdas/runtime/clusters.ts';
import { gatesOf } from '../../lambdas/runtime/gates.ts';
import type { Ports } from '../../lambdas/runtime/ports.ts';
import { lazySecrets } from '../../lambdas/runtime/secrets.ts';
import { ConfigurationError, type LoadedConfiguration } from '../config/load.ts';
import { systemClock } from './clock.ts';
import { thisProcess } from './process.ts';

export interface LocalPortsProps {
  readonly loaded: LoadedConfiguration;
  /** False keeps everything in memory: a plan leaves no trace. */
  readonly keep: boolean;
  readonly isCancelled?: () => boolean;
  readonly onEvent?: (changeId: string, event: TimelineEvent) => void;
  readonly clock?: Clock;
}

export const storeFile = ({ stateFolder }: Pick<LoadedConfiguration, 'stateFolder'>): string => join(stateFolder, 'changes.sqlite');

/** @throws ConfigurationError when the folder or the file in it cannot be used. */
export function openStore(
  { stateFolder }: LoadedConfiguration,
  onEvent?: LocalPortsProps['onEvent'],
  clock: Clock = systemClock,
): SqliteChangeStore {
  const file = storeFile({ stateFolder });
  try {
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
    return new SqliteChangeStore(file, clock, onEvent);
  } catch (error) {
    throw new ConfigurationError(`${file}: the change store cannot be opened: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/**
 * The refusal that a change of this database would meet now.
 * @returns undefined when no lock stands, which a machine that has no change store yet never has.
 */
export async function lockOn(loaded: LoadedConfiguration, { cluster, id }: { cluster: string; id?: string }): Promise<string | undefined> {
  if (!existsSync(storeFile(loaded))) return undefined;
  const store = openStore(loaded);
  try {
    const held = (await store.locks()).find((lock) => lock.cluster === cluster && lock.database === id);
    return held && lockHeld(held).message;
  } finally {
    store.close();
  }
}

/** The clusters of a configuration as this machine reaches them. */
export const localClusters = ({ configuration, file }: LoadedConfiguration, clock: Clock = systemClock): Clusters =>
  new Clusters({ configuration, clock, secrets: lazySecrets(clock), folder: dirname(file) });

/** The ports of this machine: clusters as the configuration reaches them, the change store as a file beside the configuration. */
export function localPorts({
  loaded,
  keep,
  isCancelled = () => false,
  onEvent,
  clock = systemClock,
}: LocalPortsProps): Ports & { store: SqliteChangeStore } {
  const clusters = localClusters(loaded, clock);
  return {
    store: keep ? openStore(loaded, onEvent, clock) : new SqliteChangeStore(':memory:', clock, onEvent),
    clock,
    holder: thisProcess(),
    defaults: loaded.configuration.defaults,
    gates: gatesOf(loaded.configuration, dirname(loaded.file)),
    cluster: (name, observe, startAt) => clusters.open(name, observe, startAt),
    health: (name, observe) => clusters.health(name, observe),
    isCancelled,
  };
}
