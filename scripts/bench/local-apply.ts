import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { saveState } from '../../lib/simulator/state-file.ts';
import { type Figure, median } from './figure.ts';

const RUNS = 7;
const PROGRAM = 'dist/syncshift.js';

/** An rladmin that notes when it began and ended, around the simulated one. */
const timedRladmin = (log: string, state: string) => `#!/bin/sh
begun=$(date +%s%N)
"${process.execPath}" "${join(process.cwd(), 'dist/rladmin-simulator.js')}" "${state}" "$@"
code=$?
echo "$begun $(date +%s%N)" >> "${log}"
exit $code
`;

function millisecondsIn(log: string): { commands: number; total: number } {
  const spans = readFileSync(log, 'utf8').trim().split('\n');
  const total = spans.reduce((sum, span) => {
    const [begun = '0', ended = '0'] = span.split(' ');
    return sum + Number(BigInt(ended) - BigInt(begun)) / 1e6;
  }, 0);
  return { commands: spans.length, total };
}

/** One `apply` of a plain change, C1 to D2, without any wait that it must make. */
async function apply(): Promise<{ own: number; commands: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-bench-'));
  try {
    const [state, log, rladmin] = ['cluster.json', 'times.log', 'rladmin'].map((name) => join(folder, name)) as [string, string, string];
    await saveState(state, clusterWith());
    writeFileSync(rladmin, timedRladmin(log, state));
    chmodSync(rladmin, 0o755);
    const verification = { settleSeconds: 0, intervalSeconds: 0, samples: 1, deadlineSeconds: 60 };
    const config = join(folder, 'syncshift.config.json');
    writeFileSync(config, JSON.stringify({ clusters: { lab: { transport: 'exec', rladmin: [rladmin] } }, defaults: { verification } }));
    const startedAt = performance.now();
    const args = [PROGRAM, 'apply', 'lab/orders', '--to', 'distributed', '--yes', '--quiet', '--json', '--config', config];
    execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const { commands, total } = millisecondsIn(log);
    return { own: performance.now() - startedAt - total, commands };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timeOf(args: string[]): number {
  return median(
    Array.from({ length: RUNS }, () => {
      const startedAt = performance.now();
      execFileSync(process.execPath, args, { stdio: 'ignore' });
      return performance.now() - startedAt;
    }),
  );
}

/** Own time of a local `apply`, and of the shortest thing that one can ask. */
export async function benchLocalApply(): Promise<Figure[]> {
  const runs: { own: number; commands: number }[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await apply());
  return [
    { name: 'local apply: own time beyond commands and waits', unit: 's', value: median(runs.map(({ own }) => own)) / 1000, budget: 0.5 },
    { name: 'local apply: rladmin processes', unit: '', value: runs[0]?.commands ?? 0 },
    { name: 'syncshift --version: times an empty Node', unit: 'x', value: timeOf([PROGRAM, '--version']) / timeOf(['-e', '']), budget: 2 },
  ];
}
