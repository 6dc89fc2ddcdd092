import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../../../lambdas/contracts/approval.ts';
import type { Holder, Lock, TimelineEvent } from '../../../../lambdas/contracts/record.ts';
import { mayStillRun } from '../../../../lib/cli/holder.ts';
import { thisProcess } from '../../../../lib/local/process.ts';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const hoursAgo = (hours: number): string => new Date(NOW - hours * 3_600_000).toISOString();
const inHours = (hours: number): string => hoursAgo(-hours);

const elsewhere: Holder = { description: 'process 7 on another', host: 'another.example.com', pid: 7 };
const lockUntil = (leaseUntil: string, holder = elsewhere): Lock => ({ holder, leaseUntil }) as Lock;
const change = (holder?: Holder, timeline: TimelineEvent[] = []) => ({ startedAt: hoursAgo(48), timeline, ...(holder && { holder }) });
const note = (at: string): TimelineEvent => ({ at, type: 'note', text: 'something' });

let dead: Holder;
beforeAll(async () => {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  const { born: _, ...here } = thisProcess();
  dead = { ...here, pid: child.pid ?? 0 };
});

describe('a change', () => {
  it('that has ended does not run, whoever is alive', () => {
    expect(mayStillRun({ ...change(thisProcess()), endedAt: hoursAgo(1) }, lockUntil(inHours(1)), NOW)).toBe(false);
  });

  it('whose process is dead does not run, however long its lease', () => {
    expect(mayStillRun(change(dead), lockUntil(inHours(1)), NOW)).toBe(false);
    expect(mayStillRun(change(dead, [note(hoursAgo(0))]), undefined, NOW)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('whose process is alive may go on, past its lease and after any silence', () => {
    expect(mayStillRun(change(thisProcess()), lockUntil(hoursAgo(1)), NOW)).toBe(true);
    expect(mayStillRun(change(thisProcess()), undefined, NOW)).toBe(true);
  });

  it('is judged by the holder of its lock when its record names none', () => {
    expect(mayStillRun(change(), lockUntil(inHours(1), dead), NOW)).toBe(false);
  });
});

describe('a change whose process cannot be seen', () => {
  it('is believed until its lease has run out', () => {
    expect(mayStillRun(change(elsewhere), lockUntil(inHours(0.1)), NOW)).toBe(true);
    expect(mayStillRun(change(elsewhere, [note(hoursAgo(0))]), lockUntil(hoursAgo(0.1)), NOW)).toBe(false);
  });

  it('is believed for a day after its last event when it holds no lock', () => {
    expect(mayStillRun(change(elsewhere, [note(hoursAgo(30)), note(hoursAgo(23))]), undefined, NOW)).toBe(true);
    expect(mayStillRun(change(elsewhere, [note(hoursAgo(25))]), undefined, NOW)).toBe(false);
    expect(mayStillRun(change(undefined), undefined, NOW)).toBe(false);
    expect(mayStillRun({ ...change(), startedAt: hoursAgo(1) }, undefined, NOW)).toBe(true);
  });

  it('is believed for as long as it may wait for people, and a day more', () => {
    const asked = (expiresAt: string): TimelineEvent => ({
      at: hoursAgo(47),
      type: 'approval-requested',
      step: 'Approval gate',
      request: { expiresAt } as ApprovalRequest,
    });
    expect(mayStillRun(change(elsewhere, [asked(hoursAgo(23))]), undefined, NOW)).toBe(true);
    expect(mayStillRun(change(elsewhere, [asked(hoursAgo(25))]), undefined, NOW)).toBe(false);
  });

  it('is believed until it would look at its window again, and a day more', () => {
    const waiting = (until: string): TimelineEvent => ({
      at: hoursAgo(47),
      type: 'window',
      step: 'Change window',
      look: { verdict: 'wait', until, neededSeconds: 60, says: 'it opens later' },
    });
    expect(mayStillRun(change(elsewhere, [waiting(hoursAgo(23))]), undefined, NOW)).toBe(true);
    expect(mayStillRun(change(elsewhere, [waiting(hoursAgo(25))]), undefined, NOW)).toBe(false);
  });
});
