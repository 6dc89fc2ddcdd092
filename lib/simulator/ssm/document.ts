import { invalid, ServiceFailure } from './failure.ts';

export interface DocumentParameter {
  type: string;
  allowedPattern?: string;
  allowedValues?: readonly string[];
  default?: string | readonly string[];
}

/** Content of a Command document, schema version 2.2, as far as it is simulated. */
export interface CommandDocument {
  schemaVersion: string;
  parameters?: Record<string, DocumentParameter>;
  mainSteps: readonly {
    action: string;
    name: string;
    precondition?: { StringEquals?: readonly string[] };
    inputs: { runCommand: readonly string[]; timeoutSeconds?: string };
  }[];
}

export type Parameters = Record<string, string[]>;

/**
 * The values a command runs with, defaults filled in.
 * @throws ServiceFailure `InvalidParameters` for an unknown name, a missing value, or one that the document does not allow.
 */
export function checked(document: CommandDocument, given: unknown): Parameters {
  const parameters = document.parameters ?? {};
  const values = shapeOf(given);
  for (const name of Object.keys(values))
    if (!Object.hasOwn(parameters, name)) throw refused(`Parameters ${name} are not defined in the document`);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      const preset = parameter.default === undefined ? undefined : [parameter.default].flat();
      const chosen = values[name] ?? preset;
      if (!chosen) throw refused(`Parameter "${name}" requires a value`);
      if (parameter.type === 'String' && chosen.length !== 1) throw refused(`Parameter "${name}" takes one value`);
      for (const value of chosen)
        if (!allows(parameter, value)) throw refused(`Parameter "${name}" has value "${value}" that is not allowed`);
      return [name, chosen];
    }),
  );
}

const refused = (message: string): ServiceFailure => new ServiceFailure('InvalidParameters', message);

function shapeOf(given: unknown): Parameters {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null) throw invalid('parameters', 'Member must be a map');
  for (const value of Object.values(given))
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
      throw new ServiceFailure('SerializationException', 'Expected list of strings');
  return given as Parameters;
}

/**
 * Judged as leniently as an engine may: a pattern is searched for, not matched as a whole, and `$` also stands before a last line
 * break. A document that is safe under this is safe under a stricter reading.
 */
function allows({ allowedPattern, allowedValues }: DocumentParameter, value: string): boolean {
  if (allowedValues && !allowedValues.includes(value)) return false;
  if (allowedPattern === undefined) return true;
  const pattern = new RegExp(allowedPattern);
  return pattern.test(value) || pattern.test(value.replace(/\r?\n$/, ''));
}

/** The script of the first step, values put in; undefined when the platform is not the one it is for. */
export function scriptFor(document: CommandDocument, values: Parameters, platform: string): { name: string; script: string | undefined } {
  const step = document.mainSteps[0];
  if (!step) throw new ServiceFailure('InvalidDocument', 'the document has no steps');
  const [fact, wanted] = step.precondition?.StringEquals ?? [];
  const applies = fact === undefined || (fact === 'platformType' && wanted === platform);
  // In one pass: what a value brings in is not looked at again.
  const script = step.inputs.runCommand
    .join('\n')
    .replaceAll(/\{\{\s*([\w.:-]+)\s*\}\}/g, (written, name: string) => values[name]?.join(' ') ?? written);
  return { name: step.name, script: applies ? script : undefined };
}
