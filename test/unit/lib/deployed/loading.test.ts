import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const VERBS = readdirSync(join(ROOT, 'lib/cli/verbs')).map((file) => `lib/cli/verbs/${file}`);

/** What a file loads together with itself: neither types nor what it loads when it needs it. */
const loadedWith = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^(?:import|export)\s(?!type\b)(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]/gm)].map(
    ([, specifier = '']) => (specifier.startsWith('.') ? join(dirname(file), specifier) : specifier),
  );

function reachedFrom(file: string): Set<string> {
  const reached = new Set([file]);
  for (const next of reached) if (next.endsWith('.ts')) for (const loaded of loadedWith(next)) reached.add(loaded);
  return reached;
}

describe('the command line', () => {
  it.each(['bin/syncshift.ts', 'lib/cli/main.ts', ...VERBS, 'lib/cli/change.ts', 'lib/cli/watch-local.ts'])(
    'loads no SDK with %s',
    (file) => {
      expect([...reachedFrom(file)].filter((loaded) => /^@(?:aws-sdk|smithy)\//.test(loaded))).toEqual([]);
    },
  );

  it('is seen to load one where it does', () => {
    expect(reachedFrom('lib/deployed/client.ts')).toContain('@aws-sdk/client-sfn');
  });
});
