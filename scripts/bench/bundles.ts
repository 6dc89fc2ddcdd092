import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundle } from '../../lib/constructs/bundling/bundle.ts';
import type { Figure } from './figure.ts';
import { median } from './figure.ts';

/** Functions that reach clusters, by one way in or the other. */
const REACHING = [
  'steps/inspect-status',
  'steps/begin-change',
  'steps/rebind-policy',
  'steps/tune-syncer',
  'steps/verify-info',
  'chatops/inspect-databases',
];
const FUNCTIONS = [
  ...REACHING,
  'steps/request-approval',
  'steps/change-window',
  'steps/complete-change',
  'steps/recover-change',
  'gates/decisions',
  'upkeep/watch-locks',
  'chatops/receive',
  'chatops/work',
  'chatops/follow',
  'chatops/notify',
];
const BUDGET = { kilobytes: 400, loadMs: 100 };
const RUNS = 9;

const clientOf = (service: string): string => `node_modules/@aws-sdk/client-${service}/dist-es/index.js`;
const SECRETS = ['lambdas/adapters/secrets-manager/secrets.ts', clientOf('secrets-manager')];
const POWERTOOLS = 'lambdas/runtime/powertools.ts';

/** What a function loads beside its entry once it is called: a deployed step and whatever is like it, and those of chat. */
const CALLED = ['lambdas/runtime/deployed.ts'];
const CALLED_OF: Readonly<Record<string, readonly string[]>> = {
  'chatops/receive': ['lambdas/runtime/chat-desk.ts', ...SECRETS, 'lambdas/adapters/lambda/hand-over.ts', clientOf('lambda')],
  'chatops/work': ['lambdas/runtime/deployed-chat.ts', ...SECRETS],
  'chatops/follow': ['lambdas/runtime/deployed-chat.ts', ...SECRETS],
  'chatops/notify': ['lambdas/runtime/notify-ports.ts'],
};
const WAYS_IN = {
  SSM: ['lambdas/adapters/rladmin/ssm-client.ts', 'lambdas/adapters/rladmin/ssm-runner.ts'],
  REST: ['lambdas/adapters/cluster-rest/rest-api.ts', 'lambdas/adapters/cluster-rest/rest-cluster.ts', ...SECRETS],
};

type Outputs = Metafile['outputs'];

/** These files and all that they import before they run. */
function withImports(outputs: Outputs, files: readonly string[]): Set<string> {
  const found = new Set(files);
  for (const file of found)
    for (const { path, kind } of outputs[file]?.imports ?? []) if (kind === 'import-statement' && path in outputs) found.add(path);
  return found;
}

const kilobytes = (outputs: Outputs, files: Iterable<string>): number =>
  [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0) / 1000;

/** Milliseconds between the start of a Node process and the end of this program in it. */
function timeOf(program: string): number {
  const env = {
    PATH: process.env.PATH,
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    AWS_REGION: 'eu-west-1',
    POWERTOOLS_DEV: 'false',
    _X_AMZN_TRACE_ID: '',
  };
  const runs = Array.from({ length: RUNS }, () => {
    const startedAt = performance.now();
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { env, stdio: 'ignore' });
    return performance.now() - startedAt;
  });
  return median(runs);
}

/** Size and load time of every function: what a cold start loads, and what has been loaded once it was called. */
export function benchBundles(): Figure[] {
  const empty = timeOf('');
  return FUNCTIONS.flatMap((name) => {
    const folder = mkdtempSync(join(tmpdir(), 'syncshift-bench-'));
    try {
      const { outputs } = bundle(`lambdas/${name}.ts`, folder);
      const chunk = (source: string) => Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === source);
      const measure = (way: string, sources: readonly string[]): Figure[] => {
        // In the order in which a call would load them, the entry first.
        const roots = [...Object.keys(outputs).filter((path) => basename(path) === 'index.mjs'), ...sources.flatMap(chunk)];
        const program = roots.map((path) => `await import(${JSON.stringify(join(folder, basename(path)))});`).join('\n');
        return [
          { name: `${name}${way}: bundle`, unit: 'kB', value: kilobytes(outputs, withImports(outputs, roots)), budget: BUDGET.kilobytes },
          {
            name: `${name}${way}: load time`,
            unit: 'ms',
            value: timeOf(program) - empty,
            budget: BUDGET.loadMs,
            note: 'beyond an empty Node',
          },
        ];
      };
      const atStart = measure(', at start', [POWERTOOLS]);
      const called = CALLED_OF[name] ?? CALLED;
      const ways = REACHING.includes(name) ? Object.entries(WAYS_IN) : [['', []] as const];
      const byWay = ways.flatMap(([way, sources]) => measure(`, called${way && ` over ${way}`}`, [POWERTOOLS, ...called, ...sources]));
      return [...atStart, ...byWay];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
