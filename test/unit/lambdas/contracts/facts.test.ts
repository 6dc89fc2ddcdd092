import { describe, expect, it } from 'vitest';
import { DatabaseFacts, DatabaseIdSchema, EndpointIdSchema } from '../../../../lambdas/contracts/facts.ts';
import { facts } from '../../../support/facts.ts';

describe('DatabaseIdSchema', () => {
  it.each(['db:1', 'db:7', 'db:1234'])('accepts %s', (id) => {
    expect(DatabaseIdSchema.safeParse(id).success).toBe(true);
  });

  it.each(['7', 'db:', 'db:0', 'db:-7', 'db:07', 'db:1.5', 'db:1e3', 'DB:7', 'db: 7', 'db:7 ', 'db:7\n', 'db:7;ls', 'orders'])(
    'refuses %j',
    (id) => {
      expect(DatabaseIdSchema.safeParse(id).success).toBe(false);
    },
  );
});

describe('EndpointIdSchema', () => {
  it.each(['7:1', '12:10'])('accepts %s', (id) => {
    expect(EndpointIdSchema.safeParse(id).success).toBe(true);
  });

  it.each(['7', '7:', ':1', '0:1', '7:0', '-7:1', '07:1', '7:1.5', '7:1:1', '7:1 ', '7:1;'])('refuses %j', (id) => {
    expect(EndpointIdSchema.safeParse(id).success).toBe(false);
  });
});

describe('DatabaseFacts', () => {
  it('reads back what was written as JSON', () => {
    expect(DatabaseFacts.parse(JSON.parse(JSON.stringify(facts())))).toEqual(facts());
  });

  it('refuses a mode that does not exist', () => {
    expect(DatabaseFacts.safeParse({ ...facts(), syncerMode: 'unknown' }).success).toBe(false);
  });

  it('refuses a policy that does not exist', () => {
    const [endpoint] = facts().endpoints;
    expect(DatabaseFacts.safeParse({ ...facts(), endpoints: [{ ...endpoint, policy: 'all-master-nodes' }] }).success).toBe(false);
  });
});
