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

/** A flow chart of a state machine definition: ways forward solid, ways after an error dotted. */
export function toMermaid({ StartAt, States }: AslDefinition): string {
  const names = Object.keys(States);
  const id = (name: string) => `s${names.indexOf(name)}`;
  const shape: Record<string, (name: string) => string> = {
    Choice: (name) => `{"${name}"}`,
    Wait: (name) => `(["${name}"])`,
    Succeed: (name) => `((("${name}")))`,
    Fail: (name) => `[["${name}"]]`,
  };
  const nodes = names.map((name) => `  ${id(name)}${(shape[States[name]?.Type ?? ''] ?? ((text) => `["${text}"]`))(name)}`);
  const edges = Object.entries(States).flatMap(([name, state]) => [
    ...(state.Next ? [`  ${id(name)} --> ${id(state.Next)}`] : []),
    ...(state.Choices ?? []).map((choice) => `  ${id(name)} -->|${labelOf(choice)}| ${id(choice.Next)}`),
    ...(state.Default ? [`  ${id(name)} -->|otherwise| ${id(state.Default)}`] : []),
    ...[...new Map((state.Catch ?? []).map((caught) => [caught.Next, caught])).values()].map(
      ({ Next }) => `  ${id(name)} -.-> ${id(Next)}`,
    ),
  ]);
  return ['```mermaid', 'flowchart TD', `  start((" ")) --> ${id(StartAt)}`, ...nodes, ...edges, '```'].join('\n');
}
