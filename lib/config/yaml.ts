import { type Alias, type Document, parseDocument, type Scalar, visit, type YAMLError, type YAMLMap } from 'yaml';

/** What is wrong at a place of a text. */
export interface YamlFault {
  /** In characters from the beginning. */
  readonly offset: number;
  readonly says: string;
}

/** Line and column of an offset, both from 1. */
export function placeIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

export interface YamlText {
  readonly document: Document.Parsed;
  /** In their order; a text with faults has no value to rely on. */
  readonly faults: readonly YamlFault[];
  readonly value: unknown;
}

/** What nobody writes by hand would keep the parser busy for hours. */
const DEEPEST_ROW = /(?:[-?:][ \t]+|[[{]){100}/;
const MOST_ALIASES = 100;
const TOO_DEEP = 'nested too deeply';
const QUOTE_IT = 'a pattern that begins with "*" needs quotes, such as "*/ledger"';

const SAYS: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: QUOTE_IT,
  MULTIPLE_DOCS: 'a second document begins here, expected one',
  NON_STRING_KEY: 'expected a key that is plain text',
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAG_RESOLVE_FAILED: 'tags are not taken, expected a plain value',
};

const saysOf = ({ code, message }: YAMLError): string => SAYS[code] ?? `not valid YAML: ${message.replaceAll(/\s+/g, ' ')}`;

function syntaxFaults({ errors, warnings }: Document.Parsed): YamlFault[] {
  const all = [...errors, ...warnings];
  // What comes after it tells nothing.
  const exhausted = all.filter(({ code }) => code === 'RESOURCE_EXHAUSTION').slice(0, 1);
  return (exhausted.length > 0 ? exhausted : all)
    .map((error) => ({ offset: error.pos[0], says: saysOf(error) }))
    .sort((a, b) => a.offset - b.offset);
}

const offsetOf = (node: { range?: readonly number[] | null | undefined }): number => node.range?.[0] ?? 0;

/** Kept here and not left to the parser, which compares every key with every other. */
function doubleKeys(map: YAMLMap): YamlFault[] {
  const seen = new Set<unknown>();
  return (map as YAMLMap<Scalar>).items.flatMap(({ key }) => {
    if (!seen.has(key.value)) {
      seen.add(key.value);
      return [];
    }
    return [{ offset: offsetOf(key), says: `the key ${JSON.stringify(key.value)} is there already` }];
  });
}

/** What is wrong with a document although it is valid. */
function contentFaults(document: Document.Parsed): YamlFault[] {
  const faults: YamlFault[] = [];
  const aliases: Alias[] = [];
  visit(document, {
    Map: (_key, map) => {
      faults.push(...doubleKeys(map));
    },
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'string' && scalar.value.includes('\0'))
        faults.push({ offset: offsetOf(scalar), says: 'expected text without NUL characters' });
    },
    Alias: (_key, alias) => {
      aliases.push(alias);
    },
  });
  const beyond = aliases[MOST_ALIASES];
  if (beyond) return [{ offset: offsetOf(beyond), says: `more than ${MOST_ALIASES} aliases` }];
  const unresolved = aliases.filter((alias) => !alias.resolve(document));
  return [...faults, ...unresolved.map((alias) => ({ offset: offsetOf(alias), says: QUOTE_IT }))];
}

/** @returns what is wrong, when aliases of aliases would make too much of it. */
function expand(document: Document.Parsed): { value: unknown } | { fault: YamlFault } {
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { fault: { offset: 0, says: 'its aliases come to too much' } };
  }
}

/** Why a text is not even handed to the parser. */
function unparsed(text: string): YamlFault | undefined {
  const nul = text.indexOf('\0');
  if (nul >= 0) return { offset: nul, says: 'a NUL character, expected text' };
  const deep = DEEPEST_ROW.exec(text);
  return deep ? { offset: deep.index, says: TOO_DEEP } : undefined;
}

const parsed = (text: string): Document.Parsed =>
  parseDocument(text, {
    version: '1.2',
    schema: 'core',
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
  });

/** Parses one document of YAML 1.2, which JSON is as well. Never throws for what is in the text. */
export function parseYaml(text: string): YamlText {
  const refused = unparsed(text);
  const document = parsed(refused ? '' : text);
  const none = { document, value: undefined };
  if (refused) return { ...none, faults: [refused] };
  const syntax = syntaxFaults(document);
  const faults = syntax.length > 0 ? syntax : contentFaults(document);
  if (faults.length > 0) return { ...none, faults };
  const made = expand(document);
  return 'fault' in made ? { ...none, faults: [made.fault] } : { document, faults: [], value: made.value };
}
