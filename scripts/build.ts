/** Builds `dist/`: the command line, and the simulator it demonstrates with. */
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { bundle } from './bundle.ts';

// Built beside the old one and put in its place by renaming, so that nobody meets a build that is half-way.
const outdir = mkdtempSync('dist-');
await bundle({ syncshift: 'bin/syncshift.ts', 'rladmin-simulator': 'bin/rladmin-simulator.ts' }, outdir);
for (const entry of ['syncshift', 'rladmin-simulator']) chmodSync(`${outdir}/${entry}.js`, 0o755);
const former = `${outdir}-former`;
if (existsSync('dist')) renameSync('dist', former);
renameSync(outdir, 'dist');
rmSync(former, { recursive: true, force: true });
chmodSync('dist', 0o755);
