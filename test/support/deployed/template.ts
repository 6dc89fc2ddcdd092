/** Values of a template, as they would be once it is deployed. */

export const ACCOUNT = '111111111111';
export const REGION = 'eu-west-1';

export const STATE_MACHINE = 'AWS::StepFunctions::StateMachine';
export const ALIAS = 'AWS::StepFunctions::StateMachineAlias';
const VERSION = 'AWS::StepFunctions::StateMachineVersion';

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}
export type Resources = Readonly<Record<string, Resource>>;

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** Names that a resource may be given; without one it is called by its logical id, where CloudFormation would make one up. */
const NAMES = ['TableName', 'FunctionName', 'TopicName', 'StateMachineName', 'Name'];
const physicalId = (resources: Resources, id: string): string => {
  const { Properties } = existing(resources, id);
  return String(NAMES.map((name) => Properties[name]).find((name) => typeof name === 'string') ?? id);
};

function existing(resources: Resources, id: string): Resource {
  const resource = resources[id];
  if (!resource) throw new Error(`the template has no resource ${id}`);
  return resource;
}

/** What stands in an ARN before the name, where it is not the service alone. */
const IN_ARN: Readonly<Record<string, { readonly service: string; readonly kind: string }>> = {
  'AWS::Lambda::Function': { service: 'lambda', kind: 'function:' },
  'AWS::DynamoDB::Table': { service: 'dynamodb', kind: 'table/' },
  [STATE_MACHINE]: { service: 'states', kind: 'stateMachine:' },
};
/** When the stream of a table began. */
const STREAM = 'stream/2026-12-01T00:00:00.000';

export function arnOf(resources: Resources, id: string): string {
  const { Type } = existing(resources, id);
  const { service, kind } = IN_ARN[Type] ?? { service: Type.split('::')[1]?.toLowerCase(), kind: '' };
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${kind}${physicalId(resources, id)}`;
}

/** ARN of an execution of a state machine. */
export const executionOf = ({ arn }: { readonly arn: string }, name: string): string =>
  `${arn.replace(':stateMachine:', ':execution:')}:${name}`;

/** @throws Error for a function of CloudFormation that the stack is not known to use: a value nobody worked out proves nothing. */
export function resolved(resources: Resources, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => resolved(resources, each));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[kind, of] = ['', undefined]] = entries;
  if (kind === 'Ref') return PSEUDO[of] ?? reference(resources, of);
  if (kind === 'Fn::GetAtt') return attribute(resources, of);
  if (kind === 'Fn::Join') return (resolved(resources, of[1]) as unknown[]).join(of[0]);
  if (kind === 'Fn::Split') return String(resolved(resources, of[1])).split(of[0]);
  if (kind === 'Fn::Select') return (resolved(resources, of[1]) as unknown[])[Number(of[0])];
  // The bucket of the assets: nothing that runs knows it.
  if (kind === 'Fn::Sub') return of;
  if (kind.startsWith('Fn::')) throw new Error(`${kind} cannot be worked out here`);
  return Object.fromEntries(entries.map(([key, inner]) => [key, resolved(resources, inner)]));
}

/** Most resources are referred to by their name. */
function reference(resources: Resources, id: string): string {
  const { Type, Properties } = existing(resources, id);
  const at = (value: unknown): string => String(resolved(resources, value));
  if (Type === STATE_MACHINE || Type === 'AWS::SNS::Topic') return arnOf(resources, id);
  if (Type === VERSION) return `${at(Properties.StateMachineArn)}:1`;
  if (Type !== ALIAS) return physicalId(resources, id);
  const { StateMachineVersionArn } = Properties.DeploymentPreference as { StateMachineVersionArn: unknown };
  return `${at(StateMachineVersionArn).replace(/:1$/, '')}:${Properties.Name}`;
}

function attribute(resources: Resources, [id, name]: [string, string]): string {
  if (name === 'Arn') return arnOf(resources, id);
  return name === 'StreamArn' ? `${arnOf(resources, id)}/${STREAM}` : `${physicalId(resources, id)}.${name}`;
}
