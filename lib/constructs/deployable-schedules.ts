import type { Schedule } from '../../lambdas/contracts/configuration.ts';
import { StepError } from '../../lambdas/contracts/errors.ts';
import { momentsOf, timeZoneNamed } from '../../lambdas/contracts/local-time.ts';
import { checkExpression, localTimeOf } from '../../lambdas/contracts/schedule-expression.ts';
import { ConfigurationError, type LoadedConfiguration } from '../config/load.ts';
import { requireDeployableCalendar } from './deployable-gates.ts';

export interface DeployableSchedules {
  readonly schedules: readonly Schedule[];
  /** Names of those that would start something once, at a moment that is over. */
  readonly past: readonly string[];
}

/** Whether an expression can be understood does not depend on the day. */
const BEFORE_ALL_SCHEDULES = new Date(0);

/**
 * The schedules of a configuration. AWS refuses to make a one-time schedule whose moment is over, and to change it to one, so those are
 * left out: CloudFormation then removes what is left of them.
 * @throws ConfigurationError for a schedule that would start changes which cannot run.
 */
export function deployableSchedules(loaded: LoadedConfiguration | undefined, now: Date): DeployableSchedules {
  if (!loaded) return { schedules: [], past: [] };
  const all = loaded.configuration.schedules.map((schedule, index) => check(loaded, schedule, index));
  const isOver = ({ when, timeZone }: Schedule): boolean => {
    const local = localTimeOf(when);
    return local !== undefined && momentsOf(local, timeZone).every((moment) => moment <= now);
  };
  return { schedules: all.filter((each) => !isOver(each)), past: all.filter(isOver).map(({ name }) => name) };
}

/** @returns the schedule with its time zone as AWS writes it. */
function check(loaded: LoadedConfiguration, schedule: Schedule, index: number): Schedule {
  const { configuration, file } = loaded;
  const { name, when, request } = schedule;
  const place = (key: string): string => `schedules[${index}].${key}`;
  const fault = (key: string, problem: string, cause?: unknown) => new ConfigurationError(`${file}: ${place(key)}: ${problem}`, { cause });
  const parsed = <T>(key: string, parse: () => T): T => {
    try {
      return parse();
    } catch (error) {
      throw error instanceof StepError ? fault(key, error.message, error) : error;
    }
  };

  if (configuration.schedules.findIndex((other) => other.name === name) < index)
    throw fault('name', `another schedule is called ${JSON.stringify(name)} as well, expected a name of its own`);
  const { cluster } = request.target;
  const configured = Object.hasOwn(configuration.clusters, cluster) ? configuration.clusters[cluster] : undefined;
  if (!configured) throw fault('request.target.cluster', `no cluster ${JSON.stringify(cluster)} is configured`);
  if (configured.transport === 'exec')
    throw fault(
      'request.target.cluster',
      `only a machine with rladmin can reach ${JSON.stringify(cluster)}, expected a cluster with the transport "ssm" or "rest"`,
    );
  if (request.window && 'calendar' in request.window)
    requireDeployableCalendar(loaded, place('request.window.calendar'), request.window.calendar);
  if (when.startsWith('rate('))
    throw fault(
      'when',
      'a rate would start a change at the moment of deployment, expected "cron(…)" or "at(…)"; "schedule add --every" waits one interval first',
    );
  const timeZone = parsed('timeZone', () => timeZoneNamed(schedule.timeZone));
  parsed('when', () => checkExpression(when, timeZone, BEFORE_ALL_SCHEDULES));
  return { ...schedule, timeZone };
}
