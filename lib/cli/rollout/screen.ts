import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../output.ts';
import type { Style } from '../render/rollout-events.ts';

const ROWS_WITHOUT_SIZE = 24;
const COLUMNS_WITHOUT_SIZE = 80;

/** Lines that stay, and below them, on a terminal, a block of lines that is drawn again and again. */
export class Screen {
  readonly #output: Output;
  readonly #startedAt = Date.now();
  #drawn = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  get isLive(): boolean {
    return this.#output.isLive;
  }

  /** A line of news. */
  news(line: string, style?: Style): void {
    this.#erase();
    const elapsed = `${((Date.now() - this.#startedAt) / 1000).toFixed(1).padStart(6)}s`;
    const { stderr } = process;
    const text = style ? this.#output.style(style, line, stderr) : line;
    this.#output.progress(`${this.#output.style('dim', elapsed, stderr)}  ${text}`);
  }

  /** Something that has to be seen, even where progress is not wanted. */
  say(line: string): void {
    this.#erase();
    this.#output.notice(this.#output.style('yellow', line, process.stderr));
  }

  /** Draws the block in place of the former one; what does not fit on the screen is left out. */
  draw(lines: readonly string[]): void {
    if (!this.isLive) return;
    const columns = (process.stderr.columns || COLUMNS_WITHOUT_SIZE) - 1;
    const rows = Math.max(1, (process.stderr.rows || ROWS_WITHOUT_SIZE) - 2);
    const shown = lines.slice(0, rows).map((line) => stripVTControlCharacters(line).slice(0, columns));
    this.#erase();
    process.stderr.write(shown.map((line) => `${line}\n`).join(''));
    this.#drawn = shown.length;
  }

  end(): void {
    this.#erase();
  }

  #erase(): void {
    if (this.#drawn === 0) return;
    process.stderr.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }
}
