import { describe, expect, it } from 'vitest';
import { renderOpening } from '../../../../../lambdas/chatops/render/asked.ts';
import { type Part, renderThread, type ThreadSource } from '../../../../../lambdas/chatops/render/thread.ts';
import { ACTIONS, PlanReference } from '../../../../../lambdas/contracts/chat-task.ts';
import { OUTCOMES } from '../../../../../lambdas/contracts/outcomes.ts';
import { THREAD_PARTS, type ThreadPart } from '../../../../../lambdas/ports/threads.ts';
import { problemsOf } from '../../../../support/slack/block-kit.ts';
import { buttonsOf, confirmationsOf, textOf } from './reading.ts';
import { STORIES, type StoryName, tell } from './stories.ts';

const told = new Map<StoryName, Promise<ThreadSource[]>>();
function story(name: StoryName): Promise<ThreadSource[]> {
  const telling = told.get(name) ?? tell(name);
  told.set(name, telling);
  return telling;
}

const partOf = (source: ThreadSource | undefined, name: ThreadPart): Part | undefined =>
  source && renderThread(source).find(({ part }) => part === name);
const lastOf = async (name: StoryName): Promise<ThreadSource> => (await story(name)).at(-1) ?? expect.unreachable();

/** What a message said over time, each version once. */
const versionsOf = (moments: ThreadSource[], name: ThreadPart): string[] => [
  ...new Set(moments.map((moment) => partOf(moment, name)).flatMap((part) => (part ? [JSON.stringify(part.message)] : []))),
];

const stepsBegun = ({ record }: ThreadSource): number => record.timeline.filter(({ type }) => type === 'step-started').length;

describe.each(STORIES)('the thread of a change: %s', (name) => {
  it('is at every moment what Slack accepts, and its text says something without the blocks', async () => {
    for (const moment of await story(name))
      for (const { message } of renderThread(moment)) {
        expect(problemsOf(message)).toEqual([]);
        expect(message.text.length).toBeGreaterThan(20);
      }
  });

  it('begins with the root, keeps the order, and never takes a message back', async () => {
    let before: Part['part'][] = [];
    for (const moment of await story(name)) {
      const parts = renderThread(moment).map(({ part }) => part);
      expect(parts[0]).toBe('root');
      expect(parts).toEqual(THREAD_PARTS.filter((part) => parts.includes(part)));
      expect(parts).toEqual(expect.arrayContaining(before));
      before = parts;
    }
  });

  it('has buttons only while somebody may decide, each naming the plan that is shown', async () => {
    for (const { gate, record, ...source } of await story(name)) {
      const buttons = renderThread({ record, ...(gate && { gate }), ...source }).flatMap(({ message }) => buttonsOf(message));
      const isOpen = gate?.status === 'waiting' && !record.report && !record.timeline.some(({ type }) => type === 'cancel-requested');
      expect(buttons.map(({ action_id }) => action_id)).toEqual(isOpen ? [ACTIONS.approve, ACTIONS.reject] : []);
      for (const { value } of buttons)
        expect(PlanReference.parse(JSON.parse(value ?? ''))).toEqual({ changeId: record.changeId, planHash: gate?.request.plan.hash });
    }
  });

  it('changes its progress at most once for each step that begins, and once at the end', async () => {
    const versions = new Set<string>();
    let steps = 0;
    for (const moment of await story(name)) {
      const progress = partOf(moment, 'progress');
      if (progress) versions.add(JSON.stringify(progress.message));
      steps = stepsBegun(moment);
      expect(versions.size).toBeLessThanOrEqual(steps + (moment.record.report ? 1 : 0));
    }
    expect(steps).toBeGreaterThan(0);
  });

  it('ends with a root and a verdict that say how it ended, in words', async () => {
    const end = await lastOf(name);
    const { report } = end.record;
    const verdict = textOf(partOf(end, 'verdict')?.message);
    const first = /\*([^*]+)\*/.exec(verdict)?.[1] ?? expect.unreachable();
    expect(textOf(partOf(end, 'root')?.message)).toContain(`: ${first}`);
    if (report && report.error?.name !== 'ChangeCancelledError' && (end.locked || report.outcome !== 'needs-operator'))
      expect(verdict).toContain(OUTCOMES[report.outcome].meaning);
    expect(verdict).toContain('`syncshift show chg-test`');
  });
});

describe('the root of a thread', () => {
  it('looks as the opening did while the change is starting', async () => {
    const [first] = await story('applied');
    if (!first) return expect.unreachable();
    expect(partOf(first, 'root')?.message).toEqual(renderOpening(first.record.request));
    const { changeId, target, wanted, requestedBy, reason } = first.record.request;
    expect(partOf(first, 'root')?.message).toEqual(renderOpening({ changeId, target, wanted, requestedBy, reason }));
  });

  it.each([
    ['applied', ['starting', 'running', 'applied']],
    ['two approvers', ['starting', 'waits for approval (0 of 2)', 'waits for approval (1 of 2)', 'approved', 'running', 'applied']],
    ['rejected', ['starting', 'waits for approval', 'rejected']],
    ['expired', ['starting', 'waits for approval', 'expired']],
    ['cancelled', ['starting', 'waits for approval', 'asked to stop', 'stopped on request, nothing written']],
    ['rolled back', ['starting', 'running', 'rolling back', 'rolled back']],
    ['needs an operator, cleared', ['starting', 'running', 'needs an operator', 'needed an operator, lock released']],
    ['refused', ['starting', 'refused']],
    ['planned', ['starting', 'planned']],
  ] as const)('of a change that is %s says in turn how it stands', async (name, standings) => {
    const says = (await story(name)).map(
      (moment) => / → distributed(?: \(plan only\))?: (.+?) — /.exec(textOf(partOf(moment, 'root')?.message))?.[1],
    );
    expect([...new Set(says)]).toEqual(standings);
  });

  it('gives the end of a wait for the window in the time zone of the reader', async () => {
    const versions = versionsOf(await story('window to come'), 'root').join('\n');
    expect(versions).toContain('waits for its window until <!date^1796126400^{date_short_pretty} {time}|2026-12-01T12:00:00');
  });
});

describe('the plan', () => {
  it('is shown before a change that nobody is asked about', async () => {
    const plan = textOf(partOf(await lastOf('applied'), 'plan')?.message);
    expect(plan).toContain('rladmin bind db db:7 endpoint 7:1 policy all-master-shards\nrladmin tune db db:7 syncer_mode distributed');
    expect(plan).toContain('class C1: centralized on a single proxy');
  });

  it.each(['two approvers', 'planned', 'unchanged', 'no such database'] as const)(
    'is left out where it is told elsewhere or there is none: %s',
    async (name) => {
      for (const moment of await story(name)) expect(partOf(moment, 'plan')).toBeUndefined();
    },
  );

  it('that is all that was asked for is the verdict', async () => {
    const verdict = textOf(partOf(await lastOf('planned'), 'verdict')?.message);
    for (const said of ['*planned*', 'rladmin bind', '*Clients*', '*Warnings*', 'single, node 1', 'plan `'])
      expect(verdict).toContain(said);
  });
});

describe('the question to the approvers', () => {
  it('has everything to decide by, and asks once more before it is approved', async () => {
    const question = partOf(
      (await story('two approvers')).find(({ gate }) => gate),
      'approval',
    );
    const text = textOf(question?.message);
    const all = [
      'Approval needed',
      'lab/orders (db:7)',
      'alice@example.com',
      '> CHG-1234',
      'rladmin tune',
      '*Clients*',
      '*Warnings*',
      '*Approvals: 0 of 2*',
    ];
    for (const said of all) expect(text).toContain(said);
    expect(text).toMatch(/endpoint 7:1 +single +all-master-shards/);
    expect(text).toMatch(/decide until <!date\^1796176800\^/);
    expect(confirmationsOf(question?.message)).toEqual([
      expect.stringMatching(/^lab\/orders \(db:7\) → distributed, plan [0-9a-f]{12}\. Clients: endpoint/),
    ]);
  });

  it.each([
    ['two approvers', '*Approved*', ['approved by bob, <!date^', ': looks right', 'approved by carol', '*Approvals: 2 of 2*']],
    ['rejected', '*Rejected*', ['rejected by bob', ': not on a Friday', '*rejected*']],
    ['break-glass', '*Let through by dora alone*', ['let through alone by dora', ': the site is down']],
    ['expired', '*Not decided', ['*expired*', '*Approvals: 0 of 1*']],
    ['cancelled', '*Not decided', ['*stopped on request']],
  ] as const)('says in the end what came of it: %s', async (name, title, all) => {
    const text = textOf(partOf(await lastOf(name), 'approval')?.message);
    expect(text).toContain(title);
    for (const said of all) expect(text).toContain(said);
    expect(text).not.toContain('decide until');
  });
});

describe('the verdict', () => {
  it('of a change that was watched names the figures that it rests on', async () => {
    const verdict = textOf(partOf(await lastOf('applied and verified'), 'verdict')?.message);
    expect(verdict).toMatch(
      /\*Replication health verified\*\n• lag before: \d+ ms \(95th percentile of 60\)\n• lag after: \d+ ms \(median\), \d+ ms at most\n• samples: 6 of 6 good/,
    );
    expect(verdict).toMatch(/endpoint 7:1 +single, node 1 +all-master-shards, nodes 1, 2/);
  });

  it('of a change that nothing watched says so, with the runbook', async () => {
    const verdict = textOf(partOf(await lastOf('applied'), 'verdict')?.message);
    expect(verdict).toContain('*Replication health unverified*');
    expect(verdict).toContain('<https://example.com/runbook.md#applied|runbook>');
    expect(verdict).not.toContain('lag before');
  });

  it('that needs an operator is seen in the channel and says what to do', async () => {
    const part = partOf(await lastOf('needs an operator'), 'verdict');
    const text = textOf(part?.message);
    expect(part?.alsoInChannel).toBe(true);
    for (const said of [
      'ChangeNotAppliedError',
      'How the database stands now is not on record',
      '*The lock is kept*',
      'runbook.md#needs-operator|',
      '`syncshift clear chg-test`',
    ])
      expect(text).toContain(said);
  });

  it('asks for nothing any more once the lock was cleared', async () => {
    const text = textOf(partOf(await lastOf('needs an operator, cleared'), 'verdict')?.message);
    expect(text).toContain('lock cleared by erin');
    expect(text).not.toContain('syncshift clear');
    expect(text).not.toContain('is kept');
  });

  it('of a rollback is seen in the channel, with the reason and the state that was read back', async () => {
    const part = partOf(await lastOf('rolled back'), 'verdict');
    expect(part?.alsoInChannel).toBe(true);
    expect(textOf(part?.message)).toMatch(/VerificationFailedError\n> verification of distributed failed.*served by node 1/);
    expect(textOf(part?.message)).not.toContain('stays wide');
    expect(textOf(partOf(await lastOf('cancelled after a write'), 'verdict')?.message)).toContain('stays wide');
  });

  it.each(['applied', 'refused', 'rejected', 'planned'] as const)(
    'that concerns only those who follow stays in the thread: %s',
    async (name) => {
      expect(partOf(await lastOf(name), 'verdict')).not.toHaveProperty('alsoInChannel');
    },
  );

  it.each([
    ['drifted', 'endpoint 7:1 was single, is all-nodes'],
    ['refused', '• policy all-master-shards would bind endpoint 7:1 to only node 2'],
    ['no such database', '> cluster lab has no database nothing'],
    ['rejected', 'bob rejected the plan: not on a Friday'],
    ['expired', 'did so in time'],
    ['window missed', 'need up to'],
    ['cancelled', '*Stopped by* alice:\n> wrong database'],
  ] as const)('of one that ended early gives the reason: %s', async (name, reason) => {
    expect(textOf(partOf(await lastOf(name), 'verdict')?.message)).toContain(reason);
  });
});
