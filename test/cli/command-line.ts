/** Runs the built command line as a user would: a process of its own, in a folder with a configuration. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';
import { type ForeignCluster, ForeignState, STAND_IN } from '../support/foreign-rladmin/foreign-cluster.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');
const BUILT = join(DIST, 'syncshift.js');
/** The Node of the lock file where it is installed: the one that `npm run` would take. */
const NODE = [join(ROOT, 'node_modules', '.bin', 'node')].find(existsSync) ?? process.execPath;

const newest = (path: string): number => {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
};

const isStale = (): boolean => {
  if (!existsSync(BUILT)) return true;
  const built = statSync(BUILT).mtimeMs;
  return ['bin', 'lib', 'lambdas', 'scripts', 'package.json'].some((path) => newest(join(ROOT, path)) > built);
};

/**
 * Builds `dist` when it is older than a source, and copies it: a build that somebody starts in the meantime empties the folder.
 * Test files run side by side, so one of them builds and the others wait.
 */
async function copyOfBuild(): Promise<string> {
  const lock = join(tmpdir(), `syncshift-build-${createHash('sha256').update(ROOT).digest('hex').slice(0, 12)}`);
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // Left behind by a run that was killed in the middle of a build.
      if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 60_000) rmSync(lock, { recursive: true, force: true });
      await sleep(100);
    }
  }
  try {
    if (isStale()) execFileSync(NODE, ['scripts/build.ts'], { cwd: ROOT, stdio: 'ignore' });
    const copy = mkdtempSync(join(tmpdir(), 'syncshift-dist-'));
    cpSync(DIST, copy, { recursive: true });
    // Its neighbour says that the files are modules.
    cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
    return copy;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One started command line. */
export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

const VERIFICATION = { settleSeconds: 0, intervalSeconds: 0, samples: 2, deadlineSeconds: 20 };

/** A folder with a configuration that leads to one stand-in cluster, called `lab`. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'syncshift-cli-'));
  readonly cluster: ForeignState;
  readonly #program: string;

  constructor(program: string, cluster: ForeignCluster = {}, verification: Readonly<Record<string, unknown>> = {}) {
    this.#program = program;
    this.cluster = new ForeignState(cluster);
    this.configure({
      clusters: { lab: { transport: 'exec', rladmin: [STAND_IN, this.cluster.folder] } },
      defaults: { verification: { ...VERIFICATION, ...verification } },
    });
  }

  get configFile(): string {
    return join(this.folder, 'syncshift.config.json');
  }

  configure(configuration: unknown): void {
    writeFileSync(this.configFile, typeof configuration === 'string' ? configuration : JSON.stringify(configuration));
  }

  configuration(): string {
    return readFileSync(this.configFile, 'utf8');
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
    const child = spawn(NODE, [this.#program, ...args], {
      cwd: this.folder,
      // A process group of its own, so that a signal can be sent to all of it as a terminal does.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: this.folder, LANG: 'C.UTF-8', ...env },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      output.stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output.stderr += chunk.toString('utf8');
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, ...output }));
    });
    return { process: child, ended };
  }

  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  /** Runs with `--json` and reads the one document that stdout must be. */
  async json<T = Report>(...args: string[]): Promise<Ended & { document: T }> {
    const ended = await this.run([...args, '--json']);
    return { ...ended, document: JSON.parse(ended.stdout) as T };
  }

  inspect(target: string): Promise<Ended & { document: Inspection }> {
    return this.json<Inspection>('inspect', target);
  }

  apply(...args: string[]): Promise<Ended & { document: Report }> {
    return this.json('apply', ...(args.length > 0 ? args : ['lab/orders']), '--to', 'distributed', '--yes');
  }

  remove(): void {
    this.cluster.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface ReportedFacts {
  readonly syncerMode: string;
  readonly effectiveMode: string;
  readonly class: string;
  readonly endpoints: readonly { readonly id: string; readonly policy: string; readonly nodes: readonly number[] }[];
}

/** The documented answer of `plan` and `apply`. */
export interface Report {
  readonly changeId: string;
  readonly outcome: string;
  readonly target: { readonly cluster: string; readonly database: string; readonly id: string };
  readonly before: ReportedFacts;
  readonly after: ReportedFacts;
  readonly health: string;
  readonly plan: {
    readonly hash: string;
    readonly steps: readonly { readonly name: string; readonly command: string }[];
    readonly warnings: readonly string[];
    readonly blockers: readonly string[];
  };
  readonly steps: readonly { readonly name: string; readonly startedAt: string; readonly endedAt: string; readonly result: string }[];
  readonly error?: { readonly name: string; readonly message: string };
}

/** The answer of `inspect`: facts of one database, or a list of them. */
export interface Inspection extends ReportedFacts {
  readonly databases?: readonly ReportedFacts[];
  readonly error?: Report['error'];
}

const WRITE =
  /^(?:bind db db:(\d+) endpoint \1:[1-9]\d* policy (?:all-master-shards|all-nodes)|tune db db:(\d+) syncer_mode (?:centralized|distributed))$/;

/** What no test may ever see in the log of a stand-in, whatever it was about. */
function violations({ cluster }: Workplace): string[] {
  const written = cluster.writes().flatMap((call) => {
    const [whole, bound, tuned] = WRITE.exec(call) ?? [];
    if (whole === undefined) return [`unexpected write: ${call}`];
    return (bound ?? tuned) === '12' ? [`write to a neighbour: ${call}`] : [];
  });
  return [
    ...written,
    ...cluster
      .calls()
      .flatMap((call) => (/^[a-z0-9_: -]+$/.test(call) && !/(?:^| )-|flush|sync /.test(call) ? [] : [`unsafe call: ${call}`])),
    ...cluster.unsafe().map((endpoint) => `distributed was sent while an endpoint was ${endpoint}`),
  ];
}

/**
 * A maker of workplaces for one test file: builds first, tidies up last, and holds every log against the safety rules.
 * Database 12 is the neighbour that nothing may be sent to.
 */
export function workplaces(): (cluster?: ForeignCluster, verification?: Readonly<Record<string, unknown>>) => Workplace {
  const made: Workplace[] = [];
  let build = '';
  beforeAll(async () => {
    build = await copyOfBuild();
  }, 90_000);
  afterAll(() => {
    const found = made.flatMap(violations);
    for (const workplace of made) workplace.remove();
    rmSync(build, { recursive: true, force: true });
    expect(found).toEqual([]);
  });
  return (cluster, verification) => {
    const workplace = new Workplace(join(build, 'syncshift.js'), cluster, verification);
    made.push(workplace);
    return workplace;
  };
}

/** Waits until the stand-in has been asked for something. */
export async function untilCalled(cluster: ForeignState, wanted: RegExp, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!cluster.calls().some((call) => wanted.test(call))) {
    if (Date.now() > end) throw new Error(`never called: ${wanted}; calls: ${cluster.calls().join('; ')}`);
    await sleep(20);
  }
}
