import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../bundle.ts';
import type { Figure } from './figure.ts';
import { programs } from './rollout-ports.ts';
import type { Asked, Taken } from './rollout-run.ts';

const CONCURRENCY = { total: 20, perCluster: 2 };
/** How long each simulated command takes. */
const LATENCY_MS = 2;
const SIZES = [10, 100, 1_000, 10_000];
const COMPARED = [10, 100];
/** Growth is told relative to this size: smaller ones are mostly beginning and end. */
const REFERENCE = 100;
const BUDGET = { targets: 1_000, megabytes: 300 };

const named = (targets: number): string => `rollout of ${targets.toLocaleString('en')}`;

type Take = (asked: Omit<Asked, 'latencyMs' | 'concurrency'>) => Taken;

/** Each in a process of its own, so that what one took does not count for the next. @param program - that runs one. */
const takenBy =
  (program: string): Take =>
  (asked) =>
    JSON.parse(
      execFileSync(process.execPath, [program, JSON.stringify({ ...asked, latencyMs: LATENCY_MS, concurrency: CONCURRENCY })], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    ) as Taken;

/** Commands that had to wait for each other, at their latency: those of the busiest cluster, or all of them side by side. */
const leastMs = ({ commands, mostOnOneCluster }: Taken): number =>
  LATENCY_MS * Math.max(mostOnOneCluster / CONCURRENCY.perCluster, commands / CONCURRENCY.total);

function figuresOf(targets: number, taken: Taken, reference: number | undefined): Figure[] {
  const { wallMs, cpuMs, startMb, peakMb, commands } = taken;
  const name = named(targets);
  return [
    { name: `${name}: time`, unit: 's', value: wallMs / 1000, note: `${(cpuMs / targets).toFixed(1)} ms of processor for each target` },
    { name: `${name}: least time of its commands`, unit: 's', value: leastMs(taken) / 1000, note: `${LATENCY_MS} ms each` },
    { name: `${name}: commands`, unit: '', value: commands, note: `${(commands / targets).toFixed(1)} for each target` },
    {
      name: `${name}: memory at its peak`,
      unit: 'MB',
      value: peakMb,
      ...(targets === BUDGET.targets && { budget: BUDGET.megabytes }),
      note: `${startMb.toFixed(0)} MB before it began, with the simulated clusters`,
    },
    ...(reference === undefined
      ? []
      : [{ name: `${name}: time for each target, times that of ${REFERENCE}`, unit: 'x', value: wallMs / targets / reference }]),
  ];
}

/** The documented procedure, without anything that could go wrong in it. */
const LOOP = `
rladmin=$1 id=$2
"$rladmin" status > /dev/null || exit 1
"$rladmin" bind db db:$id endpoint $id:1 policy all-master-shards > /dev/null || exit 1
"$rladmin" status endpoints db db:$id | grep -q all-master-shards || exit 1
"$rladmin" tune db db:$id syncer_mode distributed > /dev/null || exit 1
"$rladmin" info db db:$id | grep -q 'syncer_mode: distributed'
`;
const LOOP_COMMANDS = 5;

/** As many as the rollout may change at once. */
const atOnce = (clusters: number): number => Math.min(CONCURRENCY.total, CONCURRENCY.perCluster * clusters);

/** Milliseconds that the procedure takes when a shell runs it for every database, as many at once as the rollout has. */
function shellLoop(targets: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-bench-'));
  try {
    const paths = Object.values(programs(targets, folder));
    const all = paths.flatMap((path) => Array.from({ length: targets / paths.length }, (_, at) => `${path} ${at + 1}\n`));
    const loop = join(folder, 'loop.sh');
    writeFileSync(loop, LOOP);
    const startedAt = performance.now();
    execFileSync('xargs', ['-P', String(atOnce(paths.length)), '-n', '2', 'sh', loop], {
      input: all.join(''),
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    return performance.now() - startedAt;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function besideShell(targets: number, take: Take): Figure[] {
  const { wallMs, cpuMs, commands } = take({ targets, over: 'programs' });
  const loopMs = shellLoop(targets);
  const name = `${named(targets)} over programs`;
  return [
    {
      name: `${name}: time`,
      unit: 's',
      value: wallMs / 1000,
      note: `${(commands / targets).toFixed(1)} programs and ${(cpuMs / targets).toFixed(1)} ms of processor for each target`,
    },
    {
      name: `${name}: time of a shell loop`,
      unit: 's',
      value: loopMs / 1000,
      note: `${LOOP_COMMANDS} programs for each target, as many at once; nothing is checked before, recorded or undone`,
    },
  ];
}

function figures(most: number, take: Take): Figure[] {
  const taken = SIZES.filter((targets) => targets <= most).map((targets) => ({ targets, ...take({ targets, over: 'memory' }) }));
  const reference = taken.find(({ targets }) => targets === REFERENCE);
  return [
    ...taken.flatMap((one) => figuresOf(one.targets, one, reference && reference.wallMs / reference.targets)),
    ...COMPARED.filter((targets) => targets <= most).flatMap((targets) => besideShell(targets, take)),
  ];
}

/**
 * Rollouts of several sizes on one machine, built as the command line is, over clusters of 20 databases, 20 changes at once and two on
 * each cluster.
 * @param most - leaves out larger ones.
 */
export async function benchRollouts(most = Number.POSITIVE_INFINITY): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-bench-'));
  try {
    await bundle({ run: 'scripts/bench/rollout-run.ts' }, folder);
    return figures(most, takenBy(join(folder, 'run.js')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
