import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { RolloutFileInput } from '../../lambdas/contracts/rollout-file.ts';
import { multi, neighbour, orders } from '../support/foreign-rladmin/foreign-cluster.ts';
import { type Started, type Workplace, workplaces } from './command-line.ts';

vi.setConfig({ testTimeout: 90_000 });

const at = workplaces();

const FILE: RolloutFileInput = {
  name: 'spring',
  requestedBy: 'alice@example.com',
  select: { clusters: ['*'], exclude: ['lab/carts'] },
  bake: { seconds: 0, samples: 1 },
};
/** Two databases to switch, one that needs nothing, one that cannot be switched, and the neighbour that nothing may touch. */
const DATABASES = [
  orders(),
  orders({ id: 8, name: 'users' }),
  orders({ id: 9, name: 'sessions', mode: 'distributed', endpoints: [multi()] }),
  orders({ id: 10, name: 'ledger', primaries: [2, 2] }),
  neighbour,
];
const AFTER_CANARY: Partial<RolloutFileInput> = { gates: { approve: ['after-canary'] } };
const ID = 'rol-spring-1';
const START = ['rollout', 'start', 'spring.json', '--yes', '--id', ID];

interface Document {
  readonly rolloutId: string;
  readonly outcome?: string;
  readonly status: string;
  readonly summary: {
    readonly counts: Record<string, number>;
    readonly notApplied: readonly { readonly target: string; readonly state: string }[];
  };
  readonly plan: { readonly hash: string; readonly targets: number; readonly waves: readonly object[] };
  readonly targets: readonly { readonly name: string; readonly wave: number; readonly state: string; readonly before?: object }[];
  readonly settings: readonly { readonly path: string; readonly value: unknown; readonly from: string }[];
}

/** A cluster with those databases, and a file that rolls out over it. */
function workplaceWith(settings: Partial<RolloutFileInput> = {}): Workplace {
  const workplace = at({ databases: DATABASES });
  writeFileSync(join(workplace.folder, 'spring.json'), JSON.stringify({ ...FILE, ...settings }));
  return workplace;
}

const rollout = (workplace: Workplace, ...words: string[]) => workplace.json<Document>('rollout', ...words);
const modes = ({ cluster }: Workplace) => [7, 8, 10].map((id) => cluster.database(id).mode);

async function untilSaid({ process, ended }: Started, wanted: RegExp): Promise<void> {
  let said = '';
  let isOver = false;
  process.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  void ended.then(() => {
    isOver = true;
  });
  while (!wanted.test(said)) {
    if (isOver) throw new Error(`it ended without saying ${wanted}: ${said}`);
    await sleep(20);
  }
}

/** A rollout whose canary is applied, and that waits for an approval of the rest. */
async function waiting(): Promise<{ workplace: Workplace; started: Started }> {
  const workplace = workplaceWith(AFTER_CANARY);
  const started = workplace.start([...START, '--json']);
  await untilSaid(started, /waits for an approval/);
  return { workplace, started };
}

describe.concurrent('rollout plan', () => {
  it('shows settings, waves and what is left out, writes nothing and leaves nothing behind', async () => {
    const workplace = workplaceWith();
    const { code, document, stderr } = await rollout(workplace, 'plan', 'spring.json');
    expect([code, document.outcome], stderr).toEqual([0, 'planned']);
    expect(document.plan).toMatchObject({
      targets: 2,
      waves: [
        { wave: 1, canary: true, targets: 1 },
        { wave: 2, targets: 1 },
      ],
    });
    expect(document.targets.map(({ name, wave, state }) => [name, wave, state])).toEqual(
      expect.arrayContaining([
        ['sessions', 0, 'unchanged'],
        ['ledger', 0, 'refused'],
      ]),
    );
    expect(document.targets[0]?.before).toMatchObject({ syncerMode: 'centralized' });
    expect(document.settings).toContainEqual({ path: 'errorBudget', value: 0, from: 'default' });
    expect([workplace.cluster.writes(), existsSync(join(workplace.folder, '.syncshift'))]).toEqual([[], false]);
  });

  it('points at every fault in the file', async () => {
    const workplace = at();
    writeFileSync(join(workplace.folder, 'spring.yaml'), 'name: spring\nselect:\n  clusters: ["*"]\nerorBudget: 2\n');
    const { code, stdout, stderr } = await workplace.run(['rollout', 'plan', 'spring.yaml']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/spring\.yaml:4:1: .*erorBudget/);
    expect(workplace.cluster.calls()).toEqual([]);
  });

  it('that cannot be carried out says why', async () => {
    const workplace = workplaceWith({ select: { targets: ['lab/gone'] } });
    const { code, document } = await rollout(workplace, 'plan', 'spring.json');
    expect([code, document.outcome]).toEqual([3, 'refused']);
    expect(document.plan).toMatchObject({ blockers: [expect.stringContaining('lab/gone')] });
  });
});

describe.concurrent('rollout start', () => {
  it('asks before it writes, so without a terminal it wants --yes', async () => {
    const workplace = workplaceWith();
    const { code, stderr } = await workplace.run(['rollout', 'start', 'spring.json']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--yes/);
    expect(workplace.cluster.calls()).toEqual([]);
  });

  it('carries the rollout out and tells the truth about it', async () => {
    const workplace = workplaceWith();
    const started = await workplace.json<Document>(...START);
    expect([started.code, started.document.outcome], started.stderr).toEqual([8, 'incomplete']);
    expect(started.document.summary.counts).toEqual({ applied: 2, unchanged: 1, refused: 1 });
    expect(started.document.summary.notApplied).toMatchObject([{ target: 'lab/ledger', state: 'refused' }]);
    expect(started.stderr).toMatch(/wave 1: began[\s\S]*: applied[\s\S]*wave 1: passed[\s\S]*wave 2: began/);
    expect(modes(workplace)).toEqual(['distributed', 'distributed', 'centralized']);

    const [again, shown, listed] = await Promise.all([
      workplace.json<Document>(...START),
      workplace.run(['rollout', 'show', ID]),
      workplace.json<{ rollouts: readonly object[] }>('rollout', 'list'),
    ]);
    expect(again.document).toEqual(started.document);
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('lab/ledger (db:10)  refused: policy')]);
    expect(listed.document.rollouts).toMatchObject([{ rolloutId: ID, outcome: 'incomplete', targets: 2 }]);
  });

  it('that has ended is undone when somebody asks for that: everything goes back, and nothing else is written', async () => {
    const workplace = workplaceWith({ select: { targets: ['lab/users'] } });
    const started = await workplace.json<Document>(...START);
    expect([started.code, started.document.outcome], started.stderr).toEqual([0, 'completed']);
    const undone = await rollout(workplace, 'undo', ID);
    expect([undone.code, undone.document.outcome, undone.document.summary.counts], undone.stderr).toEqual([6, 'undone', { undone: 1 }]);
    expect(modes(workplace)).toEqual(['centralized', 'centralized', 'centralized']);
  });

  it('pauses on a signal and says how to go on; a paused rollout can be aborted', async () => {
    const { workplace, started } = await waiting();
    started.process.kill('SIGINT');
    const paused = await started.ended;
    expect([paused.code, JSON.parse(paused.stdout)], paused.stderr).toEqual([8, expect.objectContaining({ status: 'paused' })]);
    expect(paused.stderr).toMatch(/SIGINT: pausing\..*syncshift rollout resume rol-spring-1/);
    const aborted = await rollout(workplace, 'abort', ID, '--reason', 'enough');
    expect([aborted.code, aborted.document.outcome], aborted.stderr).toEqual([8, 'incomplete']);
    expect(aborted.document.summary.counts).toMatchObject({ applied: 1, waiting: 1 });
  });
});

describe.concurrent('a rollout of another process', () => {
  it('is paused from elsewhere, goes on when it is resumed, and past its gate when somebody approves', async () => {
    const { workplace, started } = await waiting();
    const asked = await workplace.run(['rollout', 'pause', ID, '--reason', 'lunch']);
    expect([asked.code, asked.stdout]).toEqual([0, expect.stringContaining('it pauses once the changes under way have ended')]);
    expect((await started.ended).code).toBe(8);

    const resumed = workplace.start(['rollout', 'resume', ID, '--json']);
    await untilSaid(resumed, /goes on, run 1/);
    const watching = workplace.start(['rollout', 'watch', ID, '--json']);
    const decided = await workplace.run(['approve', ID, '--yes']);
    expect(decided.code, decided.stderr).toBe(0);
    expect(decided.stderr).toMatch(/lab\/users \(db:8\) {2}C1 single centralized → all-master-shards distributed/);
    const [ended, watched] = await Promise.all([resumed.ended, watching.ended]);
    expect([ended.code, watched.code], ended.stderr + watched.stderr).toEqual([8, 8]);
    expect(JSON.parse(watched.stdout)).toEqual(JSON.parse(ended.stdout));
    expect((JSON.parse(ended.stdout) as Document).summary.counts).toEqual({ applied: 2, unchanged: 1, refused: 1 });
  });

  it('that was killed is noticed by whoever watches, and goes on when it is resumed', async () => {
    const { workplace, started } = await waiting();
    const watching = workplace.start(['rollout', 'watch', ID]);
    await sleep(300);
    started.process.kill('SIGKILL');
    const watched = await watching.ended;
    expect([watched.code, watched.stdout], watched.stderr).toEqual([8, '']);
    expect(watched.stderr).toMatch(/its process is gone .*rollout resume rol-spring-1/);
    const resumed = workplace.start(['rollout', 'resume', ID, '--json']);
    await untilSaid(resumed, /goes on, run 1/);
    const rejected = await workplace.run(['reject', ID, '--yes', '--reason', 'not today']);
    expect(rejected.code, rejected.stderr).toBe(0);
    const { code, stdout, stderr } = await resumed.ended;
    expect([code, (JSON.parse(stdout) as Document).outcome], stderr).toEqual([6, 'undone']);
    expect(modes(workplace)).toEqual(['centralized', 'centralized', 'centralized']);
  });
});

it.concurrent('a rollout that nobody knows is a fault of usage', async () => {
  const workplace = at();
  for (const verb of ['show', 'watch', 'undo']) {
    const { code, stderr } = await workplace.run(['rollout', verb, 'rol-none']);
    expect([verb, code], stderr).toEqual([verb, 2]);
    expect(stderr).toMatch(/no rollout "rol-none" is on record/);
  }
});
