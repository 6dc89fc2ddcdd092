/** What the stack makes of a configuration, read from the cloud assembly as CloudFormation would read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { DEPLOYED } from '../../../lambdas/contracts/deployment.ts';
import type { LoadedConfiguration } from '../../../lib/config/load.ts';
import type { CommandDocument } from '../../../lib/simulator/ssm/document.ts';
import { NodesStack } from '../../../lib/stacks/nodes-stack.ts';
import { SyncshiftStack } from '../../../lib/stacks/syncshift-stack.ts';
import type { EventRule } from './event-rule.ts';
import { ACCOUNT, arnOf, REGION, type Resource, type Resources, resolved, STATE_MACHINE } from './template.ts';

/** A function as the template describes it. */
export interface SynthesisedFunction {
  readonly arn: string;
  readonly name: string;
  /** Folder of the asset, which Lambda unpacks into `/var/task`. */
  readonly folder: string;
  /** `index.handler` is what `index.mjs` exports as `handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

/** A metric as CloudWatch tells it from others: every set of dimensions is one of its own. Written as one line. */
export type MetricId = string;
export const metricId = (namespace: string, metric: string, dimensions: Readonly<Record<string, string>>): MetricId =>
  [
    namespace,
    metric,
    ...Object.keys(dimensions)
      .sort()
      .map((name) => `${name}=${dimensions[name]}`),
  ].join(' ');

export interface Synthesis {
  readonly resources: Resources;
  /** By ARN. */
  readonly functions: ReadonlyMap<string, SynthesisedFunction>;
  /** The workflow of a change. */
  readonly change: Machine;
  /** The workflow that undoes a change which was cut short. */
  readonly recovery: Machine;
  /** The workflow of a rollout. */
  readonly rollout: Machine;
  /** What starts the recovery. */
  readonly cutShort: EventRule;
  /** ARN of the function at whose address people decide. */
  readonly decisions: string;
  /** ARN of the function that the schedule calls. */
  readonly scheduled: string;
  /** Documents of Run Command by name, those of other accounts and regions among them. */
  readonly documents: Readonly<Record<string, CommandDocument>>;
  /** Metrics of ours that alarms look at, by logical id of the alarm without its hash. */
  readonly alarms: Readonly<Record<string, MetricId[]>>;
}

/** A workflow. Its definition names functions by ARN. */
export interface Machine {
  readonly arn: string;
  readonly definition: Definition;
}
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}
interface State {
  readonly Type: string;
  /** Of a Task: a function by its ARN, or a way to call the one that its parameters name. */
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName?: string };
  /** Of a Task: where its input says how long it may take. */
  readonly TimeoutSecondsPath?: string;
  /** Of a Wait: where its input says until when, or how long. */
  readonly TimestampPath?: string;
  readonly SecondsPath?: string;
  /** Of a Map: what is done for each item. */
  readonly ItemProcessor?: Definition & { readonly ProcessorConfig?: { readonly Mode: string } };
}

/** Every state of a definition, those inside its Maps as well: their names differ. */
export const allStates = ({ States }: Pick<Definition, 'States'>): Definition['States'] =>
  Object.assign({}, States, ...Object.values(States).map(({ ItemProcessor }) => (ItemProcessor ? allStates(ItemProcessor) : {})));

/** ARNs of the functions that the Tasks of a definition call. */
export const calledBy = (definition: Definition): string[] =>
  Object.values(allStates(definition)).flatMap(
    ({ Resource = '', Parameters }) => Parameters?.FunctionName ?? (Resource.includes(':function:') ? Resource : []),
  );

/** Synthesises the stacks, functions bundled, which takes seconds. @param outdir - folder for the assembly. */
export function synthesise(configuration: LoadedConfiguration, outdir: string): Synthesis {
  const app = new App({ outdir });
  const stack = new SyncshiftStack(app, 'Syncshift', { env: { account: ACCOUNT, region: REGION }, configuration });
  const nodes = stack.elsewhere.map(
    ({ account, region, ...place }, index) =>
      new NodesStack(app, `Nodes${index}`, {
        env: { ...(account && { account }), ...(region && { region }) },
        ...place,
        main: { stackName: stack.stackName, account: ACCOUNT },
      }),
  );
  const assembly = app.synth();
  const resourcesOf = ({ artifactId }: { artifactId: string }) =>
    (assembly.getStackArtifact(artifactId).template as { Resources: Resources }).Resources;
  const resources = resourcesOf(stack);
  const { files } = JSON.parse(readFileSync(join(outdir, `${stack.artifactId}.assets.json`), 'utf8')) as AssetManifest;
  const folderOf = (key: string): string => join(outdir, files[key.replace(/\.zip$/, '')]?.source.path ?? 'not in the manifest');
  const functions = ofType(resources, 'AWS::Lambda::Function').map(([id, { Properties }]) =>
    functionOf(resources, id, Properties, folderOf),
  );
  const [[, schedule] = []] = ofType(resources, 'AWS::Scheduler::Schedule').filter(([id]) => id.startsWith('LockWatch'));
  return {
    resources,
    functions: new Map(functions.map((each) => [each.arn, each])),
    change: machineOf(resources, DEPLOYED.stateMachine),
    recovery: machineOf(resources, DEPLOYED.recovery),
    rollout: machineOf(resources, DEPLOYED.rollout),
    cutShort: ruleOf(resources, 'RecoveryCutShort'),
    decisions: functions.find(({ arn }) => arn.endsWith(`:${DEPLOYED.decisions}`))?.arn ?? 'not in the template',
    scheduled: (resolved(resources, schedule?.Properties.Target) as { Arn: string }).Arn,
    documents: Object.fromEntries([stack, ...nodes].flatMap((each) => documentsOf(resourcesOf(each)))),
    alarms: Object.fromEntries(
      ofType(resources, 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) => [nameOf(id), watchedBy(Properties)]),
    ),
  };
}

interface AssetManifest {
  readonly files: Readonly<Record<string, { readonly source: { readonly path: string } }>>;
}

export const ofType = (resources: Resources, type: string): [string, Resource][] =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);

function machineOf(resources: Resources, name: string): Machine {
  const [[id, { Properties }] = ['', { Properties: {} as Resource['Properties'] }]] = ofType(resources, STATE_MACHINE).filter(
    ([, machine]) => machine.Properties.StateMachineName === name,
  );
  return { arn: arnOf(resources, id), definition: JSON.parse(String(resolved(resources, Properties.DefinitionString))) as Definition };
}

/** The rule of this logical id, without its hash; it has one target. */
function ruleOf(resources: Resources, id: string): EventRule {
  const [[, rule] = []] = ofType(resources, 'AWS::Events::Rule').filter(([logicalId]) => logicalId.startsWith(id));
  const { EventPattern, Targets } = resolved(resources, rule?.Properties) as RuleProperties;
  const [{ Arn, InputTransformer }, ...others] = Targets;
  if (others.length > 0) throw new Error(`${id} has more than one target`);
  return { pattern: EventPattern, target: Arn, transformer: InputTransformer };
}
interface RuleProperties {
  readonly EventPattern: EventRule['pattern'];
  readonly Targets: [{ readonly Arn: string; readonly InputTransformer: EventRule['transformer'] }];
}

const documentsOf = (resources: Resources): [string, CommandDocument][] =>
  ofType(resources, 'AWS::SSM::Document').map(([, { Properties }]) => {
    const { Name, Content } = resolved(resources, Properties) as { Name: string; Content: CommandDocument };
    return [Name, Content];
  });

const nameOf = (logicalId: string): string => logicalId.replace(/^Alarms|[0-9A-F]{8}$/g, '');

function functionOf(
  resources: Resources,
  id: string,
  properties: Resource['Properties'],
  folderOf: (key: string) => string,
): SynthesisedFunction {
  const { Code, Handler, Environment, Timeout, MemorySize } = resolved(resources, properties) as FunctionProperties;
  return {
    arn: arnOf(resources, id),
    name: id,
    folder: folderOf(Code.S3Key),
    handler: Handler,
    environment: Environment.Variables,
    timeoutSeconds: Timeout,
    memoryMb: MemorySize,
  };
}
interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
  readonly Handler: string;
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
  readonly Timeout: number;
  readonly MemorySize: number;
}

/** Metrics of AWS services are not ours to send. */
function watchedBy(properties: Resource['Properties']): MetricId[] {
  const { Metrics = [], ...single } = properties as Partial<AlarmedMetric> & { Metrics?: { MetricStat?: { Metric: AlarmedMetric } }[] };
  const all = [...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? []), ...(single.MetricName ? [single as AlarmedMetric] : [])];
  return all
    .filter(({ Namespace }) => !Namespace.startsWith('AWS/'))
    .map(({ Namespace, MetricName, Dimensions = [] }) =>
      metricId(Namespace, MetricName, Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))),
    );
}
interface AlarmedMetric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
}
