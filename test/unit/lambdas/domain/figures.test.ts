import { describe, expect, it } from 'vitest';
import type { ReplicationHealth } from '../../../../lambdas/contracts/health.ts';
import type { TimelineEvent } from '../../../../lambdas/contracts/record.ts';
import { figuresOf, ROLLBACK_STEPS, VERIFYING_STEP } from '../../../../lambdas/domain/figures.ts';
import change from '../../../../lib/local/definitions/change.asl.json' with { type: 'json' };
import recovery from '../../../../lib/local/definitions/recover-change.asl.json' with { type: 'json' };

const at = '2026-12-01T02:00:00.000Z';
const sample = (state: string, lagMs?: number, step = VERIFYING_STEP): TimelineEvent => ({
  at,
  type: 'sample',
  step,
  state,
  problems: [],
  lagMs,
});
const write = (step: string): TimelineEvent => ({ at, type: 'write-claimed', step, command: 'anything' });
const reading: ReplicationHealth = {
  readAt: at,
  kind: 'replica-of',
  seen: { id: 'db:7', name: 'orders', nodes: [1] },
  sync: [],
  sources: [],
};
const health = (p95Ms: number, samples: number): TimelineEvent => ({
  at,
  type: 'health',
  step: 'Inspect status',
  health: reading,
  baseline: { p95Ms, samples, from: 'statistics' },
});

describe('figuresOf', () => {
  it('takes the lag from good samples only: the median and the highest', () => {
    const timeline = [write('Tune syncer'), sample('bad', 900), sample('good', 10), sample('good', 40), sample('good', 20)];
    expect(figuresOf(timeline)).toEqual({ lagAfter: { medianMs: 20, highestMs: 40 }, samples: { good: 3, taken: 4 } });
  });

  it('takes the middle between two where the number of samples is even', () => {
    expect(figuresOf([sample('good', 10), sample('good', 20)]).lagAfter).toEqual({ medianMs: 15, highestMs: 20 });
  });

  it('counts samples that knew no lag, and makes up none for them', () => {
    expect(figuresOf([sample('good'), sample('unmeasured')])).toEqual({ samples: { good: 1, taken: 2 } });
  });

  it('leaves out what was sampled before the last write, and what was sampled of a rollback', () => {
    const timeline = [
      sample('good', 500),
      write('Tune syncer'),
      sample('bad', 30),
      write('Restore centralized'),
      sample('good', 1, 'Verify centralized'),
    ];
    expect(figuresOf(timeline)).toEqual({ samples: { good: 0, taken: 1 } });
  });

  it('compares with the last reading before anything was written', () => {
    const timeline = [health(99, 60), health(12, 58), write('Tune syncer'), health(500, 60)];
    expect(figuresOf(timeline).lagBefore).toEqual({ p95Ms: 12, figures: 58 });
  });

  it('has nothing to compare with where no lag was known', () => {
    expect(figuresOf([health(0, 0)])).toEqual({ samples: { good: 0, taken: 0 } });
  });
});

describe('the steps that undo a change', () => {
  it('are those of the workflows', () => {
    const states = Object.entries({ ...change.States, ...recovery.States } as Record<string, { Parameters?: { phase?: string } }>);
    expect(new Set(states.filter(([, { Parameters }]) => Parameters?.phase === 'rollback').map(([name]) => name))).toEqual(ROLLBACK_STEPS);
    expect(Object.keys(change.States)).toContain(VERIFYING_STEP);
  });
});
