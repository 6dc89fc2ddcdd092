/** Prints the benchmark as a table, then as one JSON document. `--json` prints the document alone. Figures are read, never asserted. */
import { benchBundles } from './bench/bundles.ts';
import { benchChat } from './bench/chat.ts';
import { toTable } from './bench/figure.ts';
import { benchLocalApply } from './bench/local-apply.ts';
import { benchWorkflow } from './bench/workflow.ts';

const figures = [...benchBundles(), ...(await benchChat()), ...(await benchWorkflow()), ...(await benchLocalApply())];
if (!process.argv.includes('--json')) process.stdout.write(`${toTable(figures)}\n\n`);
process.stdout.write(`${JSON.stringify({ node: process.version, figures }, null, 2)}\n`);
