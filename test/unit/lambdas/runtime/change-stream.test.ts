import { describe, expect, it } from 'vitest';
import { changedIn } from '../../../../lambdas/runtime/change-stream.ts';
import { NOW } from '../../../support/facts.ts';

const note = { at: NOW, type: 'note', text: 'a note' };
const eventItem = { pk: { S: 'change#chg-1' }, sk: { S: 'event#1' }, event: { S: JSON.stringify(note) }, expiresAt: { N: '1790000000' } };
const cancellation = { by: 'alice', via: 'slack', at: NOW, order: '1' };
const changeItem = { pk: { S: 'change#chg-1' }, sk: { S: 'change' }, run: { N: '0' }, gateMarks: { SS: ['a mark'] } };

/** As Lambda hands it over, with what is of no interest here. */
const record = (eventName: string, SequenceNumber: string, images: object) => ({
  eventID: `id-${SequenceNumber}`,
  eventName,
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'eu-west-1',
  eventSourceARN: 'arn:aws:dynamodb:eu-west-1:111111111111:table/changes/stream/2026-12-01T00:00:00.000',
  dynamodb: { ApproximateCreationDateTime: 1_790_000_000, SequenceNumber, SizeBytes: 99, StreamViewType: 'NEW_AND_OLD_IMAGES', ...images },
});

const never = (error: unknown): never => {
  throw error;
};

describe('a batch of the stream', () => {
  it('is read record by record, in order', () => {
    const batch = {
      Records: [
        record('INSERT', '10', { NewImage: eventItem }),
        record('REMOVE', '11', { OldImage: eventItem }),
        record('MODIFY', '12', { NewImage: { ...changeItem, cancellation: { S: JSON.stringify(cancellation) } }, OldImage: changeItem }),
      ],
    };
    expect(changedIn(batch, never)).toEqual([
      { sequenceNumber: '10', changeId: 'chg-1', news: [note] },
      { sequenceNumber: '12', changeId: 'chg-1', news: [{ at: NOW, type: 'cancel-requested', by: 'alice', via: 'slack' }] },
    ]);
  });

  it('may hold items with attributes of any kind that have nothing to do with changes', () => {
    const NewImage = {
      pk: { S: 'other' },
      sk: { S: 'x' },
      map: { M: { a: { BOOL: true } } },
      gone: { NULL: true },
      bytes: { B: 'AA==' },
      many: { NS: ['1'] },
    };
    expect(changedIn({ Records: [record('INSERT', '1', { NewImage })] }, never)).toEqual([]);
  });

  it.each([
    ['lacks its former image, so that everything would be news', record('MODIFY', '1', { NewImage: changeItem }), 'dynamodb.OldImage'],
    ['has no number', { eventName: 'INSERT', dynamodb: { NewImage: eventItem } }, 'SequenceNumber'],
    ['is of another service', { eventSource: 'aws:sqs', body: '{}' }, 'eventName'],
    ['has an attribute that is none', record('INSERT', '1', { NewImage: { ...eventItem, event: 'text' } }), 'NewImage.event'],
    ['is an event without one', record('INSERT', '1', { NewImage: { pk: eventItem.pk, sk: eventItem.sk } }), 'event'],
  ])('passes over a record that %s, and reads the others', (_what, strange, place) => {
    const unread: unknown[] = [];
    const changed = changedIn({ Records: [strange, record('INSERT', '10', { NewImage: eventItem })] }, (error) => unread.push(error));
    expect(changed).toEqual([{ sequenceNumber: '10', changeId: 'chg-1', news: [note] }]);
    expect(unread).toEqual([expect.objectContaining({ message: expect.stringContaining(place) })]);
  });

  it.each([
    ['nothing', undefined],
    ['another event', { detail: {} }],
  ])('is refused when it is %s', (_what, batch) => {
    expect(() => changedIn(batch, never)).toThrow(expect.objectContaining({ name: 'InvalidInputError' }));
  });
});
