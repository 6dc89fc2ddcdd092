import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as commands from '../../../../../lambdas/adapters/rladmin/commands.ts';
import { StepError } from '../../../../../lambdas/contracts/errors.ts';

const WORD = /^(?:[a-z_-]+|[1-9][0-9]*|db:[1-9][0-9]*|[1-9][0-9]*:[1-9][0-9]*)$/;
const VOCABULARY = [
  ...['bind', 'tune', 'info', 'db', 'node', 'endpoint', 'policy', 'include', 'exclude', 'syncer_mode'],
  ...['single', 'all-master-shards', 'all-nodes', 'centralized', 'distributed'],
];

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    ...['db:7;id', 'db:7 flush', 'db:7\n', '\ndb:7', 'db:$(id)', '-y', '--yes', '7:1;', '7:1\n', '7:1 policy single', '`id`', 'db:7\0'],
    ...[
      'db:07',
      'db:0',
      'db:７',
      '７:1',
      'all-master-nodes',
      'Distributed',
      'distributed -y',
      'centralized\n',
      '*',
      '~',
      'db:7&',
      'db:7|cat',
    ],
  ),
  fc
    .constantFrom('db:7', '7:1', 'all-nodes', 'single', 'distributed')
    .chain((good) => fc.string({ minLength: 1, maxLength: 5 }).map((more) => good + more)),
);
const hostileNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, -1, 1.5, 1e21, 2 ** 53), fc.integer());
const hostileWord = fc.oneof(
  hostile,
  hostileNumber,
  fc.constantFrom('db:7', '7:1', 'all-nodes', 'distributed', 'include', undefined, null),
);

const expectSafe = (build: () => readonly unknown[]): void => {
  try {
    for (const word of build()) {
      expect(word).toBeTypeOf('string');
      expect(word).toMatch(WORD);
      if (/^[a-z_-]+$/.test(String(word))) expect(VOCABULARY).toContain(word);
    }
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    expect(error.name).toBe('InvalidInputError');
  }
};

describe('commands', () => {
  it('never carry a hostile database, endpoint or policy', () => {
    fc.assert(
      fc.property(hostileWord, hostileWord, hostileWord, (database, endpoint, policy) => {
        expectSafe(() => commands.bindPolicy(database as never, String(endpoint) as never, policy as never));
      }),
      { numRuns: 3_000 },
    );
  });

  it('never carry a hostile policy or mode beside a proper address', () => {
    fc.assert(
      fc.property(hostileWord, (word) => {
        expectSafe(() => commands.bindPolicy('db:7', '7:1', word as never));
        expectSafe(() => commands.tuneSyncer('db:7', word as never));
        expectSafe(() => commands.tuneSyncer(word as never, 'centralized'));
        expectSafe(() => commands.infoDatabase(word as never));
      }),
      { numRuns: 3_000 },
    );
  });

  it('never carry a hostile node', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(hostileNumber, hostile)), (nodes) => {
        expectSafe(() => commands.bindList('db:7', '7:1', 'exclude', nodes as never));
        for (const node of nodes) expectSafe(() => commands.infoNode(node as never));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never carry a hostile kind of list', () => {
    fc.assert(fc.property(hostile, (list) => expectSafe(() => commands.bindList('db:7', '7:1', list as never, [1]))));
  });

  it('never name an endpoint of another database', () => {
    expect(() => commands.bindPolicy('db:1', '12:1', 'all-nodes')).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
    expect(() => commands.bindPolicy('db:12', '1:2', 'all-nodes')).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });

  it('are those of the documentation', () => {
    expect(
      [
        commands.commandFor({ kind: 'bind-policy', database: 'db:7', endpoint: '7:1', policy: 'all-master-shards' }),
        commands.commandFor({ kind: 'bind-list', database: 'db:7', endpoint: '7:1', list: 'exclude', nodes: [2, 3] }),
        commands.commandFor({ kind: 'tune-syncer', database: 'db:7', mode: 'distributed' }),
        commands.infoDatabase('db:7'),
        commands.infoNode(3),
      ].map((words) => words.join(' ')),
    ).toEqual([
      'bind db db:7 endpoint 7:1 policy all-master-shards',
      'bind db db:7 endpoint 7:1 exclude 2 3',
      'tune db db:7 syncer_mode distributed',
      'info db db:7',
      'info node 3',
    ]);
  });

  it('that only read never confirm, force or filter by issues', () => {
    const reads = [
      commands.STATUS,
      commands.STATUS_WITH_JOBS,
      commands.INFO_CLUSTER,
      commands.RUNNING_ACTIONS,
      commands.statusOf('endpoints'),
    ];
    expect(reads.flat().filter((word) => word.startsWith('-') || word === 'issues_only' || word === 'commit')).toEqual([]);
  });
});
