import type { ApprovalRules, Configuration } from '../contracts/configuration.ts';
import { StepError } from '../contracts/errors.ts';
import { personOf } from '../domain/approval.ts';
import type { Calendar } from '../ports/calendar.ts';
import type { Gates } from './ports.ts';
import { REQUESTS } from './requests.ts';

/** Whoever is listed by an account is the person who has it. */
function inPersons({ approvers, breakGlass, ...rules }: ApprovalRules, people: Configuration['people']): ApprovalRules {
  const persons = (names: readonly string[]) => names.map((id) => personOf(people, { id }));
  return { ...rules, ...(approvers && { approvers: persons(approvers) }), breakGlass: persons(breakGlass) };
}

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
      return inPersons(configured.approval, people);
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
