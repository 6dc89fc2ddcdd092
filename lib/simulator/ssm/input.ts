/** Body of a call, before anything in it is believed. */
export type Input = Record<string, unknown>;

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What a call is about, in one line for faults to match. */
export function lineOf(operation: string, input: Input): string {
  const words = [input.InstanceIds, input.InstanceId, input.DocumentName, input.CommandId].flat().filter((word) => word !== undefined);
  const parameters = Object.entries(input.Parameters ?? {}).map(([name, values]) => `${name}=${values}`);
  return [operation, ...words, ...parameters].join(' ');
}
