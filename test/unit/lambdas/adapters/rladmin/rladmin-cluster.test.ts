import { describe, expect, it } from 'vitest';
import type { Command } from '../../../../../lambdas/adapters/rladmin/commands.ts';
import { newDialect, RladminCluster } from '../../../../../lambdas/adapters/rladmin/rladmin-cluster.ts';
import type { CommandResult, Runner } from '../../../../../lambdas/adapters/rladmin/runner.ts';
import type { SimulatedCluster } from '../../../../../lib/simulator/cluster.ts';
import { clusterWith, demoCluster } from '../../../../../lib/simulator/fleets.ts';
import { answer } from '../../../../../lib/simulator/rladmin.ts';
import { NOW } from '../../../../support/facts.ts';

/** A transport that carries many reads in one journey and loses everything behind `carries` characters. */
class Bundles implements Runner {
  readonly carriesMany = true;
  readonly journeys: string[][] = [];
  readonly passedOver: string[] = [];
  readonly #nodes: SimulatedCluster[];
  readonly #carries: number;

  constructor(nodes: SimulatedCluster[], carries = 24_000) {
    this.#nodes = nodes;
    this.#carries = carries;
  }

  reading(announced: readonly Command[]) {
    let carried: Promise<Map<string, CommandResult>> | undefined;
    return async (command: Command): Promise<CommandResult> => {
      carried ??= this.#travel(announced);
      const words = command.join(' ');
      return (await carried).get(words) ?? ((await this.#travel([command])).get(words) as CommandResult);
    };
  }

  async #travel(commands: readonly Command[]): Promise<Map<string, CommandResult>> {
    this.journeys.push(commands.map((command) => command.join(' ')));
    let left = this.#carries;
    const answers = new Map<string, CommandResult>();
    for (const command of commands) {
      const { stdout, stderr, exitCode } = answer(this.#nodes[this.passedOver.length] as SimulatedCluster, [...command]);
      left -= stdout.length;
      const whole: CommandResult = { ended: 'exited', exitCode, stdout, stderr };
      answers.set(command.join(' '), left > 0 ? whole : { ended: 'cut', exitCode: null, stdout: '', stderr: '' });
    }
    return answers;
  }

  passOver(reason: string): boolean {
    if (this.passedOver.length + 1 >= this.#nodes.length) return false;
    this.passedOver.push(reason);
    return true;
  }

  write = async (): Promise<CommandResult> => ({ ended: 'not-started', exitCode: null, stdout: '', stderr: '' });
  recall = async (): Promise<undefined> => undefined;
}

const clusterOver = (runner: Runner) =>
  new RladminCluster({ name: 'lab', runner, clock: { now: () => new Date(NOW) }, dialect: newDialect() });

describe('RladminCluster over a transport that carries many reads at once', () => {
  it('inspects a database in one journey, whether it is given by name or by id', async () => {
    for (const database of ['orders', 'db:7']) {
      const runner = new Bundles([clusterWith()]);
      const { facts, conditions } = await clusterOver(runner).inspect(database);
      expect(facts.database).toEqual({ cluster: 'lab', id: 'db:7', name: 'orders' });
      expect(conditions).toEqual({ runningActions: [], upgradeMode: false });
      expect(runner.journeys).toHaveLength(1);
    }
  });

  it('reads a pinned database again in one journey', async () => {
    const runner = new Bundles([clusterWith()]);
    await clusterOver(runner).readDatabase('db:7');
    expect(runner.journeys).toEqual([['status extra all', 'info db db:7']]);
  });

  it('reads the same facts in parts once the whole is more than the transport carries, and remembers that', async () => {
    const wide = await clusterOver(new Bundles([demoCluster()])).readDatabase('db:7');
    const runner = new Bundles([demoCluster()], 2_600);
    const cluster = clusterOver(runner);
    expect(await cluster.readDatabase('db:7')).toEqual(wide);
    runner.journeys.length = 0;
    expect(await cluster.readDatabase('db:7')).toEqual(wide);
    expect(runner.journeys.flat()).not.toContain('status extra all');
    expect(runner.journeys).toHaveLength(1);
  });

  it('A21: never reads a table that was cut', async () => {
    const runner = new Bundles([demoCluster()], 200);
    await expect(clusterOver(runner).readDatabase('db:7')).rejects.toMatchObject({ name: 'ClusterOutputError' });
  });

  it('A30: lets another node answer while the one that does is no healthy member', async () => {
    const ailing = clusterWith();
    for (const node of ailing.nodes.slice(0, 1)) node.status = 'DOWN, last seen 41s ago';
    const runner = new Bundles([ailing, clusterWith({}, { localNode: 2 })]);
    const facts = await clusterOver(runner).readDatabase('db:7');
    expect(runner.passedOver).toEqual([expect.stringContaining('DOWN')]);
    expect(facts.nodes.map(({ status }) => status)).toEqual(['OK', 'OK', 'OK']);
  });

  it('takes the view of an ailing node when there is no other, so that the way back stays open', async () => {
    const ailing = clusterWith();
    for (const node of ailing.nodes.slice(0, 1)) node.status = 'DOWN, last seen 41s ago';
    const facts = await clusterOver(new Bundles([ailing])).readDatabase('db:7');
    expect(facts.nodes[0]?.status).toBe('DOWN, last seen 41s ago');
  });
});
