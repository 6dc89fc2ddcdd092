/** One rollout in a process of its own: prints what it took as JSON. @see ./rollout.ts */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import { runRolloutLocally } from '../../lib/local/rollout/run.ts';
import { inMemory, throughPrograms } from './rollout-ports.ts';

/** What one rollout took. */
export interface Taken {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Resident memory in MB: before the rollout began, and at its peak. */
  readonly startMb: number;
  readonly peakMb: number;
  readonly commands: number;
  /** Of the cluster that was told most. */
  readonly mostOnOneCluster: number;
}

export interface Asked {
  readonly targets: number;
  readonly over: 'memory' | 'programs';
  readonly latencyMs: number;
  readonly concurrency: { readonly total: number; readonly perCluster: number };
}

const fileOf = ({ concurrency }: Asked): RolloutFileInput => ({
  name: 'bench',
  select: { clusters: ['*'] },
  waves: { canary: 1, sizes: ['100%'] },
  concurrency: { ...concurrency },
  bake: { seconds: 0, samples: 1 },
  verification: { settleSeconds: 0, intervalSeconds: 0, samples: 1, deadlineSeconds: 60, maxLagMs: 500, requireHealth: false },
});

async function measure(asked: Asked, folder: string): Promise<Taken> {
  const { targets, over, latencyMs } = asked;
  const { ports, commands } = over === 'memory' ? inMemory(targets, folder, latencyMs) : throughPrograms(targets, folder);
  const startMb = process.memoryUsage().rss / 1e6;
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const record = await runRolloutLocally({ rolloutId: 'rol-bench', run: 0, file: fileOf(asked), ports });
  const [wallMs, { user, system }] = [performance.now() - startedAt, process.cpuUsage(cpu)];
  const states = (await ports.rollouts.targets('rol-bench')).map(({ state }) => state);
  if (record.outcome !== 'completed' || states.length !== targets || states.some((state) => state !== 'applied'))
    throw new Error(`the rollout of ${targets} ended ${record.outcome}: ${[...new Set(states)].join(', ')}`);
  const each = [...commands.values()];
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    startMb,
    peakMb: process.resourceUsage().maxRSS / 1000,
    commands: each.reduce((sum, count) => sum + count, 0),
    mostOnOneCluster: Math.max(...each),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'syncshift-bench-'));
try {
  process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '') as Asked, folder)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
