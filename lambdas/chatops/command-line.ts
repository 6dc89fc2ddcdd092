import { Command, Option } from 'commander';
import type * as z from 'zod';
import { describeIssues } from '../contracts/parse.ts';
import { ChangeRequest, Target, type Window } from '../contracts/request.ts';
import { MULTI_PROXY_POLICIES, SYNCER_MODES } from '../contracts/words.ts';
import { readWindow } from '../domain/window-words.ts';
import { addRollouts } from './rollout-line.ts';
import { type Found, type Options, reasonOption, refuse } from './typed.ts';

/** How the command is called in Slack. */
export const SLASH = '/syncshift';

function checked<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const { data, error } = schema.safeParse(value);
  return error ? refuse(`${what}: ${describeIssues(error)}`) : (data as z.output<S>);
}

function targetOf(text: string): Target {
  const [cluster, database, ...rest] = text.split('/');
  if (database === undefined || rest.length > 0) return refuse(`target ${JSON.stringify(text)} is not of the form <cluster>/<database>`);
  return checked(Target, { cluster, database }, `target ${JSON.stringify(text)}`);
}

const placeOf = (text: string): { cluster: string; database?: string } =>
  text.includes('/') ? targetOf(text) : checked(Target.pick({ cluster: true }), { cluster: text }, `target ${JSON.stringify(text)}`);

function changeIdOf(text: string): string {
  checked(ChangeRequest.pick({ changeId: true }), { changeId: text }, `change ${JSON.stringify(text)}`);
  return text;
}

function windowOf(text: string): Window {
  const window = readWindow(text);
  return 'fault' in window ? refuse(`--window ${JSON.stringify(text)}: ${window.fault}`) : window;
}

function changeOf(text: string, { to, policy, reason, window }: Options): Readonly<Record<string, unknown>> {
  // Commander would miss it before it has looked for the misspelt option that was meant.
  if (to === undefined) return refuse("required option '--to <mode>' not specified");
  return {
    target: targetOf(text),
    wanted: { syncerMode: to, ...(policy !== undefined && { proxyPolicy: policy }) },
    ...(reason !== undefined && { reason }),
    ...(window !== undefined && { window: windowOf(window) }),
  };
}

const TARGET_HELP = 'database, as <cluster>/<name> or <cluster>/db:<number>';
const toOption = () => new Option('--to <mode>', 'wanted syncer mode').choices(SYNCER_MODES);
const policyOption = () =>
  new Option('--policy <policy>', 'proxy policy for every endpoint (default: keep a multi-proxy one, else as configured)').choices(
    MULTI_PROXY_POLICIES,
  );
const windowOption = () =>
  new Option('--window <window>', 'when it may run: <opens>/<closes> as moments with offset, or the name of a calendar');

function addChanges(program: Command, found: Found): void {
  program
    .command('plan')
    .description('what a change would do; writes nothing')
    .usage('<cluster>/<database> --to <mode> [--policy <policy>] [--window <window>]')
    .argument('<target>', TARGET_HELP)
    .addOption(toOption())
    .addOption(policyOption())
    .addOption(windowOption())
    .action((text: string, options: Options) => found({ verb: 'plan', ...changeOf(text, options) }));
  program
    .command('apply')
    .description('carry a change out, verified, rolled back when it cannot be proven good')
    .usage('<cluster>/<database> --to <mode> [--policy <policy>] [--reason <text>] [--window <window>]')
    .argument('<target>', TARGET_HELP)
    .addOption(toOption())
    .addOption(policyOption())
    .addOption(reasonOption())
    .addOption(windowOption())
    .action((text: string, options: Options) => found({ verb: 'apply', ...changeOf(text, options) }));
  program
    .command('rollback')
    .description('the documented way back: centralized, verified')
    .usage('<cluster>/<database> [--reason <text>]')
    .argument('<target>', TARGET_HELP)
    .addOption(reasonOption())
    .action((text: string, options: Options) => found({ verb: 'rollback', ...changeOf(text, { ...options, to: 'centralized' }) }));
}

function addStatusAndCancel(program: Command, found: Found): void {
  program
    .command('status')
    .description('how changes stand, or one of them; only you see the answer')
    .usage('[change]')
    .argument('[change]', 'id of the change')
    .action((text: string | undefined) => found({ verb: 'status', ...(text !== undefined && { changeId: changeIdOf(text) }) }));
  program
    .command('cancel')
    .description('stop a change the clean way: what it wrote is rolled back')
    .usage('<change> [--reason <text>]')
    .argument('<change>', 'id of the change')
    .addOption(reasonOption())
    .action((text: string, options: Options) => found({ verb: 'cancel', changeId: changeIdOf(text), ...options }));
}

/** In characters. A wider block of code is wrapped by Slack, which is hard to read. */
const HELP_WIDTH = 90;

/**
 * The words of the command line as far as they make sense in chat: the same verbs, options and choices. Parsing throws CommanderError for
 * words that are wrong, and after help.
 * @param found - told what was typed.
 * @param write - told the help that was asked for.
 */
export function makeProgram(found: Found, write: (help: string) => void): Command {
  const program = new Command(SLASH)
    .usage('<verb> [arguments] [options]')
    .helpOption('--help', 'shows how a verb is used')
    .helpCommand('help [verb]', 'shows this help, or that of one verb')
    .addHelpText(
      'after',
      `\nExample: ${SLASH} apply eu-west/orders --to distributed --reason "CHG-1234"\nApprove and reject at the buttons in the thread of the change.`,
    )
    .exitOverride()
    .configureOutput({
      writeOut: write,
      writeErr: write,
      outputError: () => {},
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError();
  program
    .command('inspect')
    .description('facts, class and effective mode of one database or of every one')
    .usage('<cluster>[/<database>]')
    .argument('<target>', 'cluster, or <cluster>/<database>')
    .action((text: string) => found({ verb: 'inspect', ...placeOf(text) }));
  addChanges(program, found);
  addStatusAndCancel(program, found);
  addRollouts(program, found);
  return program;
}
