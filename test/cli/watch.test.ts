import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Started, untilCalled, type Workplace, workplaces } from './command-line.ts';

const at = workplaces();
const APPLY = ['apply', 'lab/orders', '--to', 'distributed', '--yes', '--json'];
const SLOW = { quirks: { 'slow-bind': '1.5' } };

/** A change in the middle of its first write. */
const running = async (): Promise<{ workplace: Workplace; change: Started; changeId: string }> => {
  const workplace = at(SLOW);
  const change = workplace.start(APPLY);
  await untilCalled(workplace.cluster, /^bind/);
  const { stdout } = await workplace.run(['list', '--json']);
  const [{ changeId } = { changeId: '' }] = (JSON.parse(stdout) as { changes: { changeId: string }[] }).changes;
  return { workplace, change, changeId };
};

const untilSaid = async (started: Started, wanted: RegExp): Promise<void> => {
  let said = '';
  started.process.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  while (!wanted.test(said)) await sleep(20);
};

describe.concurrent('watch', () => {
  it('shows a change that another process runs, and ends as it ends', async () => {
    const { workplace, change, changeId } = await running();
    const { code, stdout, stderr } = await workplace.run(['watch', changeId, '--json']);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Rebind policy: rladmin bind db db:7/);
    expect(stderr).toMatch(/Tune syncer: done/);
    expect(JSON.parse(stdout)).toEqual(JSON.parse((await change.ended).stdout));
  });

  it('prints the report of a change that has ended', async () => {
    const workplace = at();
    const { document } = await workplace.apply();
    const watched = await workplace.json('watch', document.changeId);
    expect([watched.code, watched.document, watched.stderr]).toEqual([0, document, '']);
  });

  it('that is stopped stops nothing else', async () => {
    const { workplace, change, changeId } = await running();
    const watching = workplace.start(['watch', changeId]);
    await untilSaid(watching, /Begin change: done/);
    watching.process.kill('SIGINT');
    const { code, stdout, stderr } = await watching.ended;
    expect([code, stdout], stderr).toEqual([130, '']);
    expect(stderr).toMatch(/no longer watching/);
    expect((await change.ended).code).toBe(0);
  });

  it('says when the process of a change is gone, and what to do', async () => {
    const { workplace, change, changeId } = await running();
    const watching = workplace.start(['watch', changeId]);
    await untilSaid(watching, /Begin change: done/);
    change.process.kill('SIGKILL');
    const { code, stderr } = await watching.ended;
    expect(code, stderr).toBe(7);
    expect(stderr).toMatch(new RegExp(`its process is gone.*lock stands.*syncshift recover ${changeId}`));
  });

  it('says that a change which died before its lock wrote nothing, and how to put that on record', async () => {
    const { workplace, change, changeId } = await running();
    change.process.kill('SIGKILL');
    await change.ended;
    const { code, stderr } = await workplace.run(['watch', changeId]);
    expect([3, 7]).toContain(code);
    expect(stderr).toMatch(new RegExp(`its process is gone.*syncshift recover ${changeId}`));
  });

  it('does not know a change that is not on record', async () => {
    const { code, stderr } = await at().run(['watch', 'chg-none']);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/no change "chg-none" is on record here; "syncshift list" shows/);
  });
});
