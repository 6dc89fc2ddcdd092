import { GetCalendarStateCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { changeCalendar, regionOf } from '../../../../../lambdas/adapters/change-calendar/change-calendar.ts';

const ARN = 'arn:aws:ssm:eu-west-1:111122223333:document/freeze';
const MOMENT = new Date('2026-12-24T18:00:00.750Z');
const client = mockClient(SSMClient);
beforeEach(() => client.reset());
const stateAt = changeCalendar({ name: 'freeze', arn: ARN, client: new SSMClient({ region: 'eu-west-1' }) }).stateAt;
const failing = (name: string, message = 'sad') => client.on(GetCalendarStateCommand).rejects(Object.assign(new Error(message), { name }));

describe('changeCalendar', () => {
  it('asks for one calendar, at a whole second in UTC', async () => {
    client.on(GetCalendarStateCommand).resolves({ State: 'OPEN' });
    await stateAt(MOMENT);
    expect(client.commandCalls(GetCalendarStateCommand).map(({ args }) => args[0].input)).toEqual([
      { CalendarNames: [ARN], AtTime: '2026-12-24T18:00:00Z' },
    ]);
  });

  it.each([
    ['2026-12-27T00:00:00Z', '2026-12-27T00:00:00Z'],
    ['2026-12-27T01:00:00+01:00', '2026-12-27T00:00:00Z'],
    ['2026-12-27T01:00:00+0100', '2026-12-27T00:00:00Z'],
    ['2026-12-27T00:00Z', '2026-12-27T00:00:00Z'],
    ['2026-12-27T00:00:00.000Z', '2026-12-27T00:00:00Z'],
  ])('reads the next transition %s', async (NextTransitionTime, moment) => {
    client.on(GetCalendarStateCommand).resolves({ State: 'CLOSED', NextTransitionTime });
    expect(await stateAt(MOMENT)).toEqual({ open: false, changesAt: new Date(moment) });
  });

  it('knows no change where the service names no transition', async () => {
    client.on(GetCalendarStateCommand).resolves({ State: 'CLOSED', AtTime: '2026-12-24T18:00:00Z' });
    expect(await stateAt(MOMENT)).toEqual({ open: false });
  });

  it.each(['tomorrow', '', '1798329600', '2026-12-27', '2026-12-27T00:00:00', '2026-13-27T00:00:00Z'])(
    'does not take "%s" for a transition',
    async (NextTransitionTime) => {
      client.on(GetCalendarStateCommand).resolves({ State: 'OPEN', NextTransitionTime });
      await expect(stateAt(MOMENT)).rejects.toMatchObject({
        name: 'CalendarUnreadableError',
        message: `calendar "freeze": its next transition "${NextTransitionTime}" is no moment with an offset`,
      });
    },
  );

  it.each(['2026-12-24T18:00:00Z', '2026-12-24T17:00:00Z'])('does not believe a transition at %s, which is not later', async (text) => {
    client.on(GetCalendarStateCommand).resolves({ State: 'OPEN', NextTransitionTime: text });
    await expect(stateAt(MOMENT)).rejects.toMatchObject({ name: 'CalendarUnreadableError' });
  });

  it.each([undefined, 'AJAR'])('does not take the state %s for open', async (State) => {
    client.on(GetCalendarStateCommand).resolves({ State: State as 'OPEN' });
    await expect(stateAt(MOMENT)).rejects.toMatchObject({ name: 'CalendarUnreadableError' });
  });

  it.each([
    ['InvalidDocument', `Systems Manager has no document ${ARN}, or it is not shared with this account`],
    ['InvalidDocumentType', `${ARN} is no change calendar`],
    ['UnsupportedCalendarException', `${ARN} holds an entry that Systems Manager does not support`],
    ['AccessDeniedException', `the permission ssm:GetCalendarState for ${ARN} is missing`],
    ['CredentialsProviderError', 'no AWS credentials were found; sign in, or set AWS_PROFILE'],
    ['ThrottlingException', 'Systems Manager gave no answer (ThrottlingException: sad)'],
    ['InternalServerError', 'Systems Manager gave no answer (InternalServerError: sad)'],
    ['TimeoutError', 'Systems Manager gave no answer (TimeoutError: sad)'],
  ])('says in a sentence what %s means', async (name, says) => {
    failing(name);
    await expect(stateAt(MOMENT)).rejects.toMatchObject({ name: 'CalendarUnreadableError', message: `calendar "freeze": ${says}` });
  });

  it('keeps the original error for the log', async () => {
    failing('InternalServerError');
    await expect(stateAt(MOMENT)).rejects.toMatchObject({ cause: { name: 'InternalServerError' } });
  });
});

describe('regionOf', () => {
  it('is the region of the ARN', () => {
    expect(regionOf(ARN)).toBe('eu-west-1');
  });
});
