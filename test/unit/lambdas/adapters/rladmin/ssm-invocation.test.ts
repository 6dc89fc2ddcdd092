import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as commands from '../../../../../lambdas/adapters/rladmin/commands.ts';
import { invocationOf, journeysOf, sentParameters } from '../../../../../lambdas/adapters/rladmin/ssm-invocation.ts';
import { StepError } from '../../../../../lambdas/contracts/errors.ts';
import { rladminDocument } from '../../../../../lambdas/contracts/rladmin-document.ts';

const { parameters: DOCUMENT } = rladminDocument({ rladmin: '/opt/redislabs/bin/rladmin', runAs: 'root' });

const EVERY_COMMAND: [commands.Command, string, Record<string, string>][] = [
  [commands.STATUS_WITH_JOBS, 'status-extra-all', {}],
  [commands.STATUS, 'status', {}],
  [commands.statusOf('nodes'), 'status-nodes', {}],
  [commands.statusOf('databases'), 'status-databases', {}],
  [commands.statusOf('endpoints'), 'status-endpoints', {}],
  [commands.statusOf('shards'), 'status-shards', {}],
  [commands.DATABASES_WITH_JOBS, 'status-databases-jobs', {}],
  [commands.statusOfDatabase('endpoints', 'db:7'), 'status-endpoints-of', { database: 'db:7' }],
  [commands.statusOfDatabase('shards', 'db:7'), 'status-shards-of', { database: 'db:7' }],
  [commands.INFO_CLUSTER, 'info-cluster', {}],
  [commands.RUNNING_ACTIONS, 'running-actions', {}],
  [commands.INFO_ALL_DATABASES, 'info-db', {}],
  [commands.infoDatabase('db:7'), 'info-db-of', { database: 'db:7' }],
  [commands.infoNode(12), 'info-node-12', {}],
  [
    commands.bindPolicy('db:7', '7:1', 'all-master-shards'),
    'bind-policy',
    { database: 'db:7', endpoint: '7:1', policy: 'all-master-shards' },
  ],
  [commands.bindList('db:7', '7:1', 'include', [3]), 'bind-include', { database: 'db:7', endpoint: '7:1', nodes: '3' }],
  [commands.bindList('db:7', '7:1', 'exclude', [1, 2, 30]), 'bind-exclude', { database: 'db:7', endpoint: '7:1', nodes: '1 2 30' }],
  [commands.tuneSyncer('db:7', 'distributed'), 'tune-syncer', { database: 'db:7', mode: 'distributed' }],
];

const nameOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof StepError ? error.name : 'another error';
  }
};

describe('a command in the words of the document', () => {
  it.each(EVERY_COMMAND)('%j is the action %s', (command, action, parameters) => {
    expect(invocationOf(command)).toMatchObject({ command, action, parameters });
  });

  it.each(EVERY_COMMAND)('%j passes the patterns of the document', (command) => {
    for (const [name, [value, ...more]] of Object.entries(sentParameters([invocationOf(command)]))) {
      expect(more).toEqual([]);
      expect(value).toMatch(new RegExp(DOCUMENT[name as keyof typeof DOCUMENT].allowedPattern));
    }
  });

  it('tells reads from writes', () => {
    const writes = EVERY_COMMAND.map(([command]) => invocationOf(command)).filter(({ kind }) => kind === 'write');
    expect(writes.map(({ action }) => action)).toEqual(['bind-policy', 'bind-include', 'bind-exclude', 'tune-syncer']);
  });

  it.each<[string, string[]]>([
    ['no words', []],
    ['another verb', ['flush', 'db', 'db:7']],
    ['a name instead of an id', ['info', 'db', 'orders']],
    ['a word too many', ['status', 'extra', 'all', '-y']],
    ['a word too few', ['tune', 'db', 'db:7', 'syncer_mode']],
    ['a list without nodes', ['bind', 'db', 'db:7', 'endpoint', '7:1', 'include']],
    ['the placeholder of a parameter', ['info', 'db', '-']],
    ['another mode', ['tune', 'db', 'db:7', 'syncer_mode', 'Distributed']],
    ['two nodes at once', ['info', 'node', '1,status']],
    ['a node with a shell character', ['info', 'node', '1;id']],
    ['node zero', ['info', 'node', '0']],
    ['a newline behind an id', ['info', 'db', 'db:7\n']],
  ])('refuses %s', (_what, command) => {
    expect(nameOf(() => invocationOf(command))).toBe('InvalidInputError');
  });

  it('A31: never takes words that rladmin would not be given as they are', () => {
    const word = fc.oneof(
      fc.constantFrom('status', 'info', 'db', 'node', 'bind', 'tune', 'endpoint', 'policy', 'include', 'syncer_mode', 'extra', 'all'),
      fc.constantFrom('db:7', '7:1', '3', 'all-nodes', 'distributed', '$(id)', "'", '"', ' ', '-', '', 'db:7 -y'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 9 }), (command) => {
        let invocation: ReturnType<typeof invocationOf>;
        try {
          invocation = invocationOf(command);
        } catch (error) {
          return error instanceof StepError && error.name === 'InvalidInputError';
        }
        const sent = Object.entries(sentParameters([invocation]));
        return (
          command.every((given) => /^[a-z_0-9:-]+$/.test(given)) &&
          sent.every(([name, [value = '']]) => new RegExp(DOCUMENT[name as keyof typeof DOCUMENT].allowedPattern).test(value))
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('reads that travel together', () => {
  const actionsOf = (...reads: commands.Command[]) => journeysOf(reads.map(invocationOf)).map((journey) => sentParameters(journey));

  it('are one command, in the order in which they are asked for', () => {
    expect(actionsOf(commands.STATUS_WITH_JOBS, commands.infoDatabase('db:7'), commands.RUNNING_ACTIONS)).toEqual([
      { actions: ['status-extra-all,info-db-of,running-actions'], database: ['db:7'] },
    ]);
  });

  it('are two commands when they need a parameter with two values', () => {
    expect(actionsOf(commands.infoDatabase('db:7'), commands.INFO_CLUSTER, commands.infoDatabase('db:8'))).toEqual([
      { actions: ['info-db-of,info-cluster'], database: ['db:7'] },
      { actions: ['info-db-of'], database: ['db:8'] },
    ]);
  });

  it('are asked for once however often they are named', () => {
    expect(actionsOf(commands.STATUS, commands.STATUS, commands.infoNode(1), commands.infoNode(1))).toEqual([
      { actions: ['status,info-node-1'] },
    ]);
  });
});
