interface AslState {
  Type: string;
  Next?: string;
  Default?: string;
  Choices?: { Next: string; [test: string]: unknown }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
}
interface AslDefinition {
  StartAt: string;
  States: Record<string, AslState>;
}

/** Words for the edge of a choice: the value that was compared with. */
const labelOf = ({ Next: _next, Variable: _variable, ...test }: Record<string, unknown>): string => String(Object.values(test)[0] ?? '');

/** Names as the flow reaches them, the ways after an error last: a chart is drawn in the order in which it is written. */
function inOrderOfFlow({ StartAt, States }: AslDefinition): string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    order.push(name);
    const { Next, Choices = [], Default } = States[name] ?? { Type: '' };
    for (const next of [...Choices.map((choice) => choice.Next), Default, Next]) if (next) visit(next);
  };
  visit(StartAt);
  // The list grows while it is walked: what only an error leads to has ways forward and errors of its own.
  for (const name of order) for (const caught of States[name]?.Catch ?? []) visit(caught.Next);
  return order;
}

/** A flow chart of a state machine definition: ways forward solid, ways after an error dotted. */
export function toMermaid({ StartAt, States }: AslDefinition): string {
  const names = inOrderOfFlow({ StartAt, States });
  const id = (name: string) => `s${names.indexOf(name)}`;
  const shape: Record<string, (name: string) => string> = {
    Choice: (name) => `{"${name}"}`,
    Wait: (name) => `(["${name}"])`,
    Succeed: (name) => `((("${name}")))`,
    Fail: (name) => `[["${name}"]]`,
  };
  const nodes = names.map((name) => `  ${id(name)}${(shape[States[name]?.Type ?? ''] ?? ((text) => `["${text}"]`))(name)}`);
  const edges = names
    .map((name) => [name, States[name] ?? { Type: '' }] as const)
    .flatMap(([name, state]) => [
      ...(state.Next ? [`  ${id(name)} --> ${id(state.Next)}`] : []),
      ...(state.Choices ?? []).map((choice) => `  ${id(name)} -->|${labelOf(choice)}| ${id(choice.Next)}`),
      ...(state.Default ? [`  ${id(name)} -->|otherwise| ${id(state.Default)}`] : []),
      ...[...new Map((state.Catch ?? []).map((caught) => [caught.Next, caught])).values()].map(
        ({ Next }) => `  ${id(name)} -.-> ${id(Next)}`,
      ),
    ]);
  return ['```mermaid', 'flowchart TD', `  start((" ")) --> ${id(StartAt)}`, ...nodes, ...edges, '```'].join('\n');
}
