import { GetCalendarStateCommand, type GetCalendarStateCommandOutput, SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm';
import { StepError } from '../../contracts/errors.ts';
import type { Calendar } from '../../ports/calendar.ts';

export interface ChangeCalendarProps {
  /** As the configuration calls it. */
  readonly name: string;
  readonly arn: string;
  /** Of the region that the ARN names. */
  readonly client: Pick<SSMClient, 'send'>;
}

/** The region in which a calendar can be asked for. */
export const regionOf = (arn: string): string => arn.split(':')[3] ?? '';

/** A client for the region of a calendar. Made here, so that a bundle holds no more of the SDK than calendars need. */
export const calendarClient = (arn: string, requestHandler: NonNullable<SSMClientConfig['requestHandler']>): SSMClient =>
  new SSMClient({ region: regionOf(arn), requestHandler });

const unreadable = (name: string, reason: string, cause?: unknown): StepError =>
  new StepError('CalendarUnreadableError', `calendar "${name}": ${reason}`, { cause });

/** ISO 8601 with an offset; the service's own examples have no colon in it and no fraction. */
const MOMENT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})$/;

function parseMoment(text: string): Date | undefined {
  const [match, local, offset = ''] = MOMENT.exec(text) ?? [];
  const moment = new Date(match === undefined ? Number.NaN : `${local}${offset.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}

/**
 * A calendar of AWS Systems Manager Change Calendar. `NextTransitionTime` is documented as when the state changes next, and is left out
 * where it never does (API reference and command line examples of `GetCalendarState`).
 */
export function changeCalendar({ name, arn, client }: ChangeCalendarProps): Calendar {
  const ask = async (at: string): Promise<GetCalendarStateCommandOutput> => {
    try {
      return await client.send(new GetCalendarStateCommand({ CalendarNames: [arn], AtTime: at }));
    } catch (error) {
      throw unreadable(name, inWords(error, arn), error);
    }
  };
  return {
    stateAt: async (moment) => {
      // Events begin and end on whole seconds, so the second that a moment lies in has one state.
      const at = `${moment.toISOString().slice(0, 19)}Z`;
      const { State, NextTransitionTime } = await ask(at);
      if (State !== 'OPEN' && State !== 'CLOSED') throw unreadable(name, `its state at ${at} is "${State ?? ''}", not OPEN or CLOSED`);
      const open = State === 'OPEN';
      if (NextTransitionTime === undefined) return { open };
      const changesAt = parseMoment(NextTransitionTime);
      if (!changesAt) throw unreadable(name, `its next transition "${NextTransitionTime}" is no moment with an offset`);
      if (changesAt <= moment) throw unreadable(name, `its next transition after ${at} is said to be ${NextTransitionTime}`);
      return { open, changesAt };
    },
  };
}

/** What an error of the service, or on the way to it, means for somebody who configured the calendar. */
function inWords(error: unknown, arn: string): string {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  switch (name) {
    case 'InvalidDocument':
      return `Systems Manager has no document ${arn}, or it is not shared with this account`;
    case 'InvalidDocumentType':
      return `${arn} is no change calendar`;
    case 'UnsupportedCalendarException':
      return `${arn} holds an entry that Systems Manager does not support`;
    case 'AccessDeniedException':
    case 'AccessDenied':
      return `the permission ssm:GetCalendarState for ${arn} is missing`;
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return 'no AWS credentials were found; sign in, or set AWS_PROFILE';
    default:
      return `Systems Manager gave no answer (${name}: ${message})`;
  }
}
