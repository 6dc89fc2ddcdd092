import { withStepFunctions } from './connection.ts';
import { DeployedWorkflow } from './workflow.ts';

/**
 * Runs something with the workflow that is deployed in the account and region of the environment.
 * @throws ConfigurationError when there is none, or AWS does not let us in.
 */
export const withDeployedWorkflow = <T>(use: (workflow: DeployedWorkflow) => Promise<T>): Promise<T> =>
  withStepFunctions((props) => use(new DeployedWorkflow(props)));
