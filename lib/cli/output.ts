import { styleText } from 'node:util';

export interface OutputSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** The configuration file as it was given, to repeat in a hint. */
  readonly config?: string | undefined;
  /** Where the changes are that hints speak of. @default 'local' */
  readonly engine?: Engine | undefined;
}

/** Where the workflow runs: on this machine, or deployed in AWS. */
export type Engine = 'local' | 'aws';

type Style = Parameters<typeof styleText>[0];

/** Where a verb says things: progress to stderr, its one result to stdout. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #color: boolean;
  readonly #config: string | undefined;
  readonly engine: Engine;

  constructor({ json, quiet, color, config, engine = 'local' }: OutputSettings) {
    this.engine = engine;
    this.json = json;
    this.#config = config;
    this.quiet = quiet;
    this.#color = color;
  }

  /** The result: the document with `--json`, the text without. */
  result(document: unknown, text: () => string): void {
    process.stdout.write(this.json ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`);
  }

  /** A command line that works where the user is, for a hint to copy. */
  invocation(words: string): string {
    const program =
      process.env.npm_lifecycle_event === 'syncshift' || process.env.npm_lifecycle_event === 'demo'
        ? 'npm run -s syncshift --'
        : 'syncshift';
    const flags = [...(this.engine === 'aws' ? ['--engine', 'aws'] : []), ...(this.#config ? ['--config', this.#config] : [])];
    return [program, words, ...flags].join(' ');
  }

  progress(line: string): void {
    if (!this.quiet) process.stderr.write(`${line}\n`);
  }

  /** Said even with `--quiet`: somebody has to know. */
  notice(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** True when progress may redraw a line. */
  get isLive(): boolean {
    return !this.quiet && !this.json && process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  }

  style(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
    return this.#color && stream.isTTY ? styleText(style, text, { validateStream: false }) : text;
  }
}

/** Colours are for people at a terminal who did not turn them off: https://no-color.org */
export const wantsColor = (flag: boolean): boolean => flag && !process.env.NO_COLOR;
