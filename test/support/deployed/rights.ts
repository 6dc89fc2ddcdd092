/** What the roles of a template allow, asked as IAM is asked. */
import { ofType } from './synthesis.ts';
import { arnOf, type Resources, resolved, STATE_MACHINE } from './template.ts';

export interface Ask {
  readonly action: string;
  readonly resource: string;
  /** What is known of the request, by condition key. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

const listOf = (value: string | string[]): string[] => [value].flat();

/** `*` stands for any number of characters, `?` for one. */
function matches(pattern: string, value: string): boolean {
  const form = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${form}$`, 's').test(value);
}

/** By operator: whether the values of a request are what a statement wants. */
const OPERATORS: Readonly<Record<string, (wanted: string[], values: readonly string[]) => boolean>> = {
  StringEquals: (wanted, values) => values.length > 0 && values.every((value) => wanted.includes(value)),
  'ForAnyValue:StringEquals': (wanted, values) => values.some((value) => wanted.includes(value)),
  'ForAllValues:StringLike': (wanted, values) => values.every((value) => wanted.some((pattern) => matches(pattern, value))),
};

/** A condition with an operator that is not known here never holds. */
const holds = ({ Condition = {} }: Statement, { context = {} }: Ask): boolean =>
  Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => OPERATORS[operator]?.(listOf(wanted), context[key] ?? []) ?? false),
  );

const allows = (statement: Statement, ask: Ask): boolean =>
  statement.Effect === 'Allow' &&
  listOf(statement.Action).some((action) => matches(action, ask.action)) &&
  listOf(statement.Resource).some((resource) => matches(resource, ask.resource)) &&
  holds(statement, ask);

/** Logical id of the role that a property names. */
const roleIn = (property: unknown): string => (property as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'][0];

export class Rights {
  /** By the ARN of a function or a state machine. */
  readonly #statements: ReadonlyMap<string, readonly Statement[]>;

  constructor(resources: Resources) {
    const ofRole = Map.groupBy(
      ofType(resources, 'AWS::IAM::Policy').flatMap(([, { Properties }]) => {
        const { PolicyDocument, Roles } = Properties as { PolicyDocument: { Statement: Statement[] }; Roles: { Ref: string }[] };
        return Roles.map(({ Ref }) => ({ role: Ref, statements: resolved(resources, PolicyDocument.Statement) as Statement[] }));
      }),
      ({ role }) => role,
    );
    const held = (role: string) => (ofRole.get(role) ?? []).flatMap(({ statements }) => statements);
    const functions = ofType(resources, 'AWS::Lambda::Function').map(([id, { Properties }]) => [id, roleIn(Properties.Role)] as const);
    const machines = ofType(resources, STATE_MACHINE).map(([id, { Properties }]) => [id, roleIn(Properties.RoleArn)] as const);
    this.#statements = new Map([...functions, ...machines].map(([id, role]) => [arnOf(resources, id), held(role)]));
  }

  /** @param arn - of whoever asks. */
  allow(arn: string, ask: Ask): boolean {
    return (this.#statements.get(arn) ?? []).some((statement) => allows(statement, ask));
  }
}
