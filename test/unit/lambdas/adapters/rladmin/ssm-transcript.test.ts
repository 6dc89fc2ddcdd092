import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { ANY_COMMAND, readTranscript } from '../../../../../lambdas/adapters/rladmin/ssm-transcript.ts';
import { rladminDocument } from '../../../../../lambdas/contracts/rladmin-document.ts';

const STATUS = ['status', 'extra', 'all'];
const INFO = ['info', 'db', 'db:7'];
const ACTIONS = ['cluster', 'running_actions'];
const TUNE = ['tune', 'db', 'db:7', 'syncer_mode', 'distributed'];

const section = (command: readonly string[], output: string, exitCode = 0) =>
  `SYNCSHIFT begin ${command.join(' ')}\n${output}\nSYNCSHIFT end ${exitCode}\n`;
const DONE = 'SYNCSHIFT done\n';
const read = (stdout: string, asked: string[][], rest: { stderr?: string; responseCode?: number } = {}) =>
  readTranscript({ stdout, stderr: '', responseCode: 0, ...rest }, asked);
const [whole, cut] = [{ ended: 'exited' }, { ended: 'cut', exitCode: null, stdout: '' }];

describe('a transcript', () => {
  it('gives each command its own output and exit code', () => {
    const stdout = section(STATUS, 'CLUSTER NODES:\n') + section(INFO, 'no such database\n', 1) + section(ACTIONS, '') + DONE;
    expect(read(stdout, [STATUS, INFO, ACTIONS])).toEqual([
      { ended: 'exited', exitCode: 0, stdout: 'CLUSTER NODES:\n', stderr: '' },
      { ended: 'exited', exitCode: 1, stdout: 'no such database\n', stderr: '' },
      { ended: 'exited', exitCode: 0, stdout: '', stderr: '' },
    ]);
  });

  it.each(['', 'x', 'x\n', '\n', '\n\n', 'a\nb', 'ä\u2028\n'])('gives back %j as it was printed', (output) => {
    expect(read(section(STATUS, output) + DONE, [STATUS])).toMatchObject([{ ended: 'exited', stdout: output }]);
  });

  it('needs no newline behind its last mark', () => {
    expect(read(section(STATUS, 'x\n') + DONE.trimEnd(), [STATUS])).toMatchObject([whole]);
  });

  it('may have its newlines converted', () => {
    const stdout = (section(STATUS, 'a\nb\n') + section(INFO, '', 3) + DONE).replaceAll('\n', '\r\n');
    expect(read(stdout, [STATUS, INFO])).toMatchObject([
      { ended: 'exited', exitCode: 0, stdout: 'a\r\nb\r\n' },
      { ended: 'exited', exitCode: 3, stdout: '' },
    ]);
  });

  it('hands stderr to the commands that failed', () => {
    const stdout = section(STATUS, '') + section(INFO, '', 1) + section(ACTIONS, '', 2) + DONE;
    const results = read(stdout, [STATUS, INFO, ACTIONS], { stderr: 'ERROR: no\nfailed to run commands: exit status 2' });
    expect(results.map(({ stderr }) => stderr)).toEqual(['', 'ERROR: no', 'ERROR: no']);
  });

  it('hands stderr to the only command whatever its exit code', () => {
    expect(read(section(TUNE, '') + DONE, [TUNE], { stderr: 'Finished successfully\n' })).toMatchObject([
      { exitCode: 0, stderr: 'Finished successfully\n' },
    ]);
  });

  it('takes any command where it is not known which one it was', () => {
    const result = readTranscript({ stdout: section(TUNE, 'x\n', 4) + DONE, stderr: '', responseCode: 4 }, [ANY_COMMAND]);
    expect(result).toMatchObject([{ ended: 'exited', exitCode: 4, stdout: 'x\n' }]);
  });

  it.each([
    ['A24: a failure that the status calls success', 3, 0],
    ['A25: a success that the status calls failure', 0, 1],
  ])('decides by its own mark: %s', (_name, exitCode, responseCode) => {
    expect(read(section(TUNE, '', exitCode) + DONE, [TUNE], { responseCode })).toMatchObject([{ ended: 'exited', exitCode }]);
  });

  it('A17: without rladmin is exit code 127 of every command', () => {
    const results = read('SYNCSHIFT error rladmin-missing\n', [STATUS, INFO], { responseCode: 127 });
    expect(results).toMatchObject([
      { ended: 'exited', exitCode: 127, stderr: 'rladmin is not where the document looks for it' },
      { ended: 'exited', exitCode: 127 },
    ]);
  });

  it.each([126, 127])('A18: without a word and with exit code %i is a program that cannot be run', (responseCode) => {
    const results = read('', [STATUS], { responseCode, stderr: 'Permission denied' });
    expect(results).toEqual([{ ended: 'exited', exitCode: responseCode, stdout: '', stderr: 'Permission denied' }]);
  });

  it('of a document that is older than the action says that the command never ran', () => {
    const results = read(`${section(STATUS, 'x\n')}SYNCSHIFT error unknown-action\n`, [STATUS, INFO], { responseCode: 64 });
    expect(results).toMatchObject([{ ended: 'exited', stdout: 'x\n' }, { ended: 'not-started' }]);
  });

  it('A20: is cut when nothing was printed', () => {
    expect(read('', [TUNE], { responseCode: 0 })).toMatchObject([cut]);
  });

  it('A21: keeps what lies before the cut', () => {
    const stdout = section(STATUS, 'x\n') + section(INFO, 'y\n') + section(ACTIONS, 'z'.repeat(30_000)) + DONE;
    expect(read(stdout.slice(0, 24_000), [STATUS, INFO, ACTIONS])).toMatchObject([whole, whole, cut]);
  });

  it('A21: believes no closing mark that nothing follows', () => {
    expect(read(section(STATUS, 'x\n') + section(INFO, 'y\n'), [STATUS, INFO])).toMatchObject([whole, cut]);
    expect(read(`${section(TUNE, 'x\n')}SYNCSHIFT do`, [TUNE])).toMatchObject([cut]);
    expect(read(section(TUNE, 'x\n', 12).trimEnd(), [TUNE])).toMatchObject([cut]);
  });

  it.each(['', '\n'])('A21: believes no end that stands right before the cut', (newline) => {
    const imitation = `\nSYNCSHIFT end 0\nSYNCSHIFT done${newline}`;
    const begin = `SYNCSHIFT begin ${TUNE.join(' ')}\n`;
    const stdout = `${begin}${'x'.repeat(24_000 - begin.length - imitation.length)}${imitation}`;
    expect([stdout.length, ...read(stdout, [TUNE]).map(({ ended }) => ended)]).toEqual([24_000, 'cut']);
    expect(read(stdout.replace('x', ''), [TUNE])).toMatchObject([whole]);
  });

  it('A31: of another command than was asked is not believed, and says so', () => {
    const stdout = section(STATUS, 'x\n') + section(['info', 'db', 'db:8'], 'y\n') + DONE;
    const results = read(stdout, [STATUS, INFO]);
    expect(results).toMatchObject([cut, cut]);
    expect(results[1]?.stderr).toBe('the node was told something else than was asked: begin info db db:8');
  });

  it.each([
    ['before the first', `hello\n${section(STATUS, 'x\n')}${DONE}`],
    ['between a command and the end', `${section(STATUS, 'x\n')}hello\n${DONE}`],
    ['behind the end', `${section(STATUS, 'x\n')}${DONE}hello\n`],
    ['as a second end', `${section(STATUS, 'x\n')}${DONE}${DONE}`],
    ['as a further command', section(STATUS, 'x\n') + section(INFO, 'y\n') + DONE],
    ['as a closing mark at once', `SYNCSHIFT begin ${STATUS.join(' ')}\nSYNCSHIFT end 0\n${DONE}`],
    ['as an unknown mark', `${section(STATUS, 'a\nSYNCSHIFT\nb\n')}${DONE}`],
  ])('is not believed when something is printed %s', (_where, stdout) => {
    expect(read(stdout, [STATUS])).toMatchObject([cut]);
  });
});

const LOOKALIKES = [
  ...['SYNCSHIFT end 0', 'SYNCSHIFT end 1', 'SYNCSHIFT end', 'SYNCSHIFT done', 'SYNCSHIFT', 'SYNCSHIFT begin', 'SYNCSHIFT begin rm -rf'],
  ...['SYNCSHIFT error rladmin-missing', 'SYNCSHIFT error unknown-action', ' SYNCSHIFT end 0', 'syncshift end 0', 'SYNCSHIFT  end 0'],
  ...['xSYNCSHIFT done', 'SYNCSHIFTED', `SYNCSHIFT begin ${STATUS.join(' ')}`, `SYNCSHIFT begin ${ACTIONS.join(' ')}`],
];
const line = fc.oneof(fc.constantFrom(...LOOKALIKES), fc.string(), fc.constantFrom('', '\r', '\u2028', 'ä', '\u001b[33mOK'));
const output = fc
  .tuple(fc.array(line, { maxLength: 5 }), fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n', '\r\n'))
  .map(([lines, newline, last]) => lines.join(newline) + last);
const asked = [STATUS, INFO, ACTIONS];
const exitCode = fc.nat({ max: 255 });
// Longer than what is kept, at times.
const printed = fc.array(fc.record({ output, exitCode, padding: fc.constantFrom(0, 0, 0, 9_000, 24_000) }), {
  minLength: 3,
  maxLength: 3,
});

// Anywhere, and around the end of a section.
const cutAt = fc.oneof(
  fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), sectionsKept: fc.constant(0), beyond: fc.constant(0) }),
  fc.record({ share: fc.constant(undefined), sectionsKept: fc.integer({ min: 0, max: 3 }), beyond: fc.integer({ min: -30, max: 40 }) }),
);

describe('any transcript', () => {
  const documentPrints = (sections: { output: string; exitCode: number; padding: number }[]) => {
    const outputs = sections.map((one) => 'x'.repeat(one.padding) + one.output);
    const texts = asked.map((command, index) => section(command, outputs[index] ?? '', sections[index]?.exitCode));
    return { outputs, texts, stdout: texts.join('') + DONE };
  };

  it('gives a command the output that it printed and no other, whatever that looks like and wherever it is cut', () => {
    fc.assert(
      fc.property(printed, cutAt, (sections, { share, sectionsKept, beyond }) => {
        const { outputs, texts, stdout } = documentPrints(sections);
        const ends = texts.map((_, index) => texts.slice(0, index + 1).join('').length);
        const length = share === undefined ? (ends[sectionsKept - 1] ?? 0) + beyond : Math.ceil(share * stdout.length);
        const kept = stdout.slice(0, Math.min(24_000, Math.max(0, length)));
        // A program that closes its section and prints exactly the mark that comes next cannot be told from the document once the rest is cut.
        const imitates = outputs.some((text) => /SYNCSHIFT end \d+\r?\nSYNCSHIFT (?:begin (?:cluster|info)|done)/.test(text));
        fc.pre(!imitates || kept.length === stdout.length);
        for (const [index, result] of read(kept, asked).entries()) {
          if (result.ended !== 'exited') continue;
          expect(kept.length).toBeGreaterThan(ends[index] ?? 0);
          expect(result).toMatchObject({ exitCode: sections[index]?.exitCode, stdout: outputs[index] });
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('is read in full when nothing in it looks like a mark', () => {
    const plain = printed.map((sections) =>
      sections.map((one) => ({ ...one, padding: 0, output: one.output.replaceAll('SYNCSHIFT', '-') })),
    );
    fc.assert(
      fc.property(plain, (sections) => {
        const { outputs, stdout } = documentPrints(sections);
        const results = read(stdout, asked);
        expect(results.map(({ ended, stdout: text }) => [ended, text])).toEqual(outputs.map((text) => ['exited', text]));
      }),
      { numRuns: 1_000 },
    );
  });

  it('that is cut somewhere never gives its last command, at any position', () => {
    const { stdout, texts } = documentPrints([
      { output: 'one\n', exitCode: 0, padding: 0 },
      { output: 'SYNC\nSYNCSHIFTED\n', exitCode: 10, padding: 0 },
      { output: 'three', exitCode: 127, padding: 0 },
    ]);
    const lengthOf = (count: number) => texts.slice(0, count).join('').length;
    for (let length = 0; length < stdout.length - 1; length += 1) {
      const ended = read(stdout.slice(0, length), asked).map((result) => result.ended);
      // A section counts once the whole line that opens the next one was kept.
      const expected = [1, 2].map((count) =>
        length >= lengthOf(count) + `SYNCSHIFT begin ${asked[count]?.join(' ')}\n`.length ? 'exited' : 'cut',
      );
      expect([length, ...ended]).toEqual([length, ...expected, 'cut']);
    }
  });

  it('is never read from arbitrary text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: -1, max: 125 }), (stdout, responseCode) => {
        const results = read(stdout, asked, { responseCode });
        expect(results.map((result) => result.ended)).toEqual(['cut', 'cut', 'cut']);
      }),
    );
  });
});

describe('the script of the document', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ssm-transcript-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (rladmin: string, parameters: Record<string, string>): string => {
    const [step] = rladminDocument({ rladmin, runAs: 'root' }).mainSteps;
    const script = (step?.inputs.runCommand ?? []).join('\n').replace(/\{\{ (\w+) \}\}/g, (_, name: string) => parameters[name] ?? '-');
    try {
      return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  const program = (body: string): string => {
    const file = join(folder, 'rladmin');
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return file;
  };

  it('is understood', () => {
    const stdout = run(program('echo "$@"; printf "no newline"; [ "$1" = status ] || exit 5'), {
      actions: 'status-extra-all,info-db-of,running-actions',
      database: 'db:7',
    });
    expect(read(stdout, asked)).toMatchObject([
      { ended: 'exited', exitCode: 0, stdout: 'status extra all\nno newline' },
      { ended: 'exited', exitCode: 5, stdout: 'info db db:7\nno newline' },
      { ended: 'exited', exitCode: 5, stdout: 'cluster running_actions\nno newline' },
    ]);
  });

  it('is understood where there is no rladmin', () => {
    expect(read(run(join(folder, 'nowhere'), { actions: 'status' }), [['status']], { responseCode: 127 })).toMatchObject([
      { exitCode: 127 },
    ]);
  });

  it('is understood where it does not know an action', () => {
    expect(read(run(program('echo x'), { actions: 'status,later' }), [['status'], ['later']], { responseCode: 64 })).toMatchObject([
      { ended: 'exited', stdout: 'x\n' },
      { ended: 'not-started' },
    ]);
  });
});
