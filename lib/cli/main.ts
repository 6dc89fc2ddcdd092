import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { MULTI_PROXY_POLICIES, SYNCER_MODES } from '../../lambdas/contracts/words.ts';
import { EXIT, exitCodeFor, UsageError } from './errors.ts';
import { type Engine, Output, wantsColor } from './output.ts';
import { addRollouts } from './rollout/commands.ts';

/** Flags that every verb takes. */
export interface CommonFlags {
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** A verb: what it was given, and the exit code it ends with. It is loaded only when it is used. */
export type Verb<Flags> = (target: string, flags: CommonFlags & Flags, output: Output) => Promise<number>;

/** Makes the action of a command from the verb that it loads. */
export type Act = <Flags>(load: () => Promise<Verb<Flags>>) => (...words: unknown[]) => Promise<void>;

const TARGET_HELP = 'database, as <cluster>/<name> or <cluster>/db:<number>';

function makeProgram(version: string, finish: (code: number) => void): Command {
  const program = new Command('syncshift')
    .description(
      'Moves Redis Enterprise databases from centralized to distributed synchronization, and back when it cannot prove the result.',
    )
    .version(version, '-V, --version')
    .option('--config <file>', 'configuration file (default: syncshift.config.json here)')
    .option('--json', 'print exactly one JSON document')
    .option('--quiet', 'no progress')
    .option('--no-color', 'no colours (NO_COLOR works as well)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    // Errors are printed in one place, in the form that was asked for.
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExit codes: 0 applied, unchanged or planned; 2 usage; 3 refused; 4 gate said no or drifted; 5 window missed; 6 rolled back; 7 needs an operator; 8 out of sight, the change goes on in AWS, or a rollout that was paused or stopped with some of it applied; 130 (SIGINT) or 143 (SIGTERM) when only the following was stopped; 1 a fault of syncshift.',
    );

  const act: Act =
    <Flags>(load: () => Promise<Verb<Flags>>) =>
    async (...words: unknown[]) => {
      const command = words.at(-1) as Command;
      const flags = command.optsWithGlobals<CommonFlags & Flags>();
      const target = typeof words[0] === 'string' ? words[0] : '';
      finish(await (await load())(target, flags, outputFor(flags)));
    };

  program
    .command('demo')
    .description('simulated clusters: a change over each way in, one that rolls back, and two rollouts')
    .action(act(async () => (await import('./verbs/demo.ts')).demo));
  program
    .command('inspect')
    .description('facts, class and effective mode of one database or of every one')
    .argument('[target]', 'cluster, or <cluster>/<database>; without it, every cluster of the configuration')
    .action(act(async () => (await import('./verbs/inspect.ts')).inspect));
  program
    .command('candidates')
    .description('databases that would gain from being distributed, ranked, and those that would not, each with the reason')
    .argument('[cluster]', 'one cluster; without it, every cluster of the configuration')
    .action(act(async () => (await import('./verbs/candidates.ts')).candidates));
  program
    .command('plan')
    .description('what a change would do; writes nothing')
    .argument('<target>', TARGET_HELP)
    .addOption(toOption())
    .addOption(policyOption())
    .addOption(windowOption())
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/plan.ts')).plan));
  program
    .command('apply')
    .description('carry a change out, verified, rolled back when it cannot be proven good')
    .argument('<target>', TARGET_HELP)
    .addOption(toOption())
    .addOption(policyOption())
    .option('--reason <text>', 'why, for the record')
    .option('--yes', 'do not ask before the first write')
    .option('--id <change>', 'id of the change: the same id with the same request joins it instead of starting another')
    .addOption(windowOption())
    .addOption(new Option('--approvals <number>', 'people who have to approve the plan first').argParser(wholeNumber))
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/apply.ts')).apply));
  program
    .command('rollback')
    .description('the documented way back: centralized, verified')
    .argument('<target>', TARGET_HELP)
    .option('--reason <text>', 'why, for the record')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/rollback.ts')).rollback));
  program
    .command('list')
    .description('changes on record, newest first, and locks that stand')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/list.ts')).list));
  program
    .command('show')
    .description('the whole story of a change')
    .argument('<change>', 'id of the change')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/show.ts')).show));
  program
    .command('watch')
    .description('follow a change until it has ended; Ctrl-C ends the watching and nothing else')
    .argument('<change>', 'id of the change')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/watch.ts')).watch));
  program
    .command('approve')
    .description('let a change or a rollout through its approval gate')
    .argument('<id>', 'id of the change or the rollout')
    .option('--plan <hash>', 'the plan that you looked at: the hash or its beginning')
    .option('--yes', 'do not ask')
    .option('--reason <text>', 'why, for the record')
    .option('--break-glass', 'let it through alone, where you are named for that; raises an alarm and needs a reason')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/decide.ts')).approve));
  program
    .command('reject')
    .description('end a change, or stop a rollout, at its approval gate')
    .argument('<id>', 'id of the change or the rollout')
    .option('--reason <text>', 'why: a rejection needs a reason')
    .option('--plan <hash>', 'the plan that you looked at: the hash or its beginning')
    .option('--yes', 'do not ask')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/decide.ts')).reject));
  program
    .command('cancel')
    .description('stop a change the clean way: what it wrote is rolled back')
    .argument('<change>', 'id of the change')
    .option('--reason <text>', 'why, for the record')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/cancel.ts')).cancel));
  program
    .command('recover')
    .description('undo a change whose process died; without an id, every one of this machine')
    .argument('[change]', 'id of the change')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/recover.ts')).recover));
  program
    .command('clear')
    .description('release the lock that a change left for an operator')
    .argument('<change>', 'id of the change')
    .addOption(engineOption())
    .action(act(async () => (await import('./verbs/clear.ts')).clear));
  addSchedules(program, act);
  addRollouts(program, act, engineOption);
  program
    .command('chat')
    .description('serve Slack on this machine: ask for changes, approve, follow and stop them in a thread')
    .addOption(new Option('--port <number>', 'where to listen on 127.0.0.1; 0 for any that is free').argParser(portNumber).default(3000))
    .action(act(async () => (await import('./verbs/chat.ts')).chat));
  return program;
}

/** Changes that AWS starts by itself. */
function addSchedules(program: Command, act: Act): void {
  const schedule = program
    .command('schedule')
    .description('changes that AWS starts by itself, once or again and again')
    .allowExcessArguments()
    .action(() => {
      throw new UsageError('say what to do with schedules: add, list or remove (--help tells more)');
    });
  schedule
    .command('add')
    .description('let the deployed workflow make a change at a time; each run is a change of its own')
    .argument('<name>', 'name of the schedule')
    .argument('<target>', TARGET_HELP)
    .addOption(toOption())
    .addOption(policyOption())
    .option('--reason <text>', 'why, for the record')
    .addOption(new Option('--at <time>', 'once, as yyyy-mm-ddThh:mm[:ss]').conflicts(['cron', 'every']))
    .addOption(new Option('--cron <fields>', 'minutes, hours, day of month, month, day of week, year').conflicts(['at', 'every']))
    .addOption(new Option('--every <interval>', 'such as "7 days"; the first time one interval from now').conflicts(['at', 'cron']))
    .option('--time-zone <zone>', 'of --at and --cron, as the IANA names it (default: UTC)')
    .addOption(scheduleEngineOption())
    .action((name: string, ...rest: unknown[]) => act(async () => (await import('./verbs/schedule.ts')).add(name))(...rest));
  schedule
    .command('list')
    .description('schedules of the AWS account, and when they start what')
    .addOption(scheduleEngineOption())
    .action(act(async () => (await import('./verbs/schedule.ts')).list));
  schedule
    .command('remove')
    .description('take a schedule away; a change that it has started goes on')
    .argument('<name>', 'name of the schedule')
    .addOption(scheduleEngineOption())
    .action(act(async () => (await import('./verbs/schedule.ts')).remove));
}

const toOption = () => new Option('--to <mode>', 'wanted syncer mode').choices(SYNCER_MODES).makeOptionMandatory();
const policyOption = () =>
  new Option('--policy <policy>', 'proxy policy for every endpoint (default: keep a multi-proxy one, else as configured)').choices(
    MULTI_PROXY_POLICIES,
  );

const windowOption = () =>
  new Option('--window <window>', 'when it may run: <opens>/<closes> as moments with offset, or the name of a calendar');
const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
};

const portNumber = (text: string): number => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('expected a port, 0 to 65535');
  return Number(text);
};

const ENGINE_VARIABLE = 'SYNCSHIFT_ENGINE';
/** A variable that is set to nothing counts as not set. */
function engineOption(): Option {
  const option = new Option('--engine <engine>', 'where the workflow runs: on this machine or deployed in AWS');
  return (process.env[ENGINE_VARIABLE] === '' ? option : option.env(ENGINE_VARIABLE)).choices(['local', 'aws']).default('local');
}

/** Schedules live in AWS, so that is their default. */
const scheduleEngineOption = () =>
  new Option('--engine <engine>', 'schedules live in AWS').choices(['local', 'aws']).default('aws').hideHelp();

const outputFor = ({ json = false, quiet = false, color, config, engine }: CommonFlags & { engine?: Engine }): Output =>
  new Output({ json, quiet, color: wantsColor(color), config, engine });

function report(error: Error, words: readonly string[]): number {
  const code = exitCodeFor(error);
  // The value of another flag may read the same.
  if (words.some((word, index) => word === '--json' && words[index - 1] !== '--reason'))
    process.stdout.write(`${JSON.stringify({ error: { name: error.name, message: error.message } }, null, 2)}\n`);
  else
    process.stderr.write(
      `syncshift: ${error.message}\n${code === EXIT.bug ? `${error.stack}\nThis is a fault of syncshift, please report it.\n` : ''}`,
    );
  return code;
}

/** A reader that goes away (`head`, a closed terminal, a full disk behind a redirection) must not stop a change half-way. */
function surviveLostOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** Runs the command line. @returns the exit code. */
export async function main(words: readonly string[], version: string): Promise<number> {
  surviveLostOutput();
  let code: number = 0;
  try {
    const program = makeProgram(version, (exitCode) => {
      code = exitCode;
    });
    if (words.length === 0)
      throw new UsageError(
        'say what to do: demo, inspect, candidates, plan, apply, rollback, list, show, watch, approve, reject, cancel, recover, clear, rollout, schedule or chat (--help tells more)',
      );
    await program.parseAsync(words, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      return report(new UsageError(error.message.replace(/^error: /, '')), words);
    }
    return report(error instanceof Error ? error : new Error(String(error)), words);
  }
}
