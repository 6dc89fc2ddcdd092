import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../lib/cli/errors.ts';
import { faultOf, inOneSentence, problemOf, wasNeverSent } from '../../../../lib/deployed/faults.ts';
import { awsError, networkError } from './fakes.ts';

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
const unreachable = (): Error => new AggregateError([networkError('ECONNREFUSED'), networkError('ENETUNREACH')], '');

describe('an error of AWS', () => {
  it.each([
    [awsError('ThrottlingException'), 'passing'],
    [awsError('Whatever', 'text', 503), 'passing'],
    [awsError('Whatever', 'text', 429), 'passing'],
    [named('TimeoutError', 'socket timed out'), 'passing'],
    [networkError('ECONNRESET'), 'passing'],
    [unreachable(), 'passing'],
    [awsError('SyntaxError', 'Unexpected token <', 200), 'passing'],
    [awsError('ExpiredTokenException'), 'credentials'],
    [named('CredentialsProviderError', 'Could not load credentials from any providers'), 'credentials'],
    [named('TokenProviderError', 'Token is expired'), 'credentials'],
    [awsError('AccessDeniedException'), 'refused'],
    [awsError('ValidationException'), 'refused'],
    [new Error('Region is missing'), 'refused'],
    [new TypeError('x is not a function'), 'ours'],
    [new UsageError('no such change'), 'ours'],
  ])('%s is of the kind %s', (error, kind) => {
    expect(faultOf(error)).toBe(kind);
  });

  it('is recognised behind the error of an adapter', () => {
    const wrapped = Object.assign(new Error('table x: denied', { cause: awsError('AccessDeniedException') }), {
      name: 'AccessDeniedException',
    });
    expect(faultOf(wrapped)).toBe('refused');
  });

  it('says when nothing can have been sent', () => {
    expect([unreachable(), awsError('ExpiredToken'), networkError('ECONNRESET'), awsError('X', 'x', 500)].map(wasNeverSent)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([
    [new Error('Region is missing'), /no AWS region is configured.*AWS_REGION/],
    [named('CredentialsProviderError', 'Could not load credentials from any providers'), /no AWS credentials were found.*AWS_PROFILE/],
    [named('CredentialsProviderError', 'The SSO session associated with this profile has expired.'), /have expired; sign in again/],
    [awsError('ExpiredTokenException', 'The security token included in the request is expired'), /have expired; sign in again/],
    [awsError('UnrecognizedClientException', 'The security token is invalid'), /does not accept the credentials/],
    [awsError('AccessDeniedException', 'User: arn is not authorized'), /access is denied.*User: arn/],
    [networkError('ENOTFOUND'), /cannot be reached.*ENOTFOUND/],
    [awsError('ExecutionLimitExceeded', 'too many'), /AWS refused it \(ExecutionLimitExceeded: too many\)/],
  ])('%s becomes a sentence to act on', (error, sentence) => {
    const told = inOneSentence(error, 'starting the change');
    expect(told).toMatchObject({ name: 'ConfigurationError', message: expect.stringMatching(sentence) });
    expect((told as Error).message).toMatch(/^starting the change: [^\n]+$/);
  });

  it('never shows the request that a signature was made for', () => {
    const secret = 'x-amz-security-token:IQoJb3JpZ2luX2VjEXAMPLE';
    const error = awsError('InvalidSignatureException', `The signature does not match.\n\nThe Canonical String was\n'POST\n${secret}'`);
    expect(problemOf(error)).not.toContain('IQoJ');
    expect((inOneSentence(error, 'x') as Error).message).not.toContain('IQoJ');
  });

  it('is left alone when it is none, or was told already', () => {
    const usage = new UsageError('no such change');
    const told = inOneSentence(awsError('AccessDeniedException'), 'one thing');
    expect(inOneSentence(usage, 'x')).toBe(usage);
    expect(inOneSentence(told, 'another thing')).toBe(told);
  });
});
