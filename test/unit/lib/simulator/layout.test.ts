import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Layout } from '../../../../lib/simulator/cluster.ts';
import { clusterWith, demoCluster } from '../../../../lib/simulator/fleets.ts';
import { answer } from '../../../../lib/simulator/rladmin.ts';
import { lines, read } from './sample-cluster.ts';

describe('layouts', () => {
  const endpoints = (layout: Layout): string => read({ ...clusterWith(), layout }, 'status endpoints');

  it('glues the title to the header, which leaves rows and header in line once it is taken off', () => {
    expect(endpoints({ gluedTitles: true })).toBe(
      lines('ENDPOINTS:DB:ID NAME   ID           NODE   ROLE   SSL', 'db:7  orders endpoint:7:1 node:1 single No '),
    );
  });

  it('shuffles columns but the first', () => {
    expect(endpoints({ columnOrder: 'shuffled' })).toContain('DB:ID SSL ROLE   NODE   ID           NAME  \n');
  });

  it('colours SHARDS of nodes set aside and STATUS, and lines up once the colours are taken out', () => {
    const coloured = read({ ...demoCluster(), layout: { ansi: true } }, 'status nodes');
    expect(coloured).toContain('\u001b[33m0/0\u001b[0m ');
    expect(stripVTControlCharacters(coloured)).toBe(read(demoCluster(), 'status nodes'));
  });

  it('ends lines with CR LF', () => {
    expect(endpoints({ crlf: true }).replaceAll('\r\n', '\n')).toBe(endpoints({}));
    expect(endpoints({ crlf: true })).not.toMatch(/[^\r]\n/);
  });

  it('prints refusals on the stream asked for', () => {
    expect(answer({ ...clusterWith(), layout: { errorsTo: 'stdout' } }, ['nonsense'])).toMatchObject({
      stderr: '',
      stdout: expect.stringContaining('ERROR'),
    });
  });

  it('glues the success line to the progress meter', () => {
    const cluster = { ...clusterWith(), layout: { gluedProgress: true } };
    expect(read(cluster, 'bind endpoint 7:1 policy all-nodes')).toBe('Executing bind endpoint: OOO.Finished successfully\n');
  });
});
