import { describe, expect, it } from 'vitest';
import { STAND_IN } from '../support/foreign-rladmin/foreign-cluster.ts';
import { type Ended, type Workplace, workplaces } from './command-line.ts';

const at = workplaces();
const APPLY = ['apply', 'lab/orders', '--to', 'distributed', '--yes'];

const expectOneSentence = ({ code, stdout, stderr }: Ended, ...parts: (string | RegExp)[]) => {
  expect(code, stderr).toBe(2);
  expect(stdout).toBe('');
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr.trim().split('\n'), stderr).toHaveLength(1);
};

const lab = (workplace: Workplace) => ({ transport: 'exec', rladmin: [STAND_IN, workplace.cluster.folder] });

type Broken = [what: string, configuration: (workplace: Workplace) => unknown, place: RegExp];
const broken: Broken[] = [
  ['is cut off', () => '{ "clusters": { "lab": ', /JSON/],
  ['is empty', () => '', /JSON/],
  ['is a list', () => [], /object/],
  ['has no clusters', () => ({}), /clusters/],
  ['has an unknown key', (workplace) => ({ clusters: { lab: lab(workplace) }, cluster: {} }), /cluster\b/],
  [
    'has a misspelt safety option',
    (workplace) => ({ clusters: { lab: lab(workplace) }, defaults: { verification: { sampels: 3 } } }),
    /defaults\.verification.*sampels/,
  ],
  [
    'has a text for a number',
    (workplace) => ({ clusters: { lab: lab(workplace) }, defaults: { verification: { samples: 'two' } } }),
    /defaults\.verification\.samples/,
  ],
  [
    'has a negative number',
    (workplace) => ({ clusters: { lab: lab(workplace) }, defaults: { verification: { settleSeconds: -1 } } }),
    /defaults\.verification\.settleSeconds/,
  ],
  [
    'presets a policy that serves one proxy',
    (workplace) => ({ clusters: { lab: lab(workplace) }, defaults: { proxyPolicy: 'single' } }),
    /defaults\.proxyPolicy/,
  ],
  [
    'presets a policy that does not exist',
    (workplace) => ({ clusters: { lab: lab(workplace) }, defaults: { proxyPolicy: 'all-master-nodes' } }),
    /defaults\.proxyPolicy/,
  ],
  ['names the program as a line', () => ({ clusters: { lab: { transport: 'exec', rladmin: 'rladmin' } } }), /clusters\.lab\.rladmin/],
  ['names no program', () => ({ clusters: { lab: { transport: 'exec', rladmin: [] } } }), /clusters\.lab\.rladmin/],
  ['leaves the program out', () => ({ clusters: { lab: { transport: 'exec' } } }), /clusters\.lab\.rladmin/],
  ['has an unknown transport', () => ({ clusters: { lab: { transport: 'telnet' } } }), /clusters\.lab.*transport/],
  ['mistypes an option of a transport', (workplace) => ({ clusters: { lab: { ...lab(workplace), sudo: true } } }), /clusters\.lab.*sudo/],
  ['names a cluster with a blank', (workplace) => ({ clusters: { 'la b': lab(workplace) } }), /clusters/],
  [
    'asks for more samples than the deadline holds',
    (workplace) => ({
      clusters: { lab: lab(workplace) },
      defaults: { verification: { samples: 10, intervalSeconds: 10, deadlineSeconds: 20 } },
    }),
    /deadlineSeconds/,
  ],
];

describe.concurrent('a configuration that', () => {
  it.each(broken)('%s is refused with one sentence that names file and place', async (_what, configuration, place) => {
    const workplace = at();
    workplace.configure(configuration(workplace));
    expectOneSentence(await workplace.run(APPLY), 'syncshift.config.json', place);
    expect(workplace.cluster.calls()).toEqual([]);
  });

  it('is not there is named', async () => {
    const workplace = at();
    expectOneSentence(await workplace.run([...APPLY, '--config', 'gone.json']), 'gone.json');
    expect(workplace.cluster.calls()).toEqual([]);
  });

  it('is a folder is named', async () => {
    const workplace = at();
    expectOneSentence(await workplace.run([...APPLY, '--config', '.']), workplace.folder);
  });

  it('is broken is reported as one document with --json', async () => {
    const workplace = at();
    workplace.configure('{');
    const { code, stdout } = await workplace.run([...APPLY, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { name: expect.any(String), message: expect.stringContaining('syncshift.config.json') } });
  });

  it('starts with a byte order mark is read', async () => {
    const workplace = at();
    workplace.configure(`\uFEFF${workplace.configuration()}`);
    expect((await workplace.run(['inspect', 'lab'])).code).toBe(0);
  });

  it('lies elsewhere is found with --config', async () => {
    const workplace = at();
    const elsewhere = at();
    const { code } = await elsewhere.run(['inspect', 'lab', '--config', workplace.configFile]);
    expect(code).toBe(0);
    expect(workplace.cluster.calls()).not.toEqual([]);
    expect(elsewhere.cluster.calls()).toEqual([]);
  });
});

const hostile = [
  'lab/or;ders',
  'lab/$(id)',
  'lab/`id`',
  'lab/or ders',
  'lab/orders|cat',
  'lab/orders\nflush',
  'lab/-y',
  'lab/--yes',
  'lab/../orders',
  'lab/orders/7',
  'lab/orders-',
  'lab/db:0',
  'lab/db:07',
  'lab/db:7;id',
  'lab/db:-7',
  'lab/DB:7',
  'lab/bäume',
  `lab/${'x'.repeat(64)}`,
  'lab/',
  '/orders',
  'l;ab/orders',
  '',
  'nowhere/orders',
];

describe.concurrent('a target', () => {
  it.each(hostile)('%j is refused before anything runs', async (target) => {
    const workplace = at();
    const ended = await workplace.run(['apply', target, '--to', 'distributed', '--yes']);
    expect([ended.code, ended.stdout], ended.stderr).toEqual([2, '']);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(workplace.cluster.calls()).toEqual([]);
  });

  it('without a database is refused by a change', async () => {
    const workplace = at();
    expect((await workplace.run(['apply', 'lab', '--to', 'distributed', '--yes'])).code).toBe(2);
    expect(workplace.cluster.calls()).toEqual([]);
  });

  it('on an unknown cluster is answered with its name', async () => {
    expectOneSentence(await at().run(['inspect', 'nowhere/orders']), 'nowhere');
  });

  it.each(['constructor', '__proto__', 'toString'])('on a cluster called %s is refused', async (name) => {
    const workplace = at();
    expectOneSentence(await workplace.run(['inspect', `${name}/orders`]));
  });
});

const misused: string[][] = [
  ['apply', 'lab/orders', '--yes'],
  ['apply', 'lab/orders', '--to', 'sideways', '--yes'],
  ['apply', 'lab/orders', '--to', 'distributed', '--policy', 'single', '--yes'],
  ['apply', 'lab/orders', '--to', 'distributed', '--policy', 'all-master-nodes', '--yes'],
  ['apply', 'lab/orders', '--to', 'distributed', '--force', '--yes'],
  ['apply', 'lab/orders', 'lab/carts', '--to', 'distributed', '--yes'],
  ['apply', 'lab/orders', '--to', 'distributed', '--engine', 'moon', '--yes'],
  ['apply'],
  ['plan', 'lab/orders'],
  ['fix', 'lab/orders'],
  ['show'],
  ['show', 'chg-unknown'],
  ['clear', 'chg-unknown'],
  ['show', '../../etc/passwd'],
];

describe.concurrent('a command line', () => {
  it.each(misused.map((args) => [args.join(' '), args] as const))('"%s" is refused before anything runs', async (_line, args) => {
    const workplace = at();
    const { code, stdout, stderr } = await workplace.run(args);
    expect([code, stdout], stderr).toEqual([2, '']);
    expect(stderr).not.toBe('');
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(workplace.cluster.calls()).toEqual([]);
  });

  it.each([
    [['fix', '--json']],
    [['apply', 'lab/orders', '--json', '--yes']],
    [['show', 'chg-unknown', '--json']],
    [['inspect', 'nowhere', '--json']],
  ])('%j answers with one error document', async (args) => {
    const { code, stdout } = await at().run(args);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { name: expect.any(String), message: expect.any(String) } });
  });

  it('shows its version', async () => {
    expect(await at().run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });

  it('does not write on a program that is missing, and names it', async () => {
    const workplace = at();
    workplace.configure({ clusters: { lab: { transport: 'exec', rladmin: ['/nowhere/rladmin'] } } });
    const { code, document } = await workplace.apply();
    expect(code).toBe(2);
    expect(JSON.stringify(document)).toContain('clusters.lab.rladmin[0]: /nowhere/rladmin');
  });

  it.each([
    ['an unknown transport', { transport: 'telnet' }, 'clusters.lab.transport: expected transport to be'],
    ['an instance that is none', { transport: 'ssm', region: 'eu-west-1', instances: { ids: ['i-1'] } }, 'clusters.lab.instances.ids[0]'],
    ['a region that is none', { transport: 'ssm', region: 'Ireland', instances: { tag: { key: 'a', value: 'b' } } }, 'clusters.lab.region'],
    [
      'a path that a shell would read otherwise',
      { transport: 'ssm', region: 'eu-west-1', instances: { tag: { key: 'a', value: 'b' } }, rladmin: "/opt/x'; id" },
      'clusters.lab.rladmin: expected an absolute path',
    ],
    ['an address without TLS', { transport: 'rest', url: 'http://c:9443', credentials: { secretId: 's' } }, 'clusters.lab.url'],
    ['no program', { transport: 'exec' }, 'clusters.lab.rladmin: expected a list such as'],
    ['a NUL character in the program', { transport: 'exec', rladmin: ['x\u0000'] }, 'clusters.lab.rladmin[0]'],
  ])('names the place of %s', async (_what, cluster, place) => {
    const workplace = at();
    workplace.configure({ clusters: { lab: cluster } });
    const { code, stderr } = await workplace.run(['apply', 'lab/orders', '--to', 'distributed', '--yes']);
    expect(code).toBe(2);
    expect(stderr).toContain(place);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('does not write through a program that it may not run', async () => {
    const workplace = at();
    workplace.configure({ clusters: { lab: { transport: 'exec', rladmin: [workplace.configFile] } } });
    const { code, document } = await workplace.apply();
    expect([code, document.outcome]).toEqual([3, 'refused']);
  });

  it('survives a reader that goes away', async () => {
    const workplace = at();
    const started = workplace.start(['inspect', 'lab', '--json']);
    started.process.stdout?.destroy();
    const { stderr } = await started.ended;
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
