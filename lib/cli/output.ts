import { styleText } from 'node:util';

export interface OutputSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

type Style = Parameters<typeof styleText>[0];

/** Where a verb says things: progress to stderr, its one result to stdout. */
export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #color: boolean;

  constructor({ json, quiet, color }: OutputSettings) {
    this.json = json;
    this.quiet = quiet;
    this.#color = color;
  }

  /** The result: the document with `--json`, the text without. */
  result(document: unknown, text: () => string): void {
    process.stdout.write(this.json ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`);
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
