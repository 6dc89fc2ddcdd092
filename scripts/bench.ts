/**
 * Prints the benchmark as a table, then as one JSON document. `--json` prints the document alone; `--quick` leaves out rollouts of more than a
 * hundred databases, which take minutes. Figures are read, never asserted.
 */
import { benchBundles } from './bench/bundles.ts';
import { benchChat } from './bench/chat.ts';
import { toTable } from './bench/figure.ts';
import { benchLocalApply } from './bench/local-apply.ts';
import { benchRollouts } from './bench/rollout.ts';
import { benchWorkflow } from './bench/workflow.ts';

const QUICK = 100;
const figures = [
  ...benchBundles(),
  ...(await benchChat()),
  ...(await benchWorkflow()),
  ...(await benchLocalApply()),
  ...(await benchRollouts(process.argv.includes('--quick') ? QUICK : undefined)),
];
if (!process.argv.includes('--json')) process.stdout.write(`${toTable(figures)}\n\n`);
process.stdout.write(`${JSON.stringify({ node: process.version, figures }, null, 2)}\n`);
