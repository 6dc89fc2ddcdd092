import { describe, expect, it } from 'vitest';
import { readWindow } from '../../../../lambdas/domain/window-words.ts';

describe('readWindow', () => {
  it('reads two moments', () => {
    expect(readWindow('2026-12-01T02:00:00+01:00/2026-12-01T04:00:00Z')).toEqual({
      opensAt: '2026-12-01T02:00:00+01:00',
      closesAt: '2026-12-01T04:00:00Z',
    });
  });

  it('takes everything without a "/" for the name of a calendar', () => {
    expect(readWindow('freeze-free')).toEqual({ calendar: 'freeze-free' });
  });

  it.each([
    ['2026-12-01T02:00:00/2026-12-01T04:00:00Z', /^opensAt: .*, such as 2026-/],
    ['/', /^opensAt: .*; closesAt: /],
    ['2026-12-01T02:00:00Z/2026-12-01T04:00:00Z/x', /^one "\/" too many, such as 2026-/],
  ])('says what is wrong with %j', (text, fault) => {
    expect(readWindow(text)).toEqual({ fault: expect.stringMatching(fault) });
  });
});
