import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RolloutFile } from '../../../../lambdas/contracts/rollout-file.ts';
import { LARGEST_FILE, parseRolloutText, readRolloutFile } from '../../../../lib/config/rollout-file.ts';

const parse = (text: string): RolloutFile => parseRolloutText(text, 'eu.yaml');
/** What is said about a text, line by line. */
function faultsOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfigurationError' });
    return String((error as Error).message).split('\n');
  }
  return [];
}
const SMALL = 'name: eu\nselect: { clusters: ["eu-*"] }\n';

describe('the file of a rollout', () => {
  it('needs a name and a selection; everything else has a default', () => {
    expect(parse(SMALL)).toEqual({
      name: 'eu',
      select: { clusters: ['eu-*'], exclude: [] },
      wanted: { syncerMode: 'distributed' },
      waves: { canary: 1, sizes: ['10%', '25%', '100%'], sameNameIsOneGroup: true },
      concurrency: { total: 10, perCluster: 1 },
      bake: { seconds: 600, samples: 3 },
      errorBudget: 0,
      alarms: [],
      onStop: 'undo-wave',
      onDrift: 'set-aside',
      gates: { approve: [], approvals: 1, timeoutSeconds: 86_400 },
    });
  });

  it.each([
    ['JSON', '{\n\t"name": "eu",\n\t"select": { "clusters": ["eu-*"] }\n}\n'],
    ['JSON with the mark of an editor before it', '\uFEFF{"name":"eu","select":{"clusters":["eu-*"]}}'],
    ['line ends of another system', SMALL.replaceAll('\n', '\r\n')],
    ['a marked beginning and end', `---\n${SMALL}...\n`],
    ['quoted text', `"name": 'eu'\nselect:\n  clusters:\n    - "eu-*"\n`],
  ])('may be %s', (_form, text) => {
    expect(parse(text)).toEqual(parse(SMALL));
  });

  it('may say something once and name it again', () => {
    expect(parse('name: eu\nselect:\n  clusters: &some [a-*]\n  databases: *some\n').select).toMatchObject({ databases: ['a-*'] });
  });

  it('is the same when what was read of it is read again', () => {
    const file = parse(`${SMALL}wanted: { syncerMode: centralized }\nverification: { samples: 3 }\nrollback: {}\n`);
    expect(RolloutFile.parse(JSON.parse(JSON.stringify(file)))).toEqual(file);
    expect(file.onStop).toBe('stop');
  });
});

describe('a fault in the file of a rollout', () => {
  it('is told with file, line, column, key and what was expected', () => {
    expect(faultsOf(`${SMALL}waves:\n  sizes:\n    - ten\n`)).toEqual([
      'eu.yaml:5:7: waves.sizes[0]: expected a whole number, or a share such as "10%"',
    ]);
  });

  it('does not keep the others from being told, in the order of the text', () => {
    const text = 'select: { clusters: [] }\nconcurrency:\n  total: many\n  perCluster: 1.5\nname: e!\nerrorBudget: -1\n';
    expect(faultsOf(text)).toEqual([
      'eu.yaml:1:21: select.clusters: expected at least 1 entry',
      'eu.yaml:3:10: concurrency.total: expected a whole number',
      'eu.yaml:4:15: concurrency.perCluster: expected a whole number',
      'eu.yaml:5:7: name: expected letters, digits and hyphens, at most 30',
      'eu.yaml:6:14: errorBudget: expected at least 0',
    ]);
  });

  it.each([
    [
      'a key that is not known',
      'wavs: 1',
      '3:1: wavs: unknown key, expected one of $schema, name, requestedBy, reason, select, wanted, waves',
    ],
    [
      'one further inside',
      'concurrency:\n  perClusters: 1',
      '4:3: concurrency.perClusters: unknown key, expected one of total, perCluster',
    ],
    ['one that means something to JavaScript', '__proto__: { name: x }', '3:1: __proto__: unknown key'],
    ['one with characters of a terminal', '"\\e[31m": 1', '3:1: ["\\u001b[31m"]: unknown key'],
    ['a word that is none of those known', 'onStop: undo', '3:9: onStop: expected one of stop, undo-wave, undo-all'],
    ['a key with nothing behind it', 'bake:', '3:6: bake: expected keys with values, and nothing is written here'],
    ['a list where there is none', 'bake: [1]', '3:7: bake: expected keys with values'],
    ['a text that may not be empty', 'alarms: [""]', '3:10: alarms[0]: expected at least 1 character'],
    ['a number that is a text', 'reason: 12', '3:9: reason: expected text'],
    ['a share beyond everything', 'waves: { canary: 150% }', '3:18: waves.canary: expected a whole number, or a share such as "10%"'],
    ['a number beyond everything', 'waves: { canary: 100001 }', '3:18: waves.canary: expected at most 100000'],
    ['a wave of nobody', 'waves: { sizes: [0%] }', '3:18: waves.sizes[0]: a wave without targets would never end'],
    [
      'a window that is a name',
      'gates: { window: nights }',
      '3:18: gates.window: expected a window: { "opensAt", "closesAt" } as ISO 8601 moments with offset, or { "calendar" }',
    ],
    [
      'half a window',
      'gates: { window: { opensAt: 2026-12-01T02:00:00+01:00 } }',
      '3:18: gates.window.closesAt: expected a moment with its offset, such as "2026-12-01T02:00:00+01:00", but it is missing',
    ],
    [
      'a moment without its offset',
      'gates: { window: { opensAt: 2026-12-01T02:00:00, closesAt: 2026-12-01T04:00:00Z } }',
      '3:29: gates.window.opensAt: expected a moment with its offset, such as "2026-12-01T02:00:00+01:00"',
    ],
    [
      'samples for which there is no time',
      'verification: { samples: 60, intervalSeconds: 60 }',
      '3:15: verification.deadlineSeconds: 600 s are too short for 60 samples every 60 s',
    ],
    [
      'a way back that is to be undone',
      'wanted: { syncerMode: centralized }\nonStop: undo-all\nreasn: x',
      '4:9: onStop: the way back to centralized is not undone: only "stop" fits',
    ],
  ])('says what is wrong with %s', (_case, line, fault) => {
    expect(faultsOf(`${SMALL}${line}\n`)[0]).toContain(`eu.yaml:${fault}`);
  });

  it.each([
    ['a name is missing', 'select: { clusters: [a] }', '1:1: name: expected letters, digits and hyphens, at most 30, but it is missing'],
    ['nothing is selected', 'name: eu\nselect: {}', '2:9: select: selects nothing: name clusters, databases, kinds, classes or targets'],
    [
      'a target is none',
      'name: eu\nselect: { targets: [eu] }',
      '2:21: select.targets[0]: expected <cluster>/<name> or <cluster>/db:<number>',
    ],
    ['it is a list', '- name: eu', '1:1: expected keys with values'],
  ])('is told when %s', (_case, text, fault) => {
    expect(faultsOf(text)[0]).toContain(`eu.yaml:${fault}`);
  });

  it('is told once for each of a hundred places, and counted beyond that', () => {
    const unknown = Array.from({ length: 150 }, (_, index) => `key${index}: 1`).join('\n');
    const faults = faultsOf(`${SMALL}${unknown}`);
    expect(faults).toHaveLength(101);
    expect(faults.at(-1)).toBe('eu.yaml: and 50 more');
  });

  it('is a list that an execution could not take with it', () => {
    const clusters = Array.from({ length: 3_000 }, (_, index) => `  - cluster-${index}-${'x'.repeat(80)}`).join('\n');
    expect(faultsOf(`name: eu\nselect:\n clusters:\n${clusters}`)[0]).toMatch(
      /^eu\.yaml:1:1: \d+ bytes as JSON, expected at most 200000: name databases by patterns$/,
    );
  });
});

describe('a text that is no rollout', () => {
  it.each([
    [
      'a pattern without quotes',
      'name: eu\nselect:\n  exclude:\n    - */ledger',
      '4:7: a pattern that begins with "*" needs quotes, such as "*/ledger"',
    ],
    ['a star without quotes', 'select: { clusters: [*] }', '1:22: a pattern that begins with "*" needs quotes, such as "*/ledger"'],
    ['a key twice', 'bake:\n  seconds: 1\n  seconds: 2', '3:3: the key "seconds" is there already'],
    ['two documents', 'name: a\n---\nname: b', '2:1: a second document begins here, expected one'],
    ['a tag', 'name: !env NAME', '1:7: tags are not taken, expected a plain value'],
    ['a tag of an earlier YAML', 'name: !!binary aGk=', '1:7: tags are not taken, expected a plain value'],
    ['a key that is a list', '? [a]\n: 1', '1:3: expected a key that is plain text'],
    ['a tab before a key', 'select:\n\tclusters: [a]', '2:1: not valid YAML: Tabs are not allowed as indentation'],
    ['an open quote', 'name: "eu', '1:10: not valid YAML: Missing closing "quote'],
    ['a NUL', 'name: a\0', '1:8: a NUL character, expected text'],
    ['an escaped NUL', 'reason: "a\\0"', '1:9: expected text without NUL characters'],
    ['lists in lists without end', '['.repeat(200_000), '1:1: nested too deeply'],
    ['keys in keys without end', '? '.repeat(200_000), '1:1: nested too deeply'],
    ['many lists in one line', `a: ${'{a: '.repeat(5_000)}`, 'nested too deeply'],
  ])('says so for %s', (_case, text, fault) => {
    expect(faultsOf(text)[0]).toContain(fault);
  });

  it('is not blown up by aliases of aliases', () => {
    const lines = Array.from({ length: 9 }, (_, level) => `k${level}: &k${level} [${Array(9).fill(level === 0 ? 'x' : `*k${level - 1}`)}]`);
    expect(faultsOf(lines.join('\n'))).toEqual(['eu.yaml:1:1: its aliases come to too much']);
    expect(faultsOf(`a: &a x\nb: [${Array(101).fill('*a')}]`)).toEqual([expect.stringMatching(/^eu\.yaml:2:\d+: more than 100 aliases$/)]);
  });

  it('may name itself without taking for ever', () => {
    expect(faultsOf(`${SMALL}alarms: &a [*a]`)).toEqual(['eu.yaml:3:13: alarms[0]: expected text']);
  });

  it.each(['', '# nothing yet\n', '---\n'])('is empty: %j', (text) => {
    expect(faultsOf(text)).toEqual(['eu.yaml: empty, expected at least "name" and "select"']);
  });
});

describe('reading the file of a rollout', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rollout-file-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (content: string | Buffer): string => {
    const path = join(folder, 'eu.yaml');
    writeFileSync(path, content);
    return path;
  };

  it('gives what is in it', () => {
    expect(readRolloutFile(write(SMALL))).toEqual(parse(SMALL));
  });

  it('takes one of the largest size, and none beyond it', () => {
    const comment = `#${'x'.repeat(LARGEST_FILE - SMALL.length - 1)}`;
    expect(readRolloutFile(write(SMALL + comment)).name).toBe('eu');
    const path = write(`${SMALL}${comment}x`);
    expect(() => readRolloutFile(path)).toThrow(`${path}: larger than 1 MiB, expected the file of a rollout`);
  });

  it('says why it cannot', () => {
    expect(() => readRolloutFile(join(folder, 'none.yaml'))).toThrow(`${join(folder, 'none.yaml')}: no such file`);
    expect(() => readRolloutFile(folder)).toThrow(`${folder}: a folder, not a file`);
    expect(() => readRolloutFile(write(Buffer.from([0x6e, 0xff, 0xfe])))).toThrow(/eu\.yaml: not UTF-8, expected YAML or JSON$/);
  });
});
