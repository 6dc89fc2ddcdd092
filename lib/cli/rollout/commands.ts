import type { Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import type { Act } from '../main.ts';

const ROLLOUT_HELP = 'id of the rollout';
const FILE_HELP = 'what to roll out and how, as YAML or JSON';
const ALL = ['--all', 'every target, also of a long list'] as const;
const REASON = ['--reason <text>', 'why, for the record'] as const;
const YES = ['--yes', 'do not ask'] as const;

/** Changes of many databases, in waves. */
export function addRollouts(program: Command, act: Act, engineOption: () => Option): void {
  const rollout = program
    .command('rollout')
    .description('changes of many databases, in waves')
    .allowExcessArguments()
    .action(() => {
      throw new UsageError(
        'say what to do with rollouts: plan, start, show, list, watch, pause, resume, abort or undo (--help tells more)',
      );
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 all applied or unchanged; 2 usage; 3 refused; 4 a gate said no; 5 window missed; 6 stopped, everything is back to centralized; 7 somebody is needed; 8 stopped or paused with some applied and kept.',
    );
  addBeginnings(rollout, act, engineOption);
  addLooks(rollout, act, engineOption);
  addControls(rollout, act, engineOption);
}

function addBeginnings(rollout: Command, act: Act, engineOption: () => Option): void {
  rollout
    .command('plan')
    .description('every setting, wave and target of a rollout; writes nothing')
    .argument('<file>', FILE_HELP)
    .option(...ALL)
    .addOption(engineOption())
    .action(act(async () => (await import('../verbs/rollout-plan.ts')).rolloutPlan));
  rollout
    .command('start')
    .description('carry a rollout out, wave by wave; Ctrl-C pauses it')
    .argument('<file>', FILE_HELP)
    .option('--yes', 'do not ask before the first write')
    .option('--id <rollout>', 'id of the rollout: the same id with the same file joins it instead of starting another')
    .option(...ALL)
    .addOption(engineOption())
    .action(act(async () => (await import('../verbs/rollout-start.ts')).rolloutStart));
}

function addLooks(rollout: Command, act: Act, engineOption: () => Option): void {
  rollout
    .command('list')
    .description('rollouts on record, newest first')
    .addOption(engineOption())
    .action(act(async () => (await import('../verbs/rollout-look.ts')).rolloutList));
  rollout
    .command('show')
    .description('how a rollout stands, and its story')
    .argument('<rollout>', ROLLOUT_HELP)
    .option(...ALL)
    .addOption(engineOption())
    .action(act(async () => (await import('../verbs/rollout-look.ts')).rolloutShow));
  rollout
    .command('watch')
    .description('follow a rollout until it has ended or is paused; Ctrl-C ends the watching and nothing else')
    .argument('<rollout>', ROLLOUT_HELP)
    .option(...ALL)
    .addOption(engineOption())
    .action(act(async () => (await import('../verbs/rollout-look.ts')).rolloutWatch));
}

function addControls(rollout: Command, act: Act, engineOption: () => Option): void {
  const control = (name: string, description: string): Command =>
    rollout
      .command(name)
      .description(description)
      .argument('<rollout>', ROLLOUT_HELP)
      .option(...REASON)
      .option(...ALL)
      .addOption(engineOption());
  control('pause', 'let the changes under way end, and begin no other').action(
    act(async () => (await import('../verbs/rollout-control.ts')).rolloutPause),
  );
  control('resume', 'go on with what is left of a rollout').action(
    act(async () => (await import('../verbs/rollout-control.ts')).rolloutResume),
  );
  control('abort', 'stop a rollout: changes under way are rolled back, what is applied is kept')
    .option(...YES)
    .action(act(async () => (await import('../verbs/rollout-control.ts')).rolloutAbort));
  control('undo', 'stop a rollout, and send what it has applied back to centralized; also once it has ended')
    .option('--wave', 'only the members of its present wave')
    .option(...YES)
    .action(act(async () => (await import('../verbs/rollout-control.ts')).rolloutUndo));
}
