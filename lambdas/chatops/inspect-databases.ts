import middy from '@middy/core';
import { Inspection, InspectionInput } from '../contracts/inspection.ts';
import { parse } from '../contracts/parse.ts';
import { type CommandObserver, type Ports, ports } from '../runtime/ports.ts';
import { telemetry } from '../runtime/telemetry.ts';

/** A look belongs to no change, so there is no record that its commands could be kept in. */
const unrecorded: CommandObserver = async () => {};

/**
 * Reads one database of a cluster, or all of them; one of many that cannot be read is reported with the reason.
 * @throws StepError `ClusterAccessError` when there is no such cluster, `PreconditionFailedError` when there is no such database, and as
 *   reading a cluster does.
 */
export async function inspectDatabases(
  { cluster: name, database }: InspectionInput,
  { cluster }: Pick<Ports, 'cluster'>,
): Promise<Inspection> {
  const reader = await cluster(name, unrecorded);
  return { cluster: name, databases: database === undefined ? await reader.readAll() : [await reader.readDatabase(database)] };
}

/** Answers whoever may invoke it; it changes nothing. */
async function answerInspection(event: unknown): Promise<Inspection> {
  const input = parse(InspectionInput, event, 'InvalidInputError');
  return parse(Inspection, await inspectDatabases(input, await ports()), 'InvalidOutputError');
}

export const handler = middy().use(telemetry).handler(answerInspection);
