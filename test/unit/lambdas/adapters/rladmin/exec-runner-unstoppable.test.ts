import { afterEach, describe, expect, it, vi } from 'vitest';
import { execRunner } from '../../../../../lambdas/adapters/rladmin/exec-runner.ts';

afterEach(() => vi.restoreAllMocks());

describe('a program that cannot be signalled', () => {
  // Behind sudo the process belongs to another user; here the signal itself is refused.
  it('is let go of after its limit, and says that it may still run', { timeout: 20_000 }, async () => {
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
    });
    const result = await execRunner(['/bin/sh', '-c', 'sleep 8'])([], 0.2);
    expect(result).toMatchObject({
      ended: 'timed-out',
      exitCode: null,
      stillRuns: true,
      stderr: expect.stringContaining('may still run'),
    });
  });
});

describe('arguments that no program can be given', () => {
  it('are refused before anything starts', async () => {
    expect(await execRunner(['/bin/sh', 'x\0'])([], 1)).toMatchObject({ ended: 'not-started' });
  });
});
