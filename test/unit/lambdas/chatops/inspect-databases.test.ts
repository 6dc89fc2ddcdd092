import { beforeEach, describe, expect, it } from 'vitest';
import { handler, inspectDatabases } from '../../../../lambdas/chatops/inspect-databases.ts';
import { StepError } from '../../../../lambdas/contracts/errors.ts';
import type { ClusterWriter } from '../../../../lambdas/ports/cluster.ts';
import { type CommandObserver, type Ports, providePorts } from '../../../../lambdas/runtime/ports.ts';
import { facts } from '../../../support/facts.ts';

const unread = { id: 'db:8', name: 'carts', error: { name: 'ClusterOutputError', message: 'no endpoint is listed' } } as const;
const orders = facts();
const NO_CONTEXT = {} as Parameters<typeof handler>[1];

let databases: unknown[];
let observers: CommandObserver[];
const cluster: Ports['cluster'] = async (name, observe) => {
  observers.push(observe);
  if (name !== 'lab') throw new StepError('ClusterAccessError', `no cluster "${name}" is configured; there is lab`);
  const reader: Pick<ClusterWriter, 'readAll' | 'readDatabase'> = {
    readAll: async () => databases as Awaited<ReturnType<ClusterWriter['readAll']>>,
    readDatabase: async (database) => {
      if (database === 'orders' || database === 'db:7') return orders;
      throw new StepError('PreconditionFailedError', `there is no database ${database}`);
    },
  };
  return reader as ClusterWriter;
};
beforeEach(() => {
  databases = [orders, unread];
  observers = [];
  providePorts({ cluster } as Ports);
});

describe('inspectDatabases', () => {
  it.each(['orders', 'db:7'])('reads the one database that was named, %s', async (database) => {
    expect(await inspectDatabases({ cluster: 'lab', database }, { cluster })).toEqual({ cluster: 'lab', databases: [orders] });
  });

  it('reads every database of a cluster, and reports one that cannot be read', async () => {
    expect(await inspectDatabases({ cluster: 'lab' }, { cluster })).toEqual({ cluster: 'lab', databases: [orders, unread] });
  });

  it('fails when the one database that was named cannot be read', async () => {
    await expect(inspectDatabases({ cluster: 'lab', database: 'nowhere' }, { cluster })).rejects.toMatchObject({
      name: 'PreconditionFailedError',
    });
  });

  it('lets the commands of a look pass: there is no record for them', async () => {
    await inspectDatabases({ cluster: 'lab' }, { cluster });
    for (const observe of observers) expect(await observe({ command: 'status', exitCode: 0, output: '' })).toBeUndefined();
    expect(observers).toHaveLength(1);
  });
});

describe('the function that inspects databases', () => {
  it('answers with what it found', async () => {
    expect(await handler({ cluster: 'lab', database: 'orders' }, NO_CONTEXT)).toEqual({ cluster: 'lab', databases: [orders] });
    expect(await handler({ cluster: 'lab' }, NO_CONTEXT)).toEqual({ cluster: 'lab', databases: [orders, unread] });
  });

  it.each([
    ['without a cluster', {}],
    ['for a cluster that cannot be one', { cluster: '../lab' }],
    ['for a database that cannot be one', { cluster: 'lab', database: 'a;b' }],
    ['with more than it knows', { cluster: 'lab', databases: ['orders'] }],
    ['that is nothing', undefined],
  ])('refuses a request %s before it reaches a cluster', async (_what, input) => {
    await expect(handler(input, NO_CONTEXT)).rejects.toMatchObject({ name: 'InvalidInputError' });
    expect(observers).toEqual([]);
  });

  it('fails under the name that tells what is wrong with the cluster', async () => {
    await expect(handler({ cluster: 'prod' }, NO_CONTEXT)).rejects.toMatchObject({ name: 'ClusterAccessError' });
  });

  it('never answers in a form that its caller could not read', async () => {
    databases = [{ id: 'db:7' }];
    await expect(handler({ cluster: 'lab' }, NO_CONTEXT)).rejects.toMatchObject({ name: 'InvalidOutputError' });
  });
});
