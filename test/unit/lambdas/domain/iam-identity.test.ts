import { describe, expect, it } from 'vitest';
import { identityOf } from '../../../../lambdas/domain/iam-identity.ts';

const ROLE_SESSION = 'arn:aws:sts::123456789012:assumed-role/Operators/alice';

describe('who signed a request', () => {
  it.each([
    ['a user of IAM', 'arn:aws:iam::123456789012:user/team/alice', 'alice'],
    [
      'a user of Identity Center',
      'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0123456789abcdef/alice@example.com',
      'alice@example.com',
    ],
    ['the session of a role, whose name its caller chose', ROLE_SESSION, ROLE_SESSION],
    [
      'a role that only looks like one of Identity Center',
      'arn:aws:sts::123456789012:assumed-role/x/AWSReservedSSO_Ops_1',
      'arn:aws:sts::123456789012:assumed-role/x/AWSReservedSSO_Ops_1',
    ],
  ])('is known as %s', (_who, arn, id) => {
    expect(identityOf(arn)).toEqual({ id, via: 'iam' });
  });
});
