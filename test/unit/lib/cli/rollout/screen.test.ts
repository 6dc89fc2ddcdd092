import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Output } from '../../../../../lib/cli/output.ts';
import { Screen } from '../../../../../lib/cli/rollout/screen.ts';

let written = '';
const terminal = { isTTY: true, columns: 20, rows: 6 };
const before = { isTTY: process.stderr.isTTY, columns: process.stderr.columns, rows: process.stderr.rows };

beforeEach(() => {
  written = '';
  Object.assign(process.stderr, terminal);
  vi.stubEnv('TERM', 'xterm');
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  Object.assign(process.stderr, before);
});

const screen = (quiet = false): Screen => new Screen(new Output({ json: false, quiet, color: false }));
const up = (lines: number) => `\u001b[${lines}A\u001b[0J`;

it('draws each block in place of the former one, cut to the terminal', () => {
  const shown = screen();
  shown.draw(['a line that is much longer than the terminal', 'two']);
  expect(written).toBe('a line that is much\ntwo\n');
  written = '';
  shown.draw(['1', '2', '3', '4', '5', '6', '7']);
  expect(written).toBe(`${up(2)}1\n2\n3\n4\n`);
  written = '';
  shown.end();
  expect(written).toBe(up(4));
});

it('takes the block away before a line that stays', () => {
  const shown = screen();
  shown.draw(['block']);
  shown.news('news');
  const [above, below = ''] = written.split(up(1));
  expect(above).toBe('block\n');
  expect(below).toMatch(/^ +\d\.\ds {2}news\n$/);
});

it('draws nothing where nobody looks, and still says what has to be seen', () => {
  const shown = screen(true);
  shown.draw(['block']);
  shown.news('news');
  shown.say('attention');
  expect(written).toBe('attention\n');
});
