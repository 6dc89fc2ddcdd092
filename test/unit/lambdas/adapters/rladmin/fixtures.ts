import { readFileSync } from 'node:fs';

/** A sample of the vendor's documentation, without the line on top that names its source. */
export function fixture(name: string): string {
  const text = readFileSync(new URL(`../../../../fixtures/rladmin/${name}.txt`, import.meta.url), 'utf8');
  return text.slice(text.indexOf('\n') + 1);
}
