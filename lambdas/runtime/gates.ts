import type { Configuration } from '../contracts/configuration.ts';
import { StepError } from '../contracts/errors.ts';
import type { Calendar } from '../ports/calendar.ts';
import type { Gates } from './ports.ts';
import { REQUESTS } from './requests.ts';

type GateSettings = Pick<Configuration, 'clusters' | 'people' | 'calendars' | 'freezes'>;

/**
 * The gates of a configuration.
 * @param folder - where the files of its calendars lie.
 */
export function gatesOf({ clusters, people, calendars, freezes }: GateSettings, folder: string): Gates {
  return {
    people,
    freezes,
    rulesOf: (cluster) => {
      const configured = Object.hasOwn(clusters, cluster) ? clusters[cluster] : undefined;
      if (!configured) throw new StepError('ClusterAccessError', `the configuration has no cluster "${cluster}"`);
      return configured.approval;
    },
    calendar: async (name): Promise<Calendar> => {
      const configured = Object.hasOwn(calendars, name) ? calendars[name] : undefined;
      if (!configured) throw new StepError('InvalidInputError', `window: the configuration has no calendar "${name}"`);
      // Each has a library of its own to load, and most changes need neither.
      if ('file' in configured) {
        const { iCalendarFile } = await import('../adapters/icalendar/icalendar-file.ts');
        return iCalendarFile({ name, folder, ...configured });
      }
      const { calendarClient, changeCalendar } = await import('../adapters/change-calendar/change-calendar.ts');
      const { arn } = configured;
      return changeCalendar({ name, arn, client: calendarClient(arn, REQUESTS) });
    },
  };
}
