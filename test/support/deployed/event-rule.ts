/** A rule of EventBridge: which events it takes, and what it makes of them for its target. */
import { ACCOUNT, executionOf, REGION } from './template.ts';

export interface EventRule {
  readonly pattern: Pattern;
  /** ARN of what is started. */
  readonly target: string;
  readonly transformer: { readonly InputPathsMap: Readonly<Record<string, string>>; readonly InputTemplate: string };
}

/** Lists hold what a value may be: itself, or what it begins with. */
export type Pattern = { readonly [field: string]: Pattern | readonly (string | { readonly prefix: string })[] };

/** @throws Error for a kind of condition that no rule of ours is known to use. */
export const takes = (pattern: Pattern, event: unknown): boolean =>
  Object.entries(pattern).every(([field, wanted]) => {
    const value = (event as Record<string, unknown> | undefined)?.[field];
    return Array.isArray(wanted) ? wanted.some((each) => fits(each, value)) : takes(wanted as Pattern, value);
  });

function fits(wanted: string | { readonly prefix: string }, value: unknown): boolean {
  if (typeof wanted === 'string') return value === wanted;
  if (Object.keys(wanted).join() !== 'prefix') throw new Error(`${JSON.stringify(wanted)} is not understood here`);
  return typeof value === 'string' && value.startsWith(wanted.prefix);
}

/** What the target is started with. A placeholder between quotes stands for text, any other one for JSON. */
export function transformed({ InputPathsMap, InputTemplate }: EventRule['transformer'], event: unknown): unknown {
  const told = (name: string): unknown => at(event, InputPathsMap[name] ?? '');
  const filled = InputTemplate.replace(/"(?:[^"\\]|\\.)*"|<([\w-]+)>/g, (part, name?: string) =>
    name === undefined
      ? part.replace(/<([\w-]+)>/g, (_placeholder, inner: string) => JSON.stringify(String(told(inner))).slice(1, -1))
      : JSON.stringify(told(name)),
  );
  return JSON.parse(filled) as unknown;
}

const at = (event: unknown, path: string): unknown =>
  path
    .split('.')
    .slice(1)
    .reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], event);

/** The news that Step Functions sends of an execution that has ended. */
export const statusChange = (machine: { readonly arn: string }, name: string, status: string): unknown => ({
  version: '0',
  id: '315c1398-40ff-a850-213b-158f73e60175',
  'detail-type': 'Step Functions Execution Status Change',
  source: 'aws.states',
  account: ACCOUNT,
  time: '2026-12-01T01:42:21Z',
  region: REGION,
  resources: [executionOf(machine, name)],
  detail: {
    executionArn: executionOf(machine, name),
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: 1_796_089_321_000,
    stopDate: 1_796_089_341_000,
    input: '{}',
    inputDetails: { included: true },
    output: null,
    outputDetails: null,
    error: null,
    cause: null,
  },
});
