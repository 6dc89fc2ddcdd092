import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives all tests one temporary folder, which goes with whatever they left in it: CDK alone leaves an assembly for each app. */
export default function setUp(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'syncshift-tests-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}
