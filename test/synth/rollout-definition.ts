import rollout from '../../lib/local/definitions/rollout.asl.json' with { type: 'json' };

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: Record<string, unknown>;
  readonly ItemSelector?: Record<string, unknown>;
  readonly ItemProcessor?: Scope & { readonly ProcessorConfig: Record<string, string> };
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Variable: string; readonly StringEquals: string; readonly Next: string }[];
  readonly Error?: string;
  readonly ResultPath?: string | null;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string; readonly ResultPath?: string | null }[];
}
/** What is run as an execution of its own: the whole, or an item of a Map. */
export interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export const ROLLOUT = rollout as unknown as Scope & { readonly TimeoutSeconds: number };

/** The scope itself and those of the Maps in it. */
export const scopesIn = (scope: Scope): Scope[] => [
  scope,
  ...Object.values(scope.States).flatMap(({ ItemProcessor }) => (ItemProcessor ? scopesIn(ItemProcessor) : [])),
];
export const SCOPES = scopesIn(ROLLOUT);
/** Every state by its name, those of the Maps as well. */
export const STATES: Readonly<Record<string, State>> = Object.assign({}, ...SCOPES.map(({ States }) => States));
export const ofType = (type: string): [string, State][] => Object.entries(STATES).filter(([, { Type }]) => Type === type);

/** Names of the states that may follow. */
export const following = ({ Next, Default, Choices = [], Catch = [] }: State): string[] =>
  [Next, Default, ...Choices.map((choice) => choice.Next), ...Catch.map((caught) => caught.Next)].filter((name) => name !== undefined);

/** Names of all states that can be reached from one without passing through these. */
export function reachedFrom(start: string, { States }: Scope, stops: readonly string[] = []): Set<string> {
  const reached = new Set([start]);
  for (const name of reached) {
    const state = States[name];
    if (state && !(stops.includes(name) && name !== start)) for (const next of following(state)) reached.add(next);
  }
  return reached;
}
