import type { ChangeSummary, Lock } from '../../../lambdas/contracts/record.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { renderTable } from '../render/table.ts';
import { withStore } from '../store.ts';

const MOST = 100;

const entry = ({ changeId, request, startedAt, endedAt, report }: ChangeSummary, locks: Lock[]) => ({
  changeId,
  target: request.target,
  to: request.wanted.syncerMode,
  startedAt,
  ...(endedAt && { endedAt }),
  ...(report && { outcome: report.outcome }),
  holdsLock: locks.some((lock) => lock.changeId === changeId),
});

export const list: Verb<{ engine: Engine }> = (_text, { config, engine }, output) =>
  withStore(engine, config, async (store) => {
    const locks = await store.locks();
    const changes = (await store.list(MOST)).map((record) => entry(record, locks));
    output.result({ changes, locks }, () => {
      if (changes.length === 0) return 'no changes on record';
      const standing = locks.map(
        (lock) => `locked: ${lock.cluster}/${lock.database} by ${lock.changeId} (${lock.holder.description}) since ${lock.since}`,
      );
      const rows = changes.map(({ changeId, target, to, startedAt, outcome, holdsLock }) => [
        changeId,
        `${target.cluster}/${target.database}`,
        to,
        startedAt,
        outcome ?? 'no end recorded',
        holdsLock ? 'locked' : '',
      ]);
      return [renderTable([['CHANGE', 'DATABASE', 'TO', 'STARTED', 'OUTCOME', ''], ...rows]), ...standing].join('\n');
    });
    return 0;
  });
