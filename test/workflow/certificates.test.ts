/** A cluster that proves itself with another certificate in the middle of a change over REST. */
import { afterEach, describe, expect, it } from 'vitest';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { replicaOf } from '../../lib/simulator/replication.ts';
import { expired, unknown } from '../support/certificates.ts';
import { expectSafe } from '../support/invariants.ts';
import { putsOf, RestLab } from '../support/rest-lab.ts';

const labs: RestLab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});
async function openLab(): Promise<RestLab> {
  const lab = await RestLab.open(clusterWith({ relations: { replica: replicaOf(1) } }));
  labs.push(lab);
  return lab;
}

const BIND = 'PUT /v1/bdbs/7 {"proxy_policy":"all-master-shards","endpoint":"7:1"}';
const SWITCH = 'PUT /v1/bdbs/7 {"replica_sync_dist":true}';
const VERIFICATION = { samples: 2, intervalSeconds: 10, deadlineSeconds: 300 };

const CERTIFICATES = [
  ['has expired', (lab: RestLab) => expired(lab.authority), 'not valid now'],
  ['nobody known has signed', () => unknown(), 'not signed by a known authority'],
] as const;

describe.each(CERTIFICATES)('G19: a certificate that %s', (_what, renew, telling) => {
  it.each([
    ['Begin change', 'refused', []],
    ['Rebind policy', 'refused', []],
    ['Tune syncer', 'needs-operator', [BIND]],
    ['Verify info', 'needs-operator', [BIND, SWITCH]],
  ] as const)('ends a change at %s as %s, with what is wrong with it, and nothing more is sent', async (state, outcome, puts) => {
    const lab = await openLab();
    const certificate = await renew(lab);
    const report = await lab.run({ verification: VERIFICATION }, (name, run) => async (event) => {
      if (name === state) lab.present(certificate);
      return run(event);
    });
    expect(report.outcome).toBe(outcome);
    expect(report.error?.message).toContain(telling);
    expect(putsOf(lab)).toEqual(puts);
    await expectSafe(lab, report);
  });
});
