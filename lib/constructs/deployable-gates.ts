import type { CalendarConfiguration, Configuration } from '../../lambdas/contracts/configuration.ts';
import { ConfigurationError, type LoadedConfiguration } from '../config/load.ts';

type DeployableCalendar = Extract<CalendarConfiguration, { arn: string }>;

/** What stands between a plan and the lock, as far as functions can look at it. */
export interface DeployableGates extends Pick<Configuration, 'people' | 'freezes'> {
  readonly calendars: Readonly<Record<string, DeployableCalendar>>;
}

/** @throws ConfigurationError for a calendar that functions could not read, naming where it is asked for. */
export function requireDeployableCalendar({ configuration, file }: LoadedConfiguration, place: string, name: string): void {
  const calendar = Object.hasOwn(configuration.calendars, name) ? configuration.calendars[name] : undefined;
  if (!calendar)
    throw new ConfigurationError(
      `${file}: ${place}: no calendar ${JSON.stringify(name)} is configured, expected one of "calendars" with { "arn" }`,
    );
  if ('file' in calendar)
    throw new ConfigurationError(
      `${file}: ${place}: the calendar ${JSON.stringify(name)} is a file of this machine, of whose changes a deployed function learns nothing, ` +
        'expected one of AWS Systems Manager, { "arn" }',
    );
}

/**
 * Calendars that are files are left out where nothing deployed needs them.
 * @returns nothing but empty parts when there is no configuration.
 * @throws ConfigurationError for a freeze or a default window whose calendar functions could not read.
 */
export function deployableGates(loaded: LoadedConfiguration | undefined): DeployableGates {
  if (!loaded) return { people: {}, freezes: [], calendars: {} };
  const { people, freezes, calendars, defaults } = loaded.configuration;
  for (const [index, name] of freezes.entries()) requireDeployableCalendar(loaded, `freezes[${index}]`, name);
  const { window } = defaults;
  if (window && 'calendar' in window) requireDeployableCalendar(loaded, 'defaults.window.calendar', window.calendar);
  const readable = Object.entries(calendars).filter((entry): entry is [string, DeployableCalendar] => 'arn' in entry[1]);
  return { people, freezes, calendars: Object.fromEntries(readable) };
}
