/** An rladmin that is a real process and takes as little time as one can: it asks this process what the simulated cluster answers. */
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatedCluster } from '../../lib/simulator/cluster.ts';
import { answer } from '../../lib/simulator/rladmin.ts';
import { saveState, withState } from '../../lib/simulator/state-file.ts';

/** Instead of an exit code: the process is to kill itself. */
const KILLED = 'killed';
/** Exit code of failures that are not rladmin's. */
const FAILED = 70;
/** Ends a question: no word of it is empty. */
const END = '\0\0';

/** One line with the exit code, one with stderr, then stdout. Whoever sets `RLADMIN_SIMULATOR_STATE` is in another cluster. */
const program = (port: number, state: string): string => `#!/usr/bin/env bash
exec 3<> /dev/tcp/127.0.0.1/${port} || exit ${FAILED}
printf '%s\\0' "\${RLADMIN_SIMULATOR_STATE:-${state}}" "$RLADMIN_SIMULATOR_NODE." "$@" '' >&3
IFS= read -r code <&3 && IFS= read -r errors <&3 || exit ${FAILED}
[ "$code" != ${KILLED} ] || kill -KILL $$
printf '%b' "$errors" >&2
cat <&3
exit "$code"
`;

/** @returns undefined when rladmin never answers. */
async function answerTo(question: string): Promise<string | undefined> {
  const [state = '', node = '', ...argv] = question.split('\0');
  const number = Number.parseInt(node, 10);
  const answered = await withState(state, (cluster) => answer(cluster, argv, number || undefined));
  if (answered.hang) return undefined;
  await wait(answered.delayMs);
  const errors = answered.stderr.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `${answered.exitCode ?? KILLED}\n${errors}\n${answered.stdout}`;
}

async function serve(socket: Socket): Promise<void> {
  socket.setEncoding('utf8');
  let question = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    question += chunk;
    if (question.endsWith(END)) break;
  }
  const answered = await answerTo(question.slice(0, -END.length)).catch((error: unknown) => `${FAILED}\n${error}\n`);
  if (answered !== undefined) socket.end(answered);
}

async function listen(): Promise<number> {
  const server = createServer((socket) => {
    // Whoever asks may be killed.
    socket.on('error', () => {});
    serve(socket).catch(() => {});
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** One port for all that this process installs; it goes with the process. */
let port: Promise<number> | undefined;

/** Writes an executable that is rladmin to the cluster of a file. */
export async function writeRladmin(path: string, state: string): Promise<void> {
  port ??= listen();
  await writeFile(path, program(await port, state));
  await chmod(path, 0o755);
}

export interface InstalledRladmin {
  readonly folder: string;
  /** State of the cluster. */
  readonly state: string;
  /** An executable that is rladmin to it. */
  readonly rladmin: string;
  remove(): Promise<void>;
}

/** A folder with a cluster in a file and an rladmin of its own. */
export async function installRladmin(cluster: SimulatedCluster): Promise<InstalledRladmin> {
  const folder = await mkdtemp(join(tmpdir(), 'ssm-lab-'));
  const [state, rladmin] = [join(folder, 'state.json'), join(folder, 'rladmin')];
  await Promise.all([saveState(state, cluster), writeRladmin(rladmin, state)]);
  // A command that was killed may still be carried out.
  return { folder, state, rladmin, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }) };
}
