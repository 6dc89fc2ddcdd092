import middy, { type MiddlewareObj } from '@middy/core';
import type * as z from 'zod';
import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import { StepEnvelope } from '../contracts/steps.ts';
import type { ChangeStore } from '../ports/change-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterWriter } from '../ports/cluster.ts';
import { type Ports, ports } from './ports.ts';

/** The ports, bound to the change and the step that use them. */
export interface StepContext {
  readonly changeId: string;
  readonly step: string;
  readonly phase: StepEnvelope['phase'];
  readonly store: ChangeStore;
  readonly clock: Clock;
  readonly holder: Ports['holder'];
  readonly defaults: Ports['defaults'];
  cluster(name: string): ClusterWriter;
  /** @throws StepError `ChangeCancelledError` when somebody asked for the change to stop. */
  stopIfCancelled(): void;
}

function contextOf({ step, execution, phase }: StepEnvelope): StepContext {
  const { store, clock, holder, defaults, cluster, isCancelled } = ports();
  return {
    changeId: execution,
    step,
    phase,
    store,
    clock,
    holder,
    defaults,
    cluster: (name) => cluster(name, (command) => store.append(execution, { type: 'command', step, ...command })),
    stopIfCancelled: () => {
      if (phase === 'forward' && isCancelled(execution))
        throw new StepError('ChangeCancelledError', 'somebody asked for this change to stop');
    },
  };
}

/** Parses what comes in and what goes out; `parse` names the place of a fault. */
const validate = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): MiddlewareObj<z.output<I>, z.output<O>> => ({
  before: (request) => {
    request.event = parse(input, request.event, 'InvalidInputError');
  },
  after: (request) => {
    request.response = parse(output, request.response, 'InvalidOutputError');
  },
});

/** Writes begin and end of the step into the change's timeline. It only records: an error stays an error. */
const timeline: MiddlewareObj<StepEnvelope> = {
  before: async ({ event }) => {
    await ports().store.append(event.execution, { type: 'step-started', step: event.step });
    contextOf(event).stopIfCancelled();
  },
  after: async ({ event }) => {
    await ports().store.append(event.execution, { type: 'step-ended', step: event.step });
  },
  onError: async ({ event, error }) => {
    const { name, message } = error ?? new Error('unknown');
    // An event that could not be parsed names no change whose timeline it belongs to.
    const envelope = StepEnvelope.safeParse(event);
    if (!envelope.success) return;
    const { step, execution } = envelope.data;
    // Losing a line of the timeline must not hide the error that the workflow has to see.
    await ports()
      .store.append(execution, { type: 'step-ended', step, error: { name, message } })
      .catch(() => {});
  },
};

/** A Lambda handler around a plain function: check the input, record, run, check the output. */
export const stepHandler = <I extends z.ZodType<StepEnvelope>, O extends z.ZodType>(
  schemas: { input: I; output: O },
  run: (input: z.output<I>, context: StepContext) => Promise<z.output<O>>,
) =>
  middy<z.output<I>, z.output<O>>()
    .use(validate(schemas.input, schemas.output))
    .use(timeline as MiddlewareObj<z.output<I>, z.output<O>>)
    .handler((input: z.output<I>) => run(input, contextOf(input)));
