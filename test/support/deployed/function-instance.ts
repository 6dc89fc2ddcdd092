/** A bundled function in a process as Lambda gives it: plain Node, its own folder, and an environment with what it is given there. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Answer, endOf, type Invocation } from './invocation.ts';
import type { SynthesisedFunction } from './synthesis.ts';
import { REGION } from './template.ts';

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.ts', import.meta.url));
/** Where Lambda unpacks the code. */
const TASK_ROOT = '/var/task/';

export interface FunctionOptions {
  /** Credentials, endpoints. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One output of a process, kept as text. */
class Output {
  text = '';
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk;
    });
  }

  /** Answers travel on another way than output, so either may come first. */
  async holds(line: string, signal: AbortSignal): Promise<void> {
    while (!this.text.includes(line)) await once(this.#stream, 'data', { signal });
  }
}

export class FunctionInstance {
  readonly #process: ChildProcess;
  readonly #outputs: readonly Output[];

  constructor({ name, folder, handler, environment, memoryMb }: SynthesisedFunction, options: FunctionOptions) {
    const [file = '', exported = ''] = handler.split('.');
    const unpacked = Object.entries(environment).map(([key, value]) => [key, value.replace(TASK_ROOT, `${folder}/`)]);
    this.#process = fork(BOOTSTRAP, [pathToFileURL(join(folder, `${file}.mjs`)).href, exported], {
      cwd: folder,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        // What Lambda itself says to every function.
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_REGION: REGION,
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: handler,
        ...Object.fromEntries(unpacked),
        ...options.environment,
      },
    });
    this.#outputs = [this.#process.stdout, this.#process.stderr].flatMap((stream) => (stream ? new Output(stream) : []));
  }

  /** @throws Error when the process ends instead of answering. */
  async call(invocation: Invocation): Promise<Answer> {
    const over = new AbortController();
    const { signal } = over;
    const ended = once(this.#process, 'exit', { signal }).then(([code]) => {
      throw new Error(`the process ended with ${code}: ${this.written.join('')}`);
    });
    const answered = async () => {
      const [answer] = (await once(this.#process, 'message', { signal })) as [Answer];
      for (const output of this.#outputs) await output.holds(endOf(invocation), signal);
      return answer;
    };
    try {
      const answer = answered();
      this.#process.send(invocation);
      return await Promise.race([answer, ended]);
    } finally {
      over.abort();
      await ended.catch(() => {});
    }
  }

  /** Everything that it has written, to stdout and to stderr. */
  get written(): string[] {
    return this.#outputs.map(({ text }) => text);
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'close');
    this.#process.kill();
    await ended;
  }
}
