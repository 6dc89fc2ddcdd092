import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactBody, redactJson, redactText } from '../../../../../lambdas/adapters/cluster-rest/redact.ts';

const SECRET = 'S3CRET-v4lue';
const secretNames = fc.constantFrom(
  'password',
  'authentication_redis_pass',
  'client_key',
  'server_cert',
  'uri',
  'access_token',
  'Authorization',
);
const separators = fc.constantFrom('', ':', '@', '/', '"', '%40', '&');

describe('redaction', () => {
  it('G28: takes user and password out of a uri and keeps where it leads', () => {
    expect(redactText('cannot reach redis://admin:S3CRET@10.0.0.1:12000 in time')).toBe(
      'cannot reach redis://[redacted]@10.0.0.1:12000 in time',
    );
    expect(redactText('https://:S3CRET@host')).toBe('https://[redacted]@host');
    expect(redactText('https://S3CRET@host')).toBe('https://[redacted]@host');
  });

  it('leaves ordinary words alone', () => {
    const ordinary = 'node 2 at 10.0.0.2:9443 is down since 12:04, ask ops@example.com';
    expect(redactText(ordinary)).toBe(ordinary);
  });

  it('G28: leaves no secret in any text, whatever characters the password has', () => {
    fc.assert(
      fc.property(fc.constantFrom('redis', 'https', 'rediss'), separators, separators, fc.string(), (scheme, before, after, around) => {
        const uri = `${scheme}://user:${before}${SECRET}${after}@host:1`;
        expect(redactText(`${around} ${uri} ${around}`)).not.toContain(SECRET);
        expect(redactBody(`{"broken": "${uri}"`)).not.toContain(SECRET);
      }),
    );
  });

  it('G28: leaves no secret in any object, however deep', () => {
    const holder = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        secretNames.map((name) => ({ [name]: SECRET })),
        secretNames.map((name) => ({ [name]: [{ inner: SECRET }] })),
        fc.constant(`redis://u:${SECRET}@h`),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(holder, (value) => {
        expect(JSON.stringify(redactJson(value)) ?? '').not.toContain(SECRET);
        expect(redactBody(JSON.stringify(value))).not.toContain(SECRET);
      }),
    );
  });

  it('keeps everything that is no secret', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('uid', 'status', 'lag', 'crdt'), fc.oneof(fc.integer(), fc.boolean(), fc.constant('in-sync'))),
        (value) => {
          expect(redactJson(value)).toEqual(value);
        },
      ),
    );
  });

  it.each([
    ['a header', 'Authorization: Basic UzNDUkVULXY0bHVl', 'UzNDUkVULXY0bHVl'],
    ['an assignment', `password=${SECRET}&x=1`, SECRET],
    ['JSON that is cut', `{"password": "${SECRET}`, SECRET],
    ['a private key', `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`, SECRET],
    ['a private key that is cut', `-----BEGIN PRIVATE KEY-----\n${SECRET}`, SECRET],
  ])('finds secrets in %s', (_name, text, secret) => {
    expect(redactBody(text)).not.toContain(secret);
  });

  it('survives an object that is nested without end', () => {
    const deep = `${'[{"a":'.repeat(20_000)}"${SECRET}"${'}]'.repeat(20_000)}`;
    expect(redactBody(deep)).not.toContain(SECRET);
  });

  it('copes with very long words', () => {
    for (const piece of ['a:', '@', 'password', '-----BEGIN ', '://', 'x'])
      expect(redactText(piece.repeat(200_000)).length).toBeGreaterThan(0);
  });
});
