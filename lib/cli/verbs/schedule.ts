import { type Configuration, Schedule } from '../../../lambdas/contracts/configuration.ts';
import { StepError } from '../../../lambdas/contracts/errors.ts';
import { timeZoneNamed } from '../../../lambdas/contracts/local-time.ts';
import { parse } from '../../../lambdas/contracts/parse.ts';
import { checkExpression } from '../../../lambdas/contracts/schedule-expression.ts';
import type { MultiProxyPolicy, SyncerMode } from '../../../lambdas/contracts/words.ts';
import type { ListedSchedule } from '../../deployed/listed-schedule.ts';
import type { Schedules } from '../../deployed/schedules.ts';
import { configurationFor } from '../configuration.ts';
import { UsageError } from '../errors.ts';
import type { Verb } from '../main.ts';
import type { Engine } from '../output.ts';
import { currentUser } from '../person.ts';
import { renderTable } from '../render/table.ts';
import { parseTarget } from '../target.ts';

export interface AddFlags {
  readonly to: SyncerMode;
  readonly policy?: MultiProxyPolicy;
  readonly reason?: string;
  /** `yyyy-mm-ddThh:mm`, with seconds or without. */
  readonly at?: string;
  /** The six fields of a cron expression. */
  readonly cron?: string;
  /** Such as `7 days`. */
  readonly every?: string;
  /** @default 'UTC' */
  readonly timeZone?: string;
  readonly engine: Engine;
}

/** Loads the SDK, which nothing else on the command line needs. */
async function inAws<T>(use: (schedules: Schedules) => Promise<T>): Promise<T> {
  const { withSchedules } = await import('../../deployed/schedules.ts');
  return withSchedules(use);
}

function requireAws(engine: Engine): void {
  if (engine === 'local')
    throw new UsageError(
      '--engine local: schedules live in AWS; on one machine, cron or a systemd timer can run "syncshift apply <cluster>/<database> --to … --yes"',
    );
}

/** @throws UsageError when only this machine can reach the cluster. */
function requireReachable(target: string, { clusters }: Configuration): void {
  const [name = ''] = target.split('/');
  if (Object.hasOwn(clusters, name) && clusters[name]?.transport === 'exec')
    throw new UsageError(
      `clusters.${name}: it has the transport "exec", a program on one machine, which a schedule in AWS cannot start; use "ssm" or "rest"`,
    );
}

/** The one flag that says when, and the expression that it stands for, as EventBridge Scheduler has it. */
function expressionOf({ at, cron, every }: AddFlags): { flag: string; when: string } {
  const given = [
    at !== undefined && { flag: '--at', when: `at(${/T\d\d:\d\d$/.test(at.trim()) ? `${at.trim()}:00` : at.trim()})` },
    cron !== undefined && { flag: '--cron', when: `cron(${cron.trim().toUpperCase()})` },
    every !== undefined && { flag: '--every', when: `rate(${every.trim().replace(/\s+/g, ' ')})` },
  ].filter((one) => one !== false);
  const [expression, ...more] = given;
  if (expression === undefined || more.length > 0)
    throw new UsageError("say when, once: --at <yyyy-mm-ddThh:mm>, --cron '<six fields>' or --every '<number> <minutes|hours|days>'");
  return expression;
}

/** Names the flag in what is wrong with its value. */
function inFlag<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof StepError ? new UsageError(`${flag}: ${error.message}`, { cause: error }) : error;
  }
}

const databaseOf = ({ target }: ListedSchedule): string => (target ? `${target.cluster}/${target.database}` : '?');

/** Adds a schedule. @param name - the verb's own target is what the schedule changes. */
export const add =
  (name: string): Verb<AddFlags> =>
  async (text, flags, output) => {
    requireAws(flags.engine);
    const { configuration } = configurationFor(flags.config);
    requireReachable(text, configuration);
    const target = parseTarget(text, configuration);
    const { flag, when } = expressionOf(flags);
    const timeZone = inFlag('--time-zone', () => timeZoneNamed(flags.timeZone ?? 'UTC'));
    const first = inFlag(flag, () => checkExpression(when, timeZone, new Date()));
    const request = {
      target,
      wanted: { syncerMode: flags.to, ...(flags.policy && { proxyPolicy: flags.policy }) },
      requestedBy: configuration.defaults.requestedBy ?? currentUser(),
      ...(flags.reason !== undefined && { reason: flags.reason }),
    };
    const schedule = parse(Schedule, { name, when, timeZone, request }, 'InvalidInputError');
    const region = await inAws(async (schedules) => {
      await schedules.add(schedule, flags.every === undefined ? undefined : first.at);
      return schedules.region;
    });
    if (first.note) output.notice(`note: ${first.note}`);
    const next = first.at?.toISOString();
    output.result({ name, when, timeZone, ...(next && { next }), target, to: flags.to, region }, () =>
      [
        `schedule ${name} in ${region}: ${text} to ${flags.to}, ${when} ${timeZone}${next ? `, first at ${next}` : ''}`,
        `each run is a change of its own: ${output.invocation('list')}`,
      ].join('\n'),
    );
    return 0;
  };

export const list: Verb<{ engine: Engine }> = async (_text, { engine }, output) => {
  requireAws(engine);
  const schedules = await inAws((all) => all.list());
  output.result({ schedules }, () => {
    if (schedules.length === 0) return 'no schedules';
    const rows = schedules.map((schedule) => {
      const { name, when, timeZone, next, to, state, isConfigured } = schedule;
      return [name, when, timeZone, next ?? '', databaseOf(schedule), to ?? '?', state.toLowerCase(), isConfigured ? 'configuration' : ''];
    });
    return renderTable([['SCHEDULE', 'WHEN', 'ZONE', 'NEXT', 'DATABASE', 'TO', 'STATE', 'FROM'], ...rows]);
  });
  return 0;
};

export const remove: Verb<{ engine: Engine }> = async (name, { engine }, output) => {
  requireAws(engine);
  await inAws((schedules) => schedules.remove(name));
  output.result({ name, removed: true }, () => `schedule ${name} removed; a change that it has started goes on`);
  return 0;
};
