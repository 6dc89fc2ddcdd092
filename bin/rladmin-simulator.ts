#!/usr/bin/env node
import { setTimeout as wait } from 'node:timers/promises';
import { answer } from '../lib/simulator/rladmin.ts';
import { withState } from '../lib/simulator/state-file.ts';

/** Exit code of the simulator's own failures, unlike any of rladmin's. */
const SIMULATOR_FAILED = 70;
/** Longest delay a timer takes: the process stays until it is killed. */
const FOREVER_MS = 2 ** 31 - 1;

/** Number of the node it stands on, where each node has its own. */
const NODE = process.env.RLADMIN_SIMULATOR_NODE;

const [path, ...argv] = process.argv.slice(2);

async function main(): Promise<void> {
  if (path === undefined) throw new Error('usage: rladmin-simulator <state.json> <rladmin arguments>');
  const { stdout, stderr, exitCode, delayMs, hang } = await withState(path, (cluster) =>
    answer(cluster, argv, NODE ? Number(NODE) : undefined),
  );
  await wait(hang ? FOREVER_MS : delayMs);
  if (exitCode === null) process.kill(process.pid, 'SIGKILL');
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode ?? SIMULATOR_FAILED;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`rladmin-simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = SIMULATOR_FAILED;
}
