import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../../lambdas/contracts/parse.ts';
import { ChangeRequest, FullChangeRequest, RequestDefaults } from '../../../../lambdas/contracts/request.ts';
import { PROXY_POLICIES } from '../../../../lambdas/contracts/words.ts';

const WRITTEN = { target: { cluster: 'eu-west', database: 'orders' }, wanted: { syncerMode: 'distributed' } };
const parsed = (settings: object) => parse(ChangeRequest, { ...WRITTEN, ...settings }, 'InvalidInputError');
const onDatabase = (database: unknown) => ({ target: { cluster: 'eu-west', database } });
const inCluster = (cluster: unknown) => ({ target: { cluster, database: 'orders' } });
const MOMENT = '2026-12-01T02:00:00+01:00';

describe('ChangeRequest', () => {
  it('accepts the documented example', () => {
    const example = {
      changeId: 'chg-orders-20261123-7f3a',
      target: { cluster: 'eu-west', database: 'orders' },
      wanted: { syncerMode: 'distributed', proxyPolicy: 'all-master-shards' },
      requestedBy: 'alice@example.com',
      reason: 'CHG-1234',
      approval: { required: true, approvals: 1, timeoutSeconds: 86_400 },
      window: { opensAt: MOMENT, closesAt: '2026-12-01T04:00:00+01:00' },
      verification: { settleSeconds: 10, intervalSeconds: 10, samples: 6, deadlineSeconds: 600, maxLagMs: 500, requireHealth: false },
      rollback: { restoreProxyPolicy: false },
      planOnly: false,
    };
    expect(ChangeRequest.parse(example)).toEqual(example);
  });

  it('needs no more than target and mode', () => {
    expect(parsed({})).toMatchObject({ approval: { required: false }, rollback: { restoreProxyPolicy: false }, planOnly: false });
  });

  it('has a default for every verification setting', () => {
    expect(parsed({ verification: {} }).verification).toEqual({
      settleSeconds: 10,
      intervalSeconds: 10,
      samples: 6,
      deadlineSeconds: 600,
      maxLagMs: 500,
      requireHealth: false,
    });
  });

  it.each(['orders', 'db:7', 'Orders-2', 'a', 'a'.repeat(63)])('accepts database %s', (database) => {
    expect(parsed(onDatabase(database)).target.database).toBe(database);
  });

  it('accepts a calendar as window', () => {
    expect(parsed({ window: { calendar: 'nights' } }).window).toEqual({ calendar: 'nights' });
  });

  it.each<[string, object, RegExp]>([
    ['no target', { target: undefined }, /^target: /],
    ['an empty cluster', inCluster(''), /^target\.cluster: expected a cluster name/],
    ['a cluster with a path', inCluster('../eu-west'), /^target\.cluster: /],
    ['a cluster that begins like an option', inCluster('-x'), /^target\.cluster: /],
    ['a database with a shell character', onDatabase('orders;ls'), /^target\.database: expected a database name/],
    ['a database with a line break', onDatabase('orders\n'), /^target\.database: /],
    ['a database that begins like an option', onDatabase('-y'), /^target\.database: /],
    ['a database name of 64 characters', onDatabase('a'.repeat(64)), /^target\.database: /],
    ['database id zero', onDatabase('db:0'), /^target\.database: /],
    ['a database id with a leading zero', onDatabase('db:07'), /^target\.database: /],
    ['a number as database', onDatabase(7), /^target\.database: /],
    ['no wanted state', { wanted: undefined }, /^wanted: /],
    ['a mode that does not exist', { wanted: { syncerMode: 'Distributed' } }, /^wanted\.syncerMode: .*"centralized".*"distributed"/],
    [
      'a wish for policy single',
      { wanted: { syncerMode: 'distributed', proxyPolicy: 'single' } },
      /^wanted\.proxyPolicy: .*"all-master-shards"/,
    ],
    ['a change id with a space', { changeId: 'chg 1' }, /^changeId: .*at most 80/],
    ['a change id of 81 characters', { changeId: 'x'.repeat(81) }, /^changeId: /],
    ['an empty reason', { reason: '  ' }, /^reason: /],
    ['a reason of 1001 characters', { reason: 'x'.repeat(1_001) }, /^reason: /],
    ['an empty requester', { requestedBy: '' }, /^requestedBy: /],
    ['approval as a word', { approval: 'yes' }, /^approval: /],
    ['approval by nobody', { approval: { approvals: 0 } }, /^approval\.approvals: /],
    ['half an approval', { approval: { approvals: 1.5 } }, /^approval\.approvals: /],
    ['an approval of 59 seconds', { approval: { timeoutSeconds: 59 } }, /^approval\.timeoutSeconds: /],
    ['a window without an end', { window: { opensAt: MOMENT } }, /^window: .*"closesAt"/],
    ['a window without offset', { window: { opensAt: '2026-12-01T02:00:00', closesAt: MOMENT } }, /^window\.opensAt: /],
    ['a window of two kinds', { window: { calendar: 'nights', opensAt: MOMENT, closesAt: MOMENT } }, /^window: /],
    ['seconds as text', { verification: { settleSeconds: '10' } }, /^verification\.settleSeconds: /],
    ['negative seconds', { verification: { intervalSeconds: -1 } }, /^verification\.intervalSeconds: /],
    ['no samples', { verification: { samples: 0 } }, /^verification\.samples: /],
    ['61 samples', { verification: { samples: 61 } }, /^verification\.samples: /],
    ['no time for a verdict', { verification: { deadlineSeconds: 0 } }, /^verification\.deadlineSeconds: /],
    ['no lag at all', { verification: { maxLagMs: 0 } }, /^verification\.maxLagMs: /],
    ['infinite seconds', { verification: { settleSeconds: Number.POSITIVE_INFINITY } }, /^verification\.settleSeconds: /],
    ['a rollback setting as a word', { rollback: { restoreProxyPolicy: 'no' } }, /^rollback\.restoreProxyPolicy: /],
    ['planOnly as a word', { planOnly: 'true' }, /^planOnly: /],
    ['null for planOnly', { planOnly: null }, /^planOnly: /],
  ])('refuses %s and says where', (_name, settings, message) => {
    expect(() => parsed(settings)).toThrow(expect.objectContaining({ name: 'InvalidInputError', message: expect.stringMatching(message) }));
  });

  it('refuses a deadline that cannot hold its samples, with the numbers', () => {
    expect(() => parsed({ verification: { samples: 6, intervalSeconds: 10, deadlineSeconds: 49 } })).toThrow(
      'verification.deadlineSeconds: 49 s are too short for 6 samples every 10 s',
    );
  });

  it('accepts a deadline that just holds its samples', () => {
    expect(parsed({ verification: { samples: 6, intervalSeconds: 10, deadlineSeconds: 50 } }).verification.deadlineSeconds).toBe(50);
  });

  it('lets no character of a shell or an option into cluster and database', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const result = ChangeRequest.safeParse({ ...WRITTEN, target: { cluster: text, database: text } });
        expect(!result.success || /^[A-Za-z0-9][A-Za-z0-9-]*$/.test(text)).toBe(true);
      }),
    );
  });

  it('reads back what it wrote', () => {
    const once = parsed({ verification: { samples: 3 } });
    expect(ChangeRequest.parse(JSON.parse(JSON.stringify(once)))).toEqual(once);
  });
});

describe('FullChangeRequest', () => {
  it.each([
    ['changeId', { defaultProxyPolicy: 'all-nodes' }],
    ['defaultProxyPolicy', { changeId: 'chg-1' }],
  ])('insists on %s', (path, settings) => {
    expect(() => parse(FullChangeRequest, { ...WRITTEN, ...settings }, 'InvalidInputError')).toThrow(new RegExp(`^${path}: `));
  });
});

describe('RequestDefaults', () => {
  it('accepts parts of parts', () => {
    expect(RequestDefaults.parse({ verification: { samples: 3 }, approval: { required: true } })).toMatchObject({
      verification: { samples: 3 },
      approval: { required: true },
    });
  });

  it('accepts the multi-proxy policies only', () => {
    const accepted = PROXY_POLICIES.filter((proxyPolicy) => RequestDefaults.safeParse({ proxyPolicy }).success);
    expect(accepted).toEqual(['all-master-shards', 'all-nodes']);
  });

  it.each(['target', 'wanted', 'planOnly', 'changeId'])('cannot preset %s', (key) => {
    expect(() => parse(RequestDefaults, { [key]: {} }, 'InvalidInputError')).toThrow(new RegExp(`"${key}"`));
  });
});
