import type { Outcome } from '../../../lambdas/contracts/outcomes.ts';
import type { ChangeReport } from '../../../lambdas/contracts/record.ts';
import type { SyncerMode } from '../../../lambdas/contracts/words.ts';
import { runChange } from '../change.ts';
import { configurationFor } from '../configuration.ts';
import { LAB, openLab } from '../demo-lab.ts';
import { demoRollouts } from '../demo-rollouts.ts';
import { EXIT } from '../errors.ts';
import type { Verb } from '../main.ts';
import { Output, wantsColor } from '../output.ts';
import { renderReport } from '../render/report.ts';
import { inspect } from './inspect.ts';

interface Act {
  readonly cluster: string;
  readonly database: string;
  readonly to: SyncerMode;
  readonly says: string;
  readonly ends: Outcome;
}

const ACTS: readonly Act[] = [
  { cluster: LAB.exec, database: 'orders', to: 'distributed', says: 'rladmin on a node: orders goes to distributed', ends: 'applied' },
  {
    cluster: LAB.exec,
    database: 'carts',
    to: 'distributed',
    says: 'rladmin on a node: carts is switched, loses its proxies, and goes back',
    ends: 'rolled-back',
  },
  {
    cluster: LAB.ssm,
    database: 'profiles',
    to: 'distributed',
    says: 'rladmin over SSM Run Command, watched over REST: profiles goes to distributed',
    ends: 'applied',
  },
  { cluster: LAB.rest, database: 'sessions', to: 'centralized', says: 'REST API: sessions goes back to centralized', ends: 'applied' },
];

/** A simulated cluster with a change over each way in, and a small fleet with two rollouts: the same workflows, steps and adapters as for real. */
export const demo: Verb<object> = async (_text, flags, given) => {
  const lab = await openLab();
  const { config } = lab;
  const outputOf = (file: string) => new Output({ json: given.json, quiet: given.quiet, color: wantsColor(flags.color), config: file });
  const output = outputOf(config);
  const say = (title: string) => {
    if (!output.json) process.stdout.write(`\n${output.style('bold', title)}\n\n`);
  };
  const look = async (title: string) => {
    if (output.json) return;
    say(title);
    await inspect(LAB.exec, { ...flags, config }, output);
  };
  const reports: ChangeReport[] = [];
  try {
    const loaded = configurationFor(config);
    await look('A simulated cluster with three ways in');
    for (const { cluster, database, to, says } of ACTS) {
      say(says);
      const request = { target: { cluster, database }, wanted: { syncerMode: to }, requestedBy: 'demo' } as const;
      const report = await runChange({ loaded, config, request, output });
      reports.push(report);
      if (!output.json) output.result(report, () => `\n${renderReport(report, output)}`);
    }
    await look('The cluster afterwards');
  } finally {
    await lab.close();
  }
  const { rollouts, asExpected } = await demoRollouts(say, outputOf);
  if (output.json) output.result({ config, changes: reports, rollouts }, () => '');
  else process.stdout.write(`\nThe lab stays, for rladmin; play with it:\n  ${output.invocation(`inspect ${LAB.exec}`)}\n`);
  return asExpected && ACTS.every(({ ends }, index) => reports[index]?.outcome === ends) ? 0 : EXIT.bug;
};
