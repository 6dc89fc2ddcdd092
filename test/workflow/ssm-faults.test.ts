import { afterEach, describe, expect, it } from 'vitest';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { expectSafe } from '../support/invariants.ts';
import { sent } from '../support/lab.ts';
import { callsOf, readsSent, SsmLab, writesSent } from '../support/ssm-lab.ts';

let lab: SsmLab;
afterEach(() => lab.close());
describe('a change over Systems Manager', () => {
  it('is applied', async () => {
    lab = await SsmLab.open(clusterWith());
    const s = performance.now();
    const report = await lab.run({ verification: { samples: 2 } });
    console.log(
      performance.now() - s,
      report.outcome,
      report.error,
      sent(lab),
      writesSent(lab),
      readsSent(lab),
      callsOf(lab, 'SendCommand'),
      lab.writes,
    );
    await expectSafe(lab, report);
    expect(report.outcome).toBe('applied');
  });
  it('is applied 2', async () => {
    lab = await SsmLab.open(clusterWith({}, {}), {
      faults: [{ on: 'bind-policy', effect: { kind: 'end', details: 'Delivery Timed Out', ran: false } }],
    });
    const s = performance.now();
    const report = await lab.run({ verification: { samples: 2 } });
    console.log(
      performance.now() - s,
      report.outcome,
      report.error,
      sent(lab),
      writesSent(lab),
      readsSent(lab),
      callsOf(lab, 'SendCommand'),
      lab.writes,
    );
    await expectSafe(lab, report);
  });
});
