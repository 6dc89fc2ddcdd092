import { existsSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { CONFIG_FILE, ConfigurationError, type LoadedConfiguration, loadConfiguration } from '../lib/config/load.ts';
import { NodesStack } from '../lib/stacks/nodes-stack.ts';
import { nodesStackIdOf } from '../lib/stacks/places.ts';
import { SyncshiftStack } from '../lib/stacks/syncshift-stack.ts';

const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key)?.toString();

/** `-c config=FILE`, or the file of the usual name; none in a bare checkout. */
function configuration(): LoadedConfiguration | undefined {
  const given = context('config');
  return given !== undefined || existsSync(CONFIG_FILE) ? loadConfiguration(given, process.cwd()) : undefined;
}

function addStacks(): void {
  const loaded = configuration();
  const account = process.env.CDK_DEFAULT_ACCOUNT;
  const region = context('region') ?? process.env.CDK_DEFAULT_REGION;
  const runbookUrl = context('runbookUrl');
  const eventBus = context('eventBus');
  const main = new SyncshiftStack(app, 'Syncshift', {
    description: 'syncshift: moves Redis Enterprise databases to distributed synchronization and back',
    env: { ...(account && { account }), ...(region && { region }) },
    ...(loaded && { configuration: loaded }),
    ...(runbookUrl && { runbookUrl }),
    ...(eventBus && { eventBus }),
  });
  if (!loaded)
    Validations.of(main).addWarning(
      'Syncshift-configuration',
      `no ${CONFIG_FILE} here and none given with -c config=FILE: no cluster can be reached`,
    );
  for (const { account: owner, region: where, clusters, roles } of main.elsewhere) {
    new NodesStack(app, nodesStackIdOf({ account, region }, { account: owner, region: where }), {
      description: 'syncshift: what its clusters need in an account and region other than that of its functions',
      env: { ...(owner && { account: owner }), ...(where && { region: where }) },
      clusters,
      roles,
      main: { stackName: main.stackName, account },
    });
  }
}

try {
  addStacks();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
