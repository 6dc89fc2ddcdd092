import { describe, expect, it } from 'vitest';
import { isAffected, KNOWN_DEFECTS, type KnownDefect, OLDEST_SUPPORTED } from '../../../../lambdas/domain/known-defects.ts';
import { parseVersion } from '../../../../lambdas/domain/versions.ts';

const version = (text: string) => parseVersion(text) ?? [0, 0, 0, 0];
const defect = (...fixedIn: string[]): KnownDefect => ({
  id: 'RS1',
  fixedIn,
  effect: 'warns',
  says: 'something breaks',
  source: 'release notes',
});

describe('isAffected', () => {
  it.each([
    ['8.0.20-43', true],
    ['8.0.20-44', false],
    ['8.0.20-96', false],
    ['8.2.0-24', true],
    ['8.2.0-25', false],
  ])('judges %s by the fix of its own release line', (text, affected) => {
    expect(isAffected(defect('8.0.20-44', '8.2.0-25'), version(text))).toBe(affected);
  });

  it('affects a release line that is older than every fix', () => {
    expect(isAffected(defect('8.0.20-44', '8.2.0-25'), version('7.22.2-79'))).toBe(true);
  });

  it('does not affect a release line that is newer than every fix', () => {
    expect(isAffected(defect('8.0.20-44', '8.2.0-25'), version('8.4.0-1'))).toBe(false);
  });

  it('does not affect a later line of a defect that was fixed once', () => {
    expect(isAffected(defect('7.8.4-95'), version('7.22.0-95'))).toBe(false);
  });

  it('does not affect a later patch of the line that brought the fix, whatever its build', () => {
    expect(isAffected(defect('7.8.4-95'), version('7.8.6-13'))).toBe(false);
  });
});

describe('KNOWN_DEFECTS', () => {
  it.each(KNOWN_DEFECTS.flatMap(({ id, fixedIn }) => fixedIn.map((fix) => [id, fix] as const)))(
    '%s names its fix %s in a known form',
    (_id, fix) => {
      expect(parseVersion(fix)).toBeDefined();
    },
  );

  it('holds each defect once', () => {
    expect(new Set(KNOWN_DEFECTS.map(({ id }) => id)).size).toBe(KNOWN_DEFECTS.length);
  });

  it.each([
    ['RS150588', ['7.8.4-95']],
    ['RS147991', ['7.8.6-13']],
    ['RS195089', ['8.0.20-44', '8.2.0-25']],
    ['RS209759', ['8.0.20-96', '8.2.0-46']],
  ])('knows the builds that fixed %s', (id, fixedIn) => {
    expect(KNOWN_DEFECTS.find((known) => known.id === id)?.fixedIn).toEqual(fixedIn);
  });

  it('blocks only for the loss of data', () => {
    expect(KNOWN_DEFECTS.filter(({ effect }) => effect === 'blocks').map(({ id }) => id)).toEqual(['RS150588']);
  });
});

describe('OLDEST_SUPPORTED', () => {
  it('is the build whose info shows the mode', () => {
    expect(OLDEST_SUPPORTED).toBe('6.2.18-43');
  });
});
