import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEWS_STATES } from '../../../../lambdas/chatops/news/run-stories.ts';
import { mayBeNews, storyOf } from '../../../../lambdas/chatops/news/stories.ts';
import { notificationFor } from '../../../../lambdas/chatops/notifications.ts';
import { Notification } from '../../../../lambdas/contracts/notification.ts';
import { OUTCOME_NAMES, OUTCOMES } from '../../../../lambdas/contracts/outcomes.ts';
import type { ChangeRecord, TimelineEvent } from '../../../../lambdas/contracts/record.ts';
import type { ChangeRequestInput } from '../../../../lambdas/contracts/request.ts';
import definition from '../../../../lib/local/definitions/change.asl.json' with { type: 'json' };
import { clusterWith } from '../../../../lib/simulator/fleets.ts';
import { undocumentedIn } from '../../../support/documented-notification.ts';
import { CHANGE_ID, Lab } from '../../../support/lab.ts';
import { notifiedOf, RUNBOOK, recordOf, typesOf } from '../../../support/notified.ts';

const ASKED: Partial<ChangeRequestInput> = { requestedBy: 'alice', reason: 'lag in the evening', approval: { required: true } };
const plainLab = (): Lab => new Lab(clusterWith());
/** Proxies are lost soon after the mode was set, so that the verification fails. */
const failingLab = (): Lab =>
  new Lab(clusterWith({}, { faults: [{ on: '^tune.*distributed', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } }] }));

const RUNBOOK_HEADINGS = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
  heading.toLowerCase().replaceAll(' ', '-'),
);

type OnGate = NonNullable<Parameters<Lab['run']>[3]>;
async function recordAfter(lab: Lab, request: Partial<ChangeRequestInput> = {}, onGate?: OnGate): Promise<ChangeRecord> {
  await lab.run(request, undefined, CHANGE_ID, onGate);
  return recordOf(lab);
}
const toldAfter = async (...run: Parameters<typeof recordAfter>): Promise<Notification[]> => notifiedOf(await recordAfter(...run));
const lastOf = (told: readonly Notification[]): Notification => told.at(-1) ?? expect.fail('nothing is told');
const typed = (told: readonly Notification[], type: string): Notification =>
  told.find(({ document }) => document.metadata?.eventType === `syncshift.${type}`) ?? expect.fail(`${type} is not told`);

describe('how much is told', () => {
  it('of a plain change is three: the plan, the beginning, the end', async () => {
    expect(typesOf(await toldAfter(plainLab()))).toEqual(['change-planned', 'change-begun', 'change-ended']);
  });

  it('of an approved change is four: the plan comes with the question', async () => {
    const lab = plainLab();
    const told = await toldAfter(lab, ASKED, (gate) => void lab.decide(gate, 'bob'));
    expect(typesOf(told)).toEqual(['approval-requested', 'approved', 'change-begun', 'change-ended']);
  });

  it('of a change that is rolled back is four', async () => {
    const told = await toldAfter(failingLab());
    expect(typesOf(told)).toEqual(['change-planned', 'change-begun', 'rollback-begun', 'change-ended']);
  });

  it.each([
    ['needs nothing', () => new Lab(clusterWith({ policy: 'all-master-shards', syncerMode: 'distributed' })), {}, 'unchanged'],
    ['is refused by its plan', plainLab, { verification: { requireHealth: true } }, 'refused'],
  ])('of a change that %s is its end', async (_what, makeLab, request, outcome) => {
    const told = await toldAfter(makeLab(), request);
    expect(typesOf(told)).toEqual(['change-ended']);
    expect(lastOf(told).document.metadata?.additionalContext).toMatchObject({ outcome });
  });

  it('of a plan that was only asked for is nothing', async () => {
    expect(await toldAfter(plainLab(), { planOnly: true })).toEqual([]);
  });

  it('does not grow when a step is repeated, or a window is looked at again', async () => {
    const record = await recordAfter(plainLab());
    const again = record.timeline.map((event): TimelineEvent => ({ ...event, at: '2027-01-01T00:00:00.000Z' }));
    expect(notifiedOf({ ...record, timeline: [...record.timeline, ...again] })).toEqual(notifiedOf(record));
  });

  it('is the same whether the record is read at once or much later', async () => {
    const record = await recordAfter(failingLab());
    const atOnce = record.timeline.flatMap(
      (event, index) => notificationFor(event, { ...record, timeline: record.timeline.slice(0, index + 1) }, { runbook: RUNBOOK }) ?? [],
    );
    expect(atOnce).toEqual(notifiedOf(record).slice(0, -1));
  });
});

describe('a request for an approval', () => {
  it('says who asks for what and why, the commands, until when, and how to decide', async () => {
    const lab = plainLab();
    const told = await toldAfter(lab, ASKED, (gate) => void lab.decide(gate, 'bob'));
    const { content } = typed(told, 'approval-requested').document;
    expect(content.title).toBe('lab/orders: approval requested');
    for (const words of ['alice asks for distributed', 'reason: lag in the evening', '`rladmin tune db db:7 syncer_mode distributed`'])
      expect(content.description).toContain(words);
    expect(content.description).toMatch(/somebody has to approve plan `[0-9a-f]{12}` by 2026-12-02 02:\d\d UTC/);
    expect(content.nextSteps?.[0]).toContain(`\`syncshift approve ${CHANGE_ID} --engine aws\``);
  });
});

describe('a decision', () => {
  it('is told with how many of the approvals there are, and one that does not count with the reason', async () => {
    const lab = plainLab();
    const told = await toldAfter(lab, { ...ASKED, approval: { required: true, approvals: 2 } }, (gate) => {
      void (async () => {
        for (const who of ['bob', 'alice', 'carol']) {
          await lab.decide(gate, who);
          lab.clock.advance(1);
        }
      })();
    });
    expect(typesOf(told).slice(0, 4)).toEqual(['approval-requested', 'approved', 'decision-refused', 'approved']);
    const [, bob, alice, carol] = told.map(({ plain }) => plain.text);
    expect(bob).toContain('approvals: 1 of 2');
    expect(alice).toContain('it does not count: alice asked for it and may not approve it');
    expect(carol).toContain('approvals: 2 of 2');
  });

  it('that breaks the glass points to the runbook', async () => {
    const lab = plainLab();
    lab.gates = { rules: { breakGlass: ['bob'] } };
    const told = await toldAfter(lab, ASKED, (gate) => void lab.decide(gate, 'bob', 'break-glass', 'orders are stuck'));
    const { content } = typed(told, 'glass-broken').document;
    expect(content.description).toContain('reason: orders are stuck');
    expect(content.nextSteps).toEqual([`Runbook: ${RUNBOOK.replace('&', '&amp;')}#glass-broken`]);
    expect(RUNBOOK_HEADINGS).toContain('glass-broken');
  });

  it('that is a no is told, and so is the end that it leads to', async () => {
    const lab = plainLab();
    const told = await toldAfter(lab, ASKED, (gate) => void lab.decide(gate, 'bob', 'reject', 'not today'));
    expect(typesOf(told)).toEqual(['approval-requested', 'rejected', 'change-ended']);
    expect(lastOf(told).plain.subject).toBe('[syncshift] lab/orders: rejected');
  });
});

describe('what happens on the way', () => {
  it('is told of a change that waits for its window, once', async () => {
    const lab = plainLab();
    const window = { opensAt: '2027-12-10T02:00:00+01:00', closesAt: '2027-12-10T06:00:00+01:00' };
    await lab.run({ window }, (state, step) => async (event) => {
      const until = (event as { change?: { window?: { until?: string } } }).change?.window?.until;
      if (state === 'Change window' && until !== undefined) lab.clock.advance((Date.parse(until) - lab.clock.now().getTime()) / 1000);
      return step(event);
    });
    const record = await recordOf(lab);
    const told = notifiedOf(record);
    expect(typesOf(told)).toEqual(['change-planned', 'window-awaited', 'change-begun', 'change-ended']);
    expect(typed(told, 'window-awaited').plain.text).toContain('2027-12-10 01:00 UTC');
  });

  it('is told of a change that is asked to stop, with who asks', async () => {
    const lab = plainLab();
    await lab.run({}, (state, step) => async (event) => {
      if (state === 'Tune syncer') await lab.store.requestCancel(CHANGE_ID, { by: 'dave', via: 'machine', reason: 'wrong database' });
      return step(event);
    });
    const told = notifiedOf(await recordOf(lab));
    expect(typesOf(told)).toEqual(['change-planned', 'change-begun', 'stop-requested', 'rollback-begun', 'change-ended']);
    expect(typed(told, 'stop-requested').plain.text).toMatch(/dave asks this change to stop.*\nreason: wrong database/);
    expect(typed(told, 'rollback-begun').plain.text).toContain('ChangeCancelledError');
  });

  it('is told of a change that a recovery takes over, each time', async () => {
    const lab = plainLab();
    const { request } = await recordAfter(plainLab());
    await lab.store.open(request, { description: 'execution', host: 'aws' });
    for (const from of [0, 1])
      await lab.store.takeOver(CHANGE_ID, {
        from,
        holder: { description: `recovery ${from}`, host: 'aws' },
        leaseSeconds: 60,
        why: 'it timed out',
      });
    const told = notifiedOf(await recordOf(lab));
    expect(typesOf(told)).toEqual(['taken-over', 'taken-over']);
    expect(told[0]?.plain.text).toMatch(/recovery 0 goes on with this change.*\nwhy: it timed out/);
  });
});

describe('the end of a change', () => {
  it('says what the outcome means, what went wrong, and where to read on', async () => {
    const { document, plain } = lastOf(await toldAfter(failingLab()));
    expect(document.content.title).toBe('lab/orders: rolled-back');
    expect(document.content.description).toMatch(/centralized was restored and read back\.\n- VerificationFailedError: /);
    expect(document.content.nextSteps).toEqual([
      `Its story: \`syncshift show ${CHANGE_ID} --engine aws\``,
      `Runbook: ${RUNBOOK.replace('&', '&amp;')}#rolled-back`,
    ]);
    expect(document.metadata?.additionalContext).toEqual({
      changeId: CHANGE_ID,
      cluster: 'lab',
      database: 'orders',
      syncerMode: 'distributed',
      outcome: 'rolled-back',
      error: 'VerificationFailedError',
    });
    expect(plain.text).toContain(`Runbook: ${RUNBOOK}#rolled-back`);
  });

  it('says whether health was watched', async () => {
    expect(lastOf(await toldAfter(plainLab())).plain.text).toContain('replication health: unverified');
  });

  it.each(OUTCOME_NAMES)('can be told when it is %s', async (outcome) => {
    const record = await recordAfter(plainLab());
    const report = { ...(record.report ?? expect.fail('it has not ended')), outcome };
    const { content, metadata } = lastOf(notifiedOf({ ...record, report })).document;
    expect(content.keywords).toEqual(['syncshift', outcome]);
    expect(content.description).toContain(OUTCOMES[outcome].meaning);
    expect(metadata?.additionalContext).toMatchObject({ outcome });
    const [anchor] = content.nextSteps?.flatMap((step) => step.match(/(?<=#).*$/) ?? []) ?? [];
    if ('executionError' in OUTCOMES[outcome]) expect(RUNBOOK_HEADINGS).toContain(anchor);
    else expect(content.nextSteps).toBeUndefined();
  });
});

/** What a chat could take for a mention or a link, in Slack or in Teams. */
const SMUGGLED = [/<(?:[!@#]|https?:|mailto:)/, /(?<![\w.+-])@(?=\w)/, /\]\(/, /\w:\/\//, /\bwww\./, /<\/?at>/];
const TRICKS = [
  '<!channel>',
  '<@U012>',
  '@here',
  '@channel',
  '<at>bob</at>',
  '[x](https://evil.example)',
  '<https://evil.example|log in>',
  '`',
  '&',
  '\n# ',
  '\u202e',
  'www.evil.example',
  'mailto:a@evil.example',
  '*',
  'x'.repeat(500),
  '\ud800',
  '\u0000',
  'ä€😀',
];
const trickyText = fc
  .array(fc.oneof(fc.constantFrom(...TRICKS), fc.string()), { minLength: 1, maxLength: 30 })
  .map((parts) => parts.join(' '));

describe('what people and clusters wrote', () => {
  it('mentions nobody, links to nothing, stays on its line, and fits', async () => {
    const lab = plainLab();
    const record = await recordAfter(lab, ASKED, (gate) => void lab.decide(gate, 'bob'));
    fc.assert(
      fc.property(trickyText, (words) => {
        const decision = record.timeline.find(({ type }) => type === 'decision') ?? expect.fail('nobody decided');
        const refused = { ...decision, by: words, reason: words, refused: words } as TimelineEvent;
        const report = { ...(record.report ?? expect.fail('it has not ended')), error: { name: words.slice(0, 200), message: words } };
        const cancel: TimelineEvent = { type: 'cancel-requested', at: '2026-12-01T02:00:00Z', by: words, via: 'slack', reason: words };
        const { metadata: _, ...about } = {
          ...record,
          request: { ...record.request, requestedBy: words, reason: words },
          metadata: undefined,
        };
        const requested = record.timeline.find(({ type }) => type === 'approval-requested') ?? expect.fail('nobody was asked');
        for (const news of [refused, cancel, requested, { ended: report }]) {
          const told = notificationFor(news, about, { runbook: 'docs/runbook.md' }) ?? expect.fail('nothing is told');
          expect(undocumentedIn(told.document)).toEqual([]);
          expect(Notification.safeParse(told).error).toBeUndefined();
          const { title = '', description, nextSteps = [] } = told.document.content;
          for (const text of [title, description, ...nextSteps]) for (const smuggled of SMUGGLED) expect(text).not.toMatch(smuggled);
          expect(description.split('\n').every((line) => line.startsWith('- '))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the e-mail addresses of people as they are, and text readable', async () => {
    const record = await recordAfter(plainLab());
    const cancel = {
      type: 'cancel-requested',
      at: '2026-12-01T02:00:00Z',
      by: 'alice@example.com',
      via: 'slack',
      reason: 'a < b & c, see https://t.example/1',
    } as const;
    const told = notificationFor(cancel, record, { runbook: RUNBOOK });
    expect(told?.document.content.description).toContain('- alice@example.com asks');
    expect(told?.document.content.description).toContain('reason: a &lt; b &amp; c, see https:\u2060//t.example/1');
    expect(told?.plain.text).toContain('reason: a < b & c, see https://t.example/1');
  });

  it('is not among the facts that custom actions can put into commands', async () => {
    const lab = plainLab();
    const told = await toldAfter(
      lab,
      { ...ASKED, requestedBy: 'alice-asks', reason: 'a-reason' },
      (gate) => void lab.decide(gate, 'bob-decides', 'reject', 'a-no'),
    );
    const facts = JSON.stringify(told.map(({ document }) => document.metadata));
    for (const words of ['alice-asks', 'a-reason', 'bob-decides', 'a-no']) expect(facts).not.toContain(words);
  });

  it('does not bring along what a cluster printed', async () => {
    const record = await recordAfter(failingLab());
    const printed = record.timeline
      .flatMap((event) => (event.type === 'command' ? event.output.split('\n') : []))
      .filter((line) => line.length > 30);
    expect(printed.length).toBeGreaterThan(10);
    const told = JSON.stringify(notifiedOf(record));
    expect(printed.filter((line) => told.includes(line))).toEqual([]);
  });
});

describe('news', () => {
  it('are looked for under the names that the states of the workflow have', () => {
    expect(Object.keys(definition.States)).toEqual(expect.arrayContaining(Object.values(NEWS_STATES)));
  });

  it('are never passed over unread', async () => {
    const lab = failingLab();
    const record = await recordAfter(lab, ASKED, (gate) => void lab.decide(gate, 'bob'));
    const news = record.timeline.filter((event) => storyOf(event, record) !== undefined);
    expect(news.length).toBeGreaterThan(3);
    expect(news.filter((event) => !mayBeNews(event))).toEqual([]);
    expect(record.timeline.filter(mayBeNews).length).toBeLessThan(record.timeline.length / 4);
  });
});
