import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escaped } from '../../../../lambdas/chatops/escape.ts';

describe('escaped', () => {
  it.each([
    ['<!channel> & <http://evil.example|here>', '&lt;!channel&gt; &amp; &lt;http://evil.example|here&gt;'],
    ['&lt;!here&gt;', '&amp;lt;!here&amp;gt;'],
    ['`code` ```block```', 'ʼcodeʼ ʼʼʼblockʼʼʼ'],
    ['plain text, *as it is*', 'plain text, *as it is*'],
  ])('makes of %j what Slack shows as it was typed', (text, expected) => {
    expect(escaped(text)).toBe(expected);
  });

  it('leaves nothing that Slack takes for a mention, a link or the end of code, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '`', ';', 'l', 't', 'a', '!', '|') }), (text) => {
        expect(escaped(text)).not.toMatch(/[<>`]|&(?!(?:amp|lt|gt);)/);
      }),
    );
  });
});
