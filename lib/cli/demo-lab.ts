import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documentNameOf, rladminDocument } from '../../lambdas/contracts/rladmin-document.ts';
import { CONFIG_FILE } from '../config/load.ts';
import { inFile } from '../simulator/access.ts';
import { demoCluster } from '../simulator/fleets.ts';
import { startRestFront } from '../simulator/rest/front.ts';
import { startSsmFront } from '../simulator/ssm/front.ts';
import { saveState } from '../simulator/state-file.ts';

/** Short enough to watch, long enough to see the samples come in. */
const VERIFICATION = { settleSeconds: 1, intervalSeconds: 1, samples: 3, deadlineSeconds: 60 };
const REGION = 'eu-west-1';
const TAG = { key: 'redis-cluster', value: 'lab' };
const LOGIN = { username: 'syncshift@example.com', password: 'only-for-the-demo' };

/** The one cluster of the demo, under a name for each way in. */
export const LAB = { exec: 'lab', ssm: 'lab-ssm', rest: 'lab-rest' } as const;

export interface DemoLab {
  /** Configuration with every way in. */
  readonly config: string;
  /** Closes what only this process can serve. What stays is a cluster that `rladmin` reaches. */
  close(): Promise<void>;
}

/** The simulator lies beside the command line once it is built, and beside its entry point in the sources. */
const simulatorProgram = (): string =>
  fileURLToPath(
    import.meta.url.endsWith('.ts')
      ? new URL('../../bin/rladmin-simulator.ts', import.meta.url)
      : new URL('./rladmin-simulator.js', import.meta.url),
  );

/** Run Command knows rladmin by a path alone. */
function installRladmin(folder: string, program: readonly string[]): string {
  const path = join(folder, 'rladmin');
  writeFileSync(path, `#!/bin/sh\nexec ${program.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What stands for AWS in this process: the SDK takes its endpoint and credentials from the environment. */
function pointSdkTo(endpoint: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SSM: endpoint,
    AWS_ACCESS_KEY_ID: 'demo',
    AWS_SECRET_ACCESS_KEY: 'demo',
    SYNCSHIFT_DEMO_USER: LOGIN.username,
    SYNCSHIFT_DEMO_PASSWORD: LOGIN.password,
  });
}

/**
 * A simulated cluster in a folder of its own, with a configuration that reaches it as it would reach a real one: as a local process,
 * over the endpoint of Systems Manager, and over the cluster's REST API.
 */
export async function openLab(): Promise<DemoLab> {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-demo-'));
  const [state, config] = [join(folder, 'cluster.json'), join(folder, CONFIG_FILE)];
  const cluster = demoCluster();
  // Shortly after carts has been switched, all its proxies but one leave the endpoint: the verification has something to find.
  cluster.faults.push({ on: '^tune db db:12 syncer_mode distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } });
  await saveState(state, cluster);
  const program = [process.execPath, simulatorProgram(), state];
  const rladmin = installRladmin(folder, program);
  const instances = [1, 2, 3].map((node) => ({ id: `i-0de0000000000000${node}`, node, tags: { [TAG.key]: TAG.value } }));
  const [rest, ssm] = await Promise.all([
    startRestFront({ use: inFile(state), credentials: LOGIN }),
    startSsmFront({ documents: { [documentNameOf(LAB.ssm)]: rladminDocument({ rladmin, runAs: 'root' }) }, instances }),
  ]);
  pointSdkTo(ssm.endpoint);
  writeFileSync(join(folder, 'ca.pem'), rest.ca);
  const credentials = { usernameEnv: 'SYNCSHIFT_DEMO_USER', passwordEnv: 'SYNCSHIFT_DEMO_PASSWORD' };
  const access = { url: rest.url, credentials, ca: { file: 'ca.pem' } };
  const exec = { [LAB.exec]: { transport: 'exec', rladmin: program } };
  const write = (clusters: object) =>
    writeFileSync(config, `${JSON.stringify({ clusters, defaults: { verification: VERIFICATION } }, null, 2)}\n`);
  write({
    ...exec,
    [LAB.ssm]: { transport: 'ssm', region: REGION, instances: { tag: TAG }, rladmin, health: access },
    [LAB.rest]: { transport: 'rest', ...access },
  });
  const close = async () => {
    await Promise.all([rest.close(), ssm.close()]);
    write(exec);
  };
  return { config, close };
}
