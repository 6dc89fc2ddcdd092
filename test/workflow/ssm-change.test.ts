/** Changes over Systems Manager: how they travel, and what becomes of one whose process dies. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Configuration } from '../../lambdas/contracts/configuration.ts';
import { Clusters } from '../../lambdas/runtime/clusters.ts';
import type { LocalRun } from '../../lib/local/engine.ts';
import { clusterWith } from '../../lib/simulator/fleets.ts';
import { CENTRALIZE, CHANGE_ID, DISTRIBUTE, sent, WIDEN } from '../support/lab.ts';
import { callsOf, changeSafely, INSTANCES, NODE_1, NODE_2, readsSent, SsmLab, writesSent } from '../support/ssm-lab.ts';

const VERIFICATION = { samples: 2, intervalSeconds: 10, deadlineSeconds: 60 };

let lab: SsmLab;
afterEach(() => lab.close());

describe('a change over Systems Manager', () => {
  it('is applied', async () => {
    lab = await SsmLab.open(clusterWith());
    const report = await changeSafely(lab, { verification: VERIFICATION });
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE]);
    expect(lab.database).toMatchObject({ syncerMode: 'distributed', endpoints: [{ policy: 'all-master-shards', nodes: [1, 2] }] });
  });

  it('A30: reads twice before it writes, all of a reading in one command, and the second time from another node', async () => {
    lab = await SsmLab.open(clusterWith());
    await changeSafely(lab, { verification: VERIFICATION });
    const firstWrite = lab.front.invocations.findIndex(({ order }) => order.parameters.actions?.[0] === 'bind-policy');
    expect(firstWrite).toBe(3);
    expect(readsSent(lab).slice(0, 2)).toEqual([
      { instance: NODE_1, actions: 'status-extra-all,info-db,running-actions,info-cluster' },
      { instance: NODE_2, actions: 'status-extra-all,info-db-of' },
    ]);
  });

  it('sends every command once, and looks once at one that has ended', async () => {
    lab = await SsmLab.open(clusterWith());
    await changeSafely(lab, { verification: VERIFICATION });
    expect(callsOf(lab, 'SendCommand')).toBe(lab.front.invocations.length);
    expect(callsOf(lab, 'GetCommandInvocation')).toBe(lab.front.invocations.length);
    expect([callsOf(lab, 'CancelCommand'), callsOf(lab, 'ListCommandInvocations')]).toEqual([0, 0]);
  });

  it('is rolled back', async () => {
    const cluster = clusterWith({}, { faults: [{ on: '^tune', effect: { kind: 'fall-back', commands: 4, what: 'proxies' } }] });
    lab = await SsmLab.open(cluster);
    const report = await changeSafely(lab, { verification: VERIFICATION });
    expect(report.outcome, report.error?.message).toBe('rolled-back');
    expect(sent(lab)).toEqual([WIDEN, DISTRIBUTE, CENTRALIZE]);
  });

  it('passes over a node whose agent is offline', async () => {
    lab = await SsmLab.open(clusterWith());
    for (const instance of lab.front.instances) instance.online = instance.id !== NODE_1;
    const report = await changeSafely(lab, { verification: VERIFICATION });
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(lab.front.invocations.filter(({ order }) => order.instance === NODE_1)).toEqual([]);
    expect(callsOf(lab, 'SendCommand')).toBe(lab.front.invocations.length);
  });

  it('is refused when no agent is online, and says what Systems Manager knows of them', async () => {
    lab = await SsmLab.open(clusterWith());
    for (const instance of lab.front.instances) instance.online = false;
    const report = await changeSafely(lab, { verification: VERIFICATION });
    expect(report).toMatchObject({ outcome: 'refused', error: { message: expect.stringContaining(`${NODE_1} Linux ConnectionLost`) } });
    expect(callsOf(lab, 'SendCommand')).toBe(0);
  });
});

describe('a step that is repeated because its process died', () => {
  const repeating =
    (state: string, first: (run: () => Promise<unknown>) => Promise<unknown>): LocalRun['intercept'] =>
    (name, run) =>
    async (event) => {
      if (name === state) await first(() => run(event));
      return run(event);
    };

  it.each(['Rebind policy', 'Tune syncer'])('F08: finds what it did in "%s" and does not do it again', async (state) => {
    lab = await SsmLab.open(clusterWith());
    const report = await changeSafely(
      lab,
      { verification: VERIFICATION },
      repeating(state, (run) => run()),
    );
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(writesSent(lab)).toEqual([WIDEN, DISTRIBUTE]);
  });

  it('F08: waits for a write that is still under way, found by its run id', async () => {
    lab = await SsmLab.open(clusterWith(), {
      faults: [{ on: 'actions=bind-policy', effect: { kind: 'late', polls: 3 } }],
    });
    const { sleep } = lab.clock;
    const dying = async (run: () => Promise<unknown>) => {
      lab.clock.sleep = async (seconds) => {
        if (writesSent(lab).length > 0) throw new Error('the process was killed');
        await sleep(seconds);
      };
      await expect(run()).rejects.toThrow('the process was killed');
      lab.clock.sleep = sleep;
      expect(callsOf(lab, 'ListCommandInvocations')).toBe(0);
    };
    const report = await changeSafely(lab, { verification: VERIFICATION }, repeating('Rebind policy', dying));
    expect(report.outcome, report.error?.message).toBe('applied');
    expect(callsOf(lab, 'ListCommandInvocations')).toBeGreaterThan(0);
    expect(writesSent(lab)).toEqual([WIDEN, DISTRIBUTE]);
  });

  it('F08: does not send a write that it claimed and of which nothing is found', async () => {
    lab = await SsmLab.open(clusterWith());
    const claiming = () => lab.store.claimWrite(CHANGE_ID, 'Rebind policy', WIDEN);
    const report = await changeSafely(lab, { verification: VERIFICATION }, repeating('Rebind policy', claiming));
    expect(report.outcome, report.error?.message).toBe('rolled-back');
    expect(writesSent(lab)).toEqual([]);
  });
});

describe('a cluster in another account and region', () => {
  const ASSUMED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>AKIAOTHERACCOUNT1234</AccessKeyId><SecretAccessKey>other</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

  it('is asked in its region, with the role of its configuration taken on', async () => {
    lab = await SsmLab.open(clusterWith());
    const asked: URLSearchParams[] = [];
    const sts = createServer(async (request, response) => {
      asked.push(new URLSearchParams(await text(request)));
      response.setHeader('content-type', 'text/xml').end(ASSUMED);
    });
    await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(sts.address() as AddressInfo).port}`);
    const roleArn = 'arn:aws:iam::210987654321:role/syncshift';
    const configuration = Configuration.parse({
      clusters: { lab: { transport: 'ssm', region: 'us-east-2', roleArn, instances: INSTANCES } },
    });
    const clusters = new Clusters({ configuration, clock: lab.clock, secrets: { read: async () => '' }, folder: '/' });
    const { facts } = await (await clusters.open('lab')).inspect('orders');
    sts.closeAllConnections();
    sts.close();
    expect(facts.database.id).toBe('db:7');
    expect(asked.map((request) => [request.get('Action'), request.get('RoleArn')])).toEqual([['AssumeRole', roleArn]]);
    expect(new Set(lab.front.calls.map(({ region }) => region))).toEqual(new Set(['us-east-2']));
  });
});
