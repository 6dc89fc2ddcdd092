import type { Command } from 'commander';
import { ROLLOUT_ID } from '../contracts/request.ts';
import type { Control } from '../contracts/rollout.ts';
import { type Found, type Options, reasonOption, refuse } from './typed.ts';

function rolloutIdOf(text: string): string {
  if (!ROLLOUT_ID.test(text)) return refuse(`${JSON.stringify(text)} is no id of a rollout: those begin with rol-`);
  return text;
}

const withReason = ({ reason }: Options) => (reason === undefined ? {} : { reason });

/** Beginning a rollout, by its name in the configuration. */
const BEGINNINGS = {
  plan: 'what a rollout of the configuration would do, wave by wave; writes nothing',
  start: 'begin a rollout of the configuration; it asks for its approval first',
} as const;
/** Steering one that is on record. */
const CONTROL_HELP = {
  pause: 'let what runs come to its end, and begin nothing else',
  resume: 'go on where it was paused',
  abort: 'cancel what runs, begin nothing else, and keep what is applied',
} as const satisfies Partial<Record<Control, string>>;
const ID_HELP = 'id of the rollout';

/** The words about rollouts, as the command line has them. */
export function addRollouts(program: Command, found: Found): void {
  const rollout = program
    .command('rollout')
    .description('many changes in waves: plan, start, show, pause, resume, abort, undo')
    .usage('<action> <rollout> [options]')
    .helpCommand(false);
  const ask = (what: Readonly<Record<string, unknown>>) => found({ verb: 'rollout', ask: what });
  for (const [action, help] of Object.entries(BEGINNINGS))
    rollout
      .command(action)
      .description(help)
      .usage('<name> [--reason <text>]')
      .argument('<name>', 'of the rollout, under rollouts in the configuration')
      .addOption(reasonOption())
      .action((name: string, options: Options) => ask({ action, name, ...withReason(options) }));
  rollout
    .command('show')
    .description('how a rollout stands; only you see the answer')
    .usage('<id>')
    .argument('<id>', ID_HELP)
    .action((id: string) => ask({ action: 'show', rolloutId: rolloutIdOf(id) }));
  for (const [control, help] of Object.entries(CONTROL_HELP))
    rollout
      .command(control)
      .description(help)
      .usage('<id> [--reason <text>]')
      .argument('<id>', ID_HELP)
      .addOption(reasonOption())
      .action((id: string, options: Options) => ask({ action: 'control', control, rolloutId: rolloutIdOf(id), ...withReason(options) }));
  rollout
    .command('undo')
    .description('abort, and send what is applied back to centralized, verified')
    .usage('<id> [--wave] [--reason <text>]')
    .argument('<id>', ID_HELP)
    .option('--wave', 'only the latest wave goes back')
    .addOption(reasonOption())
    .action((id: string, options: Options & { wave?: boolean }) =>
      ask({ action: 'control', control: options.wave ? 'undo-wave' : 'undo-all', rolloutId: rolloutIdOf(id), ...withReason(options) }),
    );
}
