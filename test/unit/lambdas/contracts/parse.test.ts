import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parse } from '../../../../lambdas/contracts/parse.ts';

const Schema = z.strictObject({ name: z.string(), nodes: z.array(z.strictObject({ id: z.int() })).default([]) });
const failing = (value: unknown) => () => parse(Schema, value, 'InvalidInputError');
const saying = (message: RegExp) => expect.objectContaining({ name: 'InvalidInputError', message: expect.stringMatching(message) });

describe('parse', () => {
  it('gives the value with defaults filled in', () => {
    expect(parse(Schema, { name: 'orders' }, 'InvalidInputError')).toEqual({ name: 'orders', nodes: [] });
  });

  it.each(['InvalidInputError', 'InvalidOutputError'] as const)('throws under the name it was given: %s', (name) => {
    expect(() => parse(Schema, {}, name)).toThrow(expect.objectContaining({ name }));
  });

  it('begins with the place of the fault', () => {
    expect(failing({ name: 7 })).toThrow(saying(/^name: /));
  });

  it('counts into lists', () => {
    expect(failing({ name: 'orders', nodes: [{ id: 1 }, { id: 'x' }] })).toThrow(saying(/^nodes\[1\]\.id: /));
  });

  it('names no place when the whole is wrong', () => {
    expect(failing('orders')).toThrow(saying(/^Invalid input: expected object/));
  });

  it('names every fault', () => {
    expect(failing({ nodes: [{}] })).toThrow(saying(/^name: .*; nodes\[0\]\.id: /));
  });

  it('names an unknown key', () => {
    expect(failing({ name: 'orders', colour: 'red' })).toThrow(saying(/"colour"/));
  });

  it('keeps the original as cause', () => {
    expect(failing({})).toThrow(expect.objectContaining({ cause: expect.any(z.ZodError) }));
  });
});
