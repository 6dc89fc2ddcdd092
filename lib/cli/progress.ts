import type { TimelineEvent } from '../../lambdas/contracts/record.ts';
import { typed } from '../../lambdas/domain/typed-command.ts';
import type { Output } from './output.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const REDRAW_MS = 100;
/** Where no line can be redrawn, a log says from time to time what it waits for. */
const REMIND_MS = 30_000;

/** A wait that is announced by its end: nobody counts hours in seconds. */
const LONG_WAIT_SECONDS = 3600;

const sampled = ({ state, lagMs }: Extract<TimelineEvent, { type: 'sample' }>): string =>
  lagMs === undefined ? state : `${state}, lag ${lagMs} ms`;

/**
 * Shows a change while it runs: one line for each thing that happened and, on a terminal, a live line that says what it is at
 * and for how long.
 */
export class Progress {
  readonly #output: Output;
  readonly #startedAt = Date.now();
  #latest: TimelineEvent['type'] | undefined;
  #activity = '';
  #activitySince = Date.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output) {
    this.#output = output;
    this.#timer = (output.isLive ? setInterval(() => this.#draw(), REDRAW_MS) : setInterval(() => this.#remind(), REMIND_MS)).unref();
  }

  event = (_changeId: string, event: TimelineEvent): void => {
    if (event.type === 'step-started') this.#begin(event.step);
    else if (event.type === 'step-ended' && event.error) this.#say(`${event.step}: ${event.error.name}: ${event.error.message}`, 'yellow');
    // A sample says more than that the step which took it is done.
    else if (event.type === 'step-ended' && this.#latest !== 'sample') this.#say(`${event.step}: done`);
    else if (event.type === 'sample') this.#say(`${event.step}: ${[sampled(event), ...event.problems].join('; ')}`);
    else if (event.type === 'note') this.#say(event.text);
    else if (event.type === 'write-claimed') {
      this.#say(`${event.step}: ${typed(event.command)}`);
      this.#begin(`${event.step}: waiting for the answer`);
    }
    this.#latest = event.type;
  };

  waiting = (state: string, until: Date): void => {
    const seconds = Math.ceil((until.getTime() - Date.now()) / 1000);
    if (seconds <= 0) return;
    if (seconds < LONG_WAIT_SECONDS) this.#begin(`${state} (${seconds} s)`);
    else this.#say(`${state}, until ${until.toISOString()}`);
  };

  /** Something that has to be seen, even where progress is not wanted. */
  say(line: string): void {
    this.#erase();
    this.#output.notice(this.#output.style('yellow', line, process.stderr));
    this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
  }

  #remind(): void {
    const seconds = Math.floor((Date.now() - this.#activitySince) / 1000);
    if (this.#activity && seconds * 1000 >= REMIND_MS) this.#say(`${this.#activity}: for ${seconds} s now`);
  }

  #begin(activity: string): void {
    this.#activity = activity;
    this.#activitySince = Date.now();
    this.#draw();
  }

  #say(line: string, style?: Parameters<Output['style']>[0]): void {
    this.#erase();
    const elapsed = `${((Date.now() - this.#startedAt) / 1000).toFixed(1).padStart(6)}s`;
    this.#output.progress(
      `${this.#output.style('dim', elapsed, process.stderr)}  ${style ? this.#output.style(style, line, process.stderr) : line}`,
    );
    this.#draw();
  }

  #erase(): void {
    if (this.#output.isLive) process.stderr.write('\r\u001b[K');
  }

  #draw(): void {
    if (!this.#output.isLive || !this.#timer || !this.#activity) return;
    const seconds = Math.floor((Date.now() - this.#activitySince) / 1000);
    const frame = FRAMES[Math.floor(Date.now() / REDRAW_MS) % FRAMES.length] ?? '';
    const line = `${frame} ${this.#activity}${seconds > 0 ? `, ${seconds} s` : ''}`;
    process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns || 80) - 1)}`);
  }
}
