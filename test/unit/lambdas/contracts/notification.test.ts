import { describe, expect, it } from 'vitest';
import { NotificationDocument } from '../../../../lambdas/contracts/notification.ts';
import documented from '../../../fixtures/notifications/samples.json' with { type: 'json' };
import { undocumentedIn } from '../../../support/documented-notification.ts';

const full = documented.samples[1] ?? expect.unreachable('there is no full sample');
const withContent = (content: object) => ({ ...full, content: { ...full.content, ...content } });

describe('a custom notification', () => {
  it.each(documented.samples)('is what AWS shows as a sample (%#)', (sample) => {
    expect(undocumentedIn(sample)).toEqual([]);
    expect(NotificationDocument.parse(sample)).toEqual(sample);
  });

  it.each([
    ['another version', { ...full, version: '2.0' }],
    ['another source', { ...full, source: 'aws.health' }],
    ['no description', withContent({ description: undefined })],
    ['an empty description', withContent({ description: '' })],
    ['too long a description', withContent({ description: 'x'.repeat(8_001) })],
    ['too long a title', withContent({ title: 'x'.repeat(251) })],
    ['too long a next step', withContent({ nextSteps: ['x'.repeat(351)] })],
    ['too long a keyword', withContent({ keywords: ['x'.repeat(76)] })],
    ['another type of text', withContent({ textType: 'html' })],
    ['a context that is no text', { ...full, metadata: { additionalContext: { priority: 1 } } }],
    ['a field that is not documented', withContent({ html: 'x' })],
  ])('with %s is refused, by the schema and by the documented rules', (_what, document) => {
    const sent = JSON.parse(JSON.stringify(document));
    expect(NotificationDocument.safeParse(sent).success).toBe(false);
    expect(undocumentedIn(sent)).toHaveLength(1);
  });

  it('may be as long as is documented', () => {
    const longest = withContent({
      title: 'x'.repeat(250),
      description: 'x'.repeat(8_000),
      nextSteps: ['x'.repeat(350)],
      keywords: ['x'.repeat(75)],
    });
    expect(undocumentedIn(longest)).toEqual([]);
    expect(NotificationDocument.safeParse(longest).success).toBe(true);
  });
});
