import { describe, expect, it } from 'vitest';
import type { RequestDefaults } from '../../../../lambdas/contracts/request.ts';
import { fullRequest } from '../../../../lambdas/domain/full-request.ts';

const WRITTEN = { target: { cluster: 'lab', database: 'orders' }, wanted: { syncerMode: 'distributed' } };
const full = (settings: object = {}, defaults: RequestDefaults = {}) => fullRequest({ ...WRITTEN, ...settings }, defaults, 'chg-1');

const refused = (message: RegExp) => expect.objectContaining({ name: 'InvalidInputError', message: expect.stringMatching(message) });

describe('fullRequest', () => {
  it('fills in every default', () => {
    expect(full()).toEqual({
      ...WRITTEN,
      changeId: 'chg-1',
      approval: { required: false, approvals: 1, timeoutSeconds: 86_400 },
      verification: { settleSeconds: 10, intervalSeconds: 10, samples: 6, deadlineSeconds: 600, maxLagMs: 500, requireHealth: false },
      rollback: { restoreProxyPolicy: false },
      planOnly: false,
      defaultProxyPolicy: 'all-master-shards',
    });
  });

  it('takes the configured policy as a default and not as a wish', () => {
    expect(full({}, { proxyPolicy: 'all-nodes' })).toMatchObject({
      defaultProxyPolicy: 'all-nodes',
      wanted: { syncerMode: 'distributed' },
    });
    expect(full({}, { proxyPolicy: 'all-nodes' }).wanted).not.toHaveProperty('proxyPolicy');
  });

  it.each([
    ['an approval', { approval: { required: true } }],
    ['a window', { window: { calendar: 'nights' } }],
    ['verification settings', { verification: { samples: 3 } }],
    ['a rollback setting', { rollback: { restoreProxyPolicy: true } }],
    ['a reason', { reason: 'CHG-1234' }],
    ['who asks', { requestedBy: 'alice@example.com' }],
  ])('takes %s from the configuration', (_name, defaults) => {
    expect(full({}, defaults)).toMatchObject(defaults);
  });

  it('lays the request over the configuration, part by part', () => {
    const defaults = { verification: { samples: 3, intervalSeconds: 5 }, approval: { required: true, approvals: 2 } };
    expect(full({ verification: { samples: 4 }, approval: { approvals: 1 } }, defaults)).toMatchObject({
      verification: { samples: 4, intervalSeconds: 5, settleSeconds: 10 },
      approval: { required: true, approvals: 1 },
    });
  });

  it('replaces a configured window as a whole', () => {
    const window = { opensAt: '2026-12-01T02:00:00+01:00', closesAt: '2026-12-01T04:00:00+01:00' };
    expect(full({ window }, { window: { calendar: 'nights' } }).window).toEqual(window);
  });

  it('checks what request and configuration make together', () => {
    expect(() => full({ verification: { samples: 60 } }, { verification: { deadlineSeconds: 60 } })).toThrow(
      refused(/^verification\.deadlineSeconds: /),
    );
  });

  it('changes neither the request nor the configuration', () => {
    const [settings, defaults] = [{ verification: { samples: 4 } }, { verification: { intervalSeconds: 5 } }];
    full(settings, defaults);
    expect([settings, defaults]).toEqual([{ verification: { samples: 4 } }, { verification: { intervalSeconds: 5 } }]);
  });

  it.each([
    ['at the top', { plan_only: true }, /"plan_only"/],
    ['in the target', { target: { ...WRITTEN.target, node: 1 } }, /^target: .*"node"/],
    ['in the wanted state', { wanted: { syncerMode: 'distributed', policy: 'all-nodes' } }, /^wanted: .*"policy"/],
    ['in the verification', { verification: { sample: 6 } }, /^verification: .*"sample"/],
    ['in the rollback', { rollback: { restoreProxypolicy: true } }, /^rollback: .*"restoreProxypolicy"/],
    ['in the approval', { approval: { require: true } }, /^approval: .*"require"/],
  ])('refuses an unknown key %s and says where', (_name, settings, message) => {
    expect(() => full(settings)).toThrow(refused(message));
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'orders'],
    ['a list', [WRITTEN]],
  ])('refuses %s as a request', (_name, raw) => {
    expect(() => fullRequest(raw, {}, 'chg-1')).toThrow(refused(/object/));
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['text', 'strict'],
  ])('does not hide %s behind configured verification settings', (_name, verification) => {
    expect(() => full({ verification }, { verification: { samples: 3 } })).toThrow(refused(/^verification: /));
  });

  it('accepts the name of the execution as change id', () => {
    expect(full({ changeId: 'chg-1' }).changeId).toBe('chg-1');
  });

  it('refuses a change id that is not the name of the execution', () => {
    expect(() => full({ changeId: 'chg-2' })).toThrow(refused(/^changeId: .*chg-2.*chg-1/));
  });
});
