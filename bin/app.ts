import { App } from 'aws-cdk-lib';
import { SyncshiftStack } from '../lib/stacks/syncshift-stack.ts';

const app = new App();
new SyncshiftStack(app, 'Syncshift', {
  description: 'syncshift: moves Redis Enterprise databases to distributed synchronization and back',
});
