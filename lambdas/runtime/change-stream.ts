import * as z from 'zod';
import { type ChangedItem, changedItems } from '../adapters/dynamodb/change-stream.ts';
import { type ChangedRollout, changedRollout } from '../adapters/dynamodb/rollout-stream.ts';
import type { Item } from '../adapters/dynamodb/table.ts';
import { parse } from '../contracts/parse.ts';

export type { ChangedItem } from '../adapters/dynamodb/change-stream.ts';
export type { ChangedRollout } from '../adapters/dynamodb/rollout-stream.ts';

/** What one write to the table has brought, of a change or of a rollout. */
export type Changed = ChangedItem | ChangedRollout;

export const isRollout = (changed: Changed): changed is ChangedRollout => 'rolloutId' in changed;

/** The kinds of attributes that the store reads. Others may be there and are left alone. */
const Attribute = z.looseObject({
  S: z.string().optional(),
  N: z.string().optional(),
  L: z.array(z.looseObject({ S: z.string().optional() })).optional(),
  SS: z.array(z.string()).optional(),
});
const Image = z.record(z.string(), Attribute) as unknown as z.ZodType<Item>;

/** Both images are needed: without the former one, everything about a change would be news each time that it is written. */
const Write = z.discriminatedUnion('eventName', [
  z.object({ eventName: z.literal('INSERT'), dynamodb: z.object({ SequenceNumber: z.string(), NewImage: Image }) }),
  z.object({ eventName: z.literal('MODIFY'), dynamodb: z.object({ SequenceNumber: z.string(), NewImage: Image, OldImage: Image }) }),
  z.object({ eventName: z.literal('REMOVE'), dynamodb: z.object({ SequenceNumber: z.string() }) }),
]);
const StreamEvent = z.object({ Records: z.array(z.unknown()) });

function readRecord(record: unknown): Changed[] {
  const { SequenceNumber: sequenceNumber, ...images } = parse(Write, record, 'InvalidInputError').dynamodb;
  const newImage = 'NewImage' in images && { newImage: images.NewImage };
  const oldImage = 'OldImage' in images && { oldImage: images.OldImage };
  const write = { sequenceNumber, ...newImage, ...oldImage };
  const rollout = changedRollout(write);
  return rollout ? [rollout] : changedItems([write]);
}

/**
 * Changes and rollouts that a batch of the table's stream is about, in order. The stream has to carry new and old images.
 * @param unread - told of each record that is not as the store writes it, or lacks an image: it is passed over, and must not hold up others.
 * @throws StepError `InvalidInputError` for anything that is no such batch.
 */
export function changedIn(event: unknown, unread: (error: unknown) => void): Changed[] {
  return parse(StreamEvent, event, 'InvalidInputError').Records.flatMap((record) => {
    try {
      return readRecord(record);
    } catch (error) {
      unread(error);
      return [];
    }
  });
}
