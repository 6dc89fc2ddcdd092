import * as z from 'zod';
import { type ChangedItem, changedItems } from '../adapters/dynamodb/change-stream.ts';
import type { Item } from '../adapters/dynamodb/table.ts';
import { parse } from '../contracts/parse.ts';

export type { ChangedItem } from '../adapters/dynamodb/change-stream.ts';

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
const StreamEvent = z.object({ Records: z.array(Write) });

/**
 * Changes that a batch of the table's stream is about, in order. The stream has to carry new and old images.
 * @throws StepError `InvalidInputError` for anything that is no such batch; Error for an item that is not as the store writes it.
 */
export function changedIn(event: unknown): ChangedItem[] {
  const { Records } = parse(StreamEvent, event, 'InvalidInputError');
  return changedItems(
    Records.map(({ dynamodb: { SequenceNumber: sequenceNumber, ...images } }) => ({
      sequenceNumber,
      ...('NewImage' in images && { newImage: images.NewImage }),
      ...('OldImage' in images && { oldImage: images.OldImage }),
    })),
  );
}
