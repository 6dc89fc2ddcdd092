import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

const hashOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

interface Made {
  readonly metafile: Metafile;
  /** Hashes of the files that it was made of, by their paths from the root of the project. */
  readonly from: Readonly<Record<string, string>>;
}

/** Bundles that were made before. One is used again only while every file that it was made of has the same content. */
export class KeptBundles {
  readonly #folder: string;
  readonly #root: string;

  /** @param circumstances - what else a bundle depends on: versions, options, how packages are found. */
  constructor(root: string, circumstances: readonly string[]) {
    this.#root = root;
    this.#folder = join(root, 'node_modules/.cache/syncshift-bundles', hashOf(JSON.stringify(circumstances)));
  }

  /** Puts a kept bundle into a folder. @returns undefined when there is none that still is what would be made. */
  take(entry: string, outdir: string): Metafile | undefined {
    const place = this.#placeOf(entry);
    if (!existsSync(join(place, 'made.json'))) return undefined;
    const { metafile, from } = JSON.parse(readFileSync(join(place, 'made.json'), 'utf8')) as Made;
    if (!Object.entries(from).every(([path, hash]) => this.#isStill(path, hash))) return undefined;
    cpSync(join(place, 'files'), outdir, { recursive: true });
    return metafile;
  }

  /** Keeps a bundle, if that can be done: without it, the next one takes longer and is the same. */
  keep(entry: string, outdir: string, metafile: Metafile): void {
    const place = this.#placeOf(entry);
    const draft = `${place}.${randomUUID()}`;
    try {
      mkdirSync(draft, { recursive: true });
      cpSync(outdir, join(draft, 'files'), { recursive: true });
      writeFileSync(join(draft, 'made.json'), JSON.stringify({ metafile, from: this.#hashesOf(metafile) } satisfies Made));
      rmSync(place, { recursive: true, force: true });
      renameSync(draft, place);
    } catch {
      // Nobody may write here, or another process keeps the same bundle at the same moment.
      rmSync(draft, { recursive: true, force: true });
    }
  }

  /** What is no file, such as a module that is left out, is settled by the circumstances. */
  #hashesOf({ inputs }: Metafile): Made['from'] {
    const files = Object.keys(inputs).filter((path) => existsSync(join(this.#root, path)));
    return Object.fromEntries(files.map((path) => [path, hashOf(readFileSync(join(this.#root, path)))]));
  }

  #placeOf(entry: string): string {
    return join(this.#folder, hashOf(entry).slice(0, 32));
  }

  #isStill(path: string, hash: string): boolean {
    const file = join(this.#root, path);
    return existsSync(file) && hashOf(readFileSync(file)) === hash;
  }
}
