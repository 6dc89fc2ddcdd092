import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../../lambdas/contracts/record.ts';
import { CONFIG_FILE } from '../../config/load.ts';
import { demoCluster } from '../../simulator/fleets.ts';
import { saveState } from '../../simulator/state-file.ts';
import { runChange } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import { EXIT } from '../errors.ts';
import type { Verb } from '../main.ts';
import { Output, wantsColor } from '../output.ts';
import { renderReport } from '../render/report.ts';
import { inspect } from './inspect.ts';

const CLUSTER = 'lab';
/** Short enough to watch, long enough to see the samples come in. */
const VERIFICATION = { settleSeconds: 1, intervalSeconds: 1, samples: 3, deadlineSeconds: 60 };

/** The simulator lies beside the command line once it is built, and beside its entry point in the sources. */
const simulatorProgram = (): string =>
  fileURLToPath(
    import.meta.url.endsWith('.ts')
      ? new URL('../../../bin/rladmin-simulator.ts', import.meta.url)
      : new URL('./rladmin-simulator.js', import.meta.url),
  );

/** A simulated cluster in a folder of its own, with a configuration that reaches it as it would reach a real one. */
async function makeLab(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-demo-'));
  const state = join(folder, 'cluster.json');
  const cluster = demoCluster();
  // Shortly after carts has been switched, all its proxies but one leave the endpoint: the verification has something to find.
  cluster.faults.push({ on: '^tune db db:12 syncer_mode distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
  await saveState(state, cluster);
  const config = join(folder, CONFIG_FILE);
  const rladmin = [process.execPath, simulatorProgram(), state];
  writeFileSync(
    config,
    `${JSON.stringify({ clusters: { [CLUSTER]: { transport: 'exec', rladmin } }, defaults: { verification: VERIFICATION } }, null, 2)}\n`,
  );
  return config;
}

interface Act {
  readonly database: string;
  readonly says: string;
  readonly ends: Outcome;
}

const ACTS: readonly Act[] = [
  { database: 'orders', says: 'orders goes from centralized to distributed', ends: 'applied' },
  { database: 'carts', says: 'carts is switched, loses its proxies, and goes back', ends: 'rolled-back' },
];

/** A simulated cluster, a change that works, and one that rolls back: the same workflow, steps and rladmin adapter as for real. */
export const demo: Verb<object> = async (_text, flags, given) => {
  const config = await makeLab();
  const output = new Output({ json: given.json, quiet: given.quiet, color: wantsColor(flags.color), config });
  const loaded = configurationFor(config);
  const look = async (title: string) => {
    if (output.json) return;
    process.stdout.write(`\n${output.style('bold', title)}\n\n`);
    await inspect(CLUSTER, { ...flags, config }, output);
  };
  await look(`A simulated cluster, "${CLUSTER}"`);
  const reports: ChangeReport[] = [];
  for (const { database, says } of ACTS) {
    if (!output.json) process.stdout.write(`\n${output.style('bold', says)}\n\n`);
    const request = { target: { cluster: CLUSTER, database }, wanted: { syncerMode: 'distributed' }, requestedBy: 'demo' } as const;
    const report = await runChange({ loaded, request, output });
    reports.push(report);
    if (!output.json) output.result(report, () => `\n${renderReport(report, output)}`);
  }
  await look('The cluster afterwards');
  if (output.json) output.result({ config, changes: reports }, () => '');
  else process.stdout.write(`\nThe lab stays; play with it:\n  ${output.invocation(`inspect ${CLUSTER}`)}\n`);
  return ACTS.every(({ ends }, index) => reports[index]?.outcome === ends) ? 0 : EXIT.bug;
};
