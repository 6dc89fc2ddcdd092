import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSigned } from '../../../../lambdas/chatops/signature.ts';

/** The example of Slack's documentation: "Verifying requests from Slack". */
const documented = {
  rawBody: Buffer.from(
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  ),
  timestamp: '1531420618',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  signingSecret: '8f742231b10e8888abcd99yyyzzz85a5',
  now: new Date(1_531_420_618_000),
};
const anything = fc.string({ unit: fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)) });
const secondsLater = (seconds: number) => new Date(documented.now.getTime() + seconds * 1000);

/** A request whose signature is right for whatever stands where its moment does. */
function signedAt(timestamp: string) {
  const hash = createHmac('sha256', documented.signingSecret).update(`v0:${timestamp}:`).update(documented.rawBody).digest('hex');
  return { ...documented, timestamp, signature: `v0=${hash}` };
}

describe('isSigned', () => {
  it('holds for the documented example', () => {
    expect(isSigned(documented)).toBe(true);
  });

  it.each([-300, -1, 0, 299.9, 300])('holds when the clock here is %s seconds ahead', (seconds) => {
    expect(isSigned({ ...documented, now: secondsLater(seconds) })).toBe(true);
  });

  it.each([-301, 301, 86_400])('does not hold when the clock here is %s seconds ahead', (seconds) => {
    expect(isSigned({ ...documented, now: secondsLater(seconds) })).toBe(false);
  });

  it('does not hold for a body of which one byte is another', () => {
    for (const at of [0, 40, documented.rawBody.length - 1]) {
      const rawBody = Buffer.from(documented.rawBody);
      rawBody[at] = (rawBody[at] ?? 0) ^ 1;
      expect(isSigned({ ...documented, rawBody })).toBe(false);
    }
  });

  it('does not hold for another secret, or none', () => {
    expect(isSigned({ ...documented, signingSecret: 'another' })).toBe(false);
    const unkeyed = createHmac('sha256', '').update('v0:1531420618:').update(documented.rawBody).digest('hex');
    expect(isSigned({ ...documented, signingSecret: '', signature: `v0=${unkeyed}` })).toBe(false);
  });

  it.each([
    undefined,
    '',
    'v0=',
    documented.signature.slice(0, -1),
    `${documented.signature}0`,
    documented.signature.toUpperCase(),
    documented.signature.replace('v0=', 'v1='),
    documented.signature.slice(3),
    ` ${documented.signature}`,
    `${documented.signature}\n`,
    `${documented.signature},${documented.signature}`,
    `v0=${'é'.repeat(64)}`,
  ])('does not hold for the signature %j', (signature) => {
    expect(isSigned({ ...documented, signature })).toBe(false);
  });

  it.each([
    '1531420618.0',
    '+1531420618',
    ' 1531420618',
    '1531420618\n',
    '0x5b47a08a',
    '1.531420618e9',
    '',
    '١٥٣١٤٢٠٦١٨',
    'NaN',
    '9'.repeat(40),
  ])('does not hold for the moment %j, even when it is signed', (timestamp) => {
    expect(isSigned(signedAt(timestamp))).toBe(false);
  });

  it('does not hold without a moment, or while the clock here has none', () => {
    expect(isSigned({ ...documented, timestamp: undefined })).toBe(false);
    expect(isSigned({ ...documented, now: new Date(Number.NaN) })).toBe(false);
  });

  it('does not hold, and does not throw, for whatever is sent', () => {
    fc.assert(
      fc.property(anything, anything, fc.uint8Array(), (timestamp, signature, body) => {
        expect(isSigned({ ...documented, timestamp, signature, rawBody: Buffer.from(body) })).toBe(false);
      }),
    );
  });
});
