import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { StreamRecord } from '../../../../../lambdas/adapters/dynamodb/change-stream.ts';
import type { Item } from '../../../../../lambdas/adapters/dynamodb/table.ts';

/** What the stream of a table tells of some work: one record for each item that is another than before. */
export async function streamOf(client: DynamoDBClient, table: string, work: () => Promise<unknown>): Promise<StreamRecord[]> {
  const before = await contents(client, table);
  await work();
  const after = await contents(client, table);
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((key) => ({ newImage: after.get(key), oldImage: before.get(key) }))
    .filter(({ newImage, oldImage }) => !isDeepStrictEqual(newImage, oldImage))
    .map(({ newImage, oldImage }, index) => ({
      sequenceNumber: String(index),
      ...(newImage && { newImage }),
      ...(oldImage && { oldImage }),
    }));
}

async function contents(client: DynamoDBClient, table: string): Promise<Map<string, Item>> {
  const { Items: items = [] } = await client.send(new ScanCommand({ TableName: table }));
  return new Map(items.map((item) => [`${item.pk?.S} ${item.sk?.S}`, item]));
}
