import { describe, expect, it } from 'vitest';
import { renderOne, renderStatus } from '../../../../../lambdas/chatops/render/status.ts';
import type { Outcome } from '../../../../../lambdas/contracts/outcomes.ts';
import type { ChangeRecord, Lock } from '../../../../../lambdas/contracts/record.ts';
import { facts, later, NOW, request } from '../../../../support/facts.ts';
import { LINKS } from './stories.ts';

const running = (changeId: string): ChangeRecord => ({
  changeId,
  request: request({ changeId, requestedBy: 'alice', reason: 'CHG-1' }),
  startedAt: NOW,
  run: 0,
  timeline: [{ at: later(1), type: 'step-started', step: 'Tune syncer' }],
});
const over = (changeId: string, outcome: Outcome): ChangeRecord => ({
  ...running(changeId),
  endedAt: later(60),
  report: {
    changeId,
    outcome,
    target: { cluster: 'lab', database: 'orders' },
    steps: [],
    error: { name: 'SomeError', message: 'what was wrong' },
  },
});
const lockOf = (changeId: string): Lock => ({
  cluster: 'lab',
  database: 'db:7',
  changeId,
  holder: { description: 'process 12 on host', host: 'host' },
  since: NOW,
  leaseUntil: later(900),
  snapshot: facts(),
});

describe('the status of all changes', () => {
  it('tells first what goes on, with its lock, and then what has ended, with the outcome', () => {
    const lines = renderStatus(
      [over('chg-3', 'applied'), running('chg-2'), over('chg-1', 'needs-operator')],
      [lockOf('chg-2'), lockOf('chg-1')],
    ).split('\n');
    expect(lines).toEqual([
      '*Going on*',
      expect.stringMatching(
        /^:gear: \*lab\/orders\* → distributed: no end on record, .*holds the lock since .*process 12 on host.*`chg-2`$/,
      ),
      '*Ended*',
      expect.stringMatching(/^:white_check_mark: .*: applied, <!date\^.* `chg-3`$/),
      expect.stringMatching(/^:rotating_light: .*: needs an operator, .*, the lock is kept `chg-1`$/),
    ]);
  });

  it('shows the latest ten of those that have ended', () => {
    const text = renderStatus(
      Array.from({ length: 30 }, (_, index) => over(`chg-${index}`, 'applied')),
      [],
    );
    expect(text.match(/: applied/g)).toHaveLength(10);
    expect(text).toContain('`chg-0`');
    expect(text).toContain('Nothing is going on.');
  });

  it('says that there are none', () => {
    expect(renderStatus([], [])).toBe('No changes are on record.');
  });
});

describe('the status of one change', () => {
  it('says how it stands, at which step, and who holds the lock', () => {
    const text = renderOne(running('chg-2'), undefined, lockOf('chg-2'), LINKS);
    expect(text).toContain(':gear: *lab/orders* → distributed: *running* — asked by alice: CHG-1');
    expect(text).toContain('latest step: Tune syncer');
    expect(text).toContain('holds the lock since');
    expect(text).toContain('`syncshift show chg-2`');
  });

  it('that has ended says how, and why', () => {
    const text = renderOne(over('chg-1', 'rolled-back'), undefined, undefined, {
      ...LINKS,
      record: (id) => `https://example.com/${id}?a=1&b=2`,
    });
    expect(text).toContain('*rolled back*');
    expect(text).toContain('SomeError: what was wrong');
    expect(text).toContain('<https://example.com/chg-1?a=1&amp;b=2|record>');
    expect(text).not.toContain('latest step');
  });
});
