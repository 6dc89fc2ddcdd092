import { describe, expect, it } from 'vitest';
import { classifyAnswer, textOf } from '../../../../../lambdas/adapters/rladmin/answers.ts';
import type { CommandResult } from '../../../../../lambdas/adapters/rladmin/runner.ts';

const result = (change: Partial<CommandResult>): CommandResult => ({ ended: 'exited', exitCode: 0, stdout: '', stderr: '', ...change });
const kindOf = (change: Partial<CommandResult>) => classifyAnswer(result(change), 60).kind;

describe('the answer to a write', () => {
  it.each([
    'Executing bind endpoint: OOO.\nFinished successfully\n',
    'Executing bind endpoint: OOOOOOOO.Finished successfully\n',
    'Tuning database: o\r\nFinished successfully\r\n',
    '\u001b[32mFinished successfully\u001b[0m\n',
  ])('is an acceptance when it says so: %j', (stdout) => {
    expect(kindOf({ stdout })).toBe('accepted');
  });

  it('is an acceptance on either stream, because it is unknown which one carries it', () => {
    expect(kindOf({ stderr: 'Finished successfully\n' })).toBe('accepted');
  });

  it('is "nothing to do" whatever its exit code', () => {
    expect(kindOf({ stdout: 'Nothing to do\n', exitCode: 1 })).toBe('nothing-to-do');
    expect(kindOf({ stderr: 'Nothing to do\n', exitCode: 1 })).toBe('nothing-to-do');
  });

  it.each(['', 'OK\n', 'Executing bind endpoint: OOO.\n', 'Usage: rladmin tune …\n'])('is no acceptance when %j exits 0', (stdout) => {
    expect(kindOf({ stdout })).not.toBe('accepted');
  });

  it('is a refusal when it fails with a text', () => {
    expect(classifyAnswer(result({ exitCode: 1, stderr: 'ERROR: no available proxies for binding an endpoint\n' }), 60)).toEqual({
      kind: 'refused',
      text: expect.stringContaining('no available proxies'),
    });
  });

  it.each(['timed-out', 'killed'] as const)('is none, not a refusal, when the program %s', (ended) => {
    expect(kindOf({ ended, exitCode: null })).toBe('none');
    expect(kindOf({ ended, exitCode: null, stdout: 'Executing bind endpoint: OO' })).toBe('none');
  });

  it('was not sent when the program never ran', () => {
    expect(kindOf({ ended: 'not-started', exitCode: null, stderr: 'spawn ENOENT' })).toBe('not-sent');
  });

  it('is told to people in one line from both streams', () => {
    const text = textOf(result({ stdout: 'one\ntwo\n', stderr: 'three\n' }));
    for (const part of ['one', 'two', 'three']) expect(text).toContain(part);
    expect(text).not.toContain('\n');
  });
});
