import middy, { type MiddlewareObj } from '@middy/core';
import type * as z from 'zod';
import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import { StepEnvelope } from '../contracts/steps.ts';
import type { ChangeStore } from '../ports/change-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterWriter, HealthReader } from '../ports/cluster.ts';
import { type CommandObserver, type Ports, ports } from './ports.ts';
import { telemetry } from './telemetry.ts';

/** The ports, bound to the change and the step that use them. */
export interface StepContext {
  readonly changeId: string;
  readonly step: string;
  readonly phase: StepEnvelope['phase'];
  readonly store: ChangeStore;
  readonly clock: Clock;
  readonly holder: Ports['holder'];
  readonly defaults: Ports['defaults'];
  readonly events: Ports['events'];
  readonly gates: Ports['gates'];
  readonly waiting?: Ports['waiting'];
  readonly rollouts?: Ports['rollouts'];
  /** Which run of the change this is: only the latest may write. */
  readonly run: number;
  /** @param options.secondOpinion - asks another node than the other steps do, where there is one. */
  cluster(name: string, options?: { secondOpinion?: boolean }): Promise<ClusterWriter>;
  /** Where the replication health of a cluster can be read; undefined when it has no such source. */
  health(name: string): Promise<HealthReader | undefined>;
  /** @throws StepError `ChangeCancelledError` when somebody asked for the change to stop. */
  stopIfCancelled(): Promise<void>;
}

/** Opens each cluster at its first use. */
function once<Options, Opened>(open: (name: string, options?: Options) => Promise<Opened>) {
  const opened = new Map<string, Promise<Opened>>();
  return (name: string, options?: Options): Promise<Opened> => {
    const key = JSON.stringify([name, options]);
    const known = opened.get(key) ?? open(name, options);
    opened.set(key, known);
    return known;
  };
}

async function contextOf({ step, execution, phase, run }: StepEnvelope): Promise<StepContext> {
  const { store, clock, holder, defaults, events, gates, waiting, rollouts, cluster, health, isCancelled } = await ports();
  const observe: CommandObserver = (command) => store.append(execution, { type: 'command', step, ...command });
  return {
    changeId: execution,
    step,
    phase,
    run,
    store,
    clock,
    holder,
    defaults,
    events,
    gates,
    ...(waiting && { waiting }),
    ...(rollouts && { rollouts }),
    // One for the whole step: what it learnt of its nodes while it read has to hold for its writes.
    cluster: once((name, options?: { secondOpinion?: boolean }) => cluster(name, observe, options?.secondOpinion ? 1 : 0)),
    health: once((name) => health(name, observe)),
    stopIfCancelled: async () => {
      if (phase === 'forward' && (isCancelled(execution) || (await store.isCancelRequested(execution))))
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
    const { store } = await ports();
    await store.append(event.execution, { type: 'step-started', step: event.step });
    await (await contextOf(event)).stopIfCancelled();
  },
  after: async ({ event }) => {
    const { store } = await ports();
    await store.append(event.execution, { type: 'step-ended', step: event.step });
  },
  onError: async ({ event, error }) => {
    const { name, message } = error ?? new Error('unknown');
    // An event that could not be parsed names no change whose timeline it belongs to.
    const envelope = StepEnvelope.safeParse(event);
    if (!envelope.success) return;
    const { step, execution } = envelope.data;
    // Losing a line of the timeline must not hide the error that the workflow has to see.
    await ports()
      .then(({ store }) => store.append(execution, { type: 'step-ended', step, error: { name, message } }))
      .catch(() => {});
  },
};

/** A Lambda handler around a plain function: check the input, record, run, check the output. */
export const stepHandler = <I extends z.ZodType<StepEnvelope>, O extends z.ZodType>(
  schemas: { input: I; output: O },
  run: (input: z.output<I>, context: StepContext) => Promise<z.output<O>>,
) =>
  middy<z.output<I>, z.output<O>>()
    .use(telemetry)
    .use(validate(schemas.input, schemas.output))
    .use(timeline as MiddlewareObj<z.output<I>, z.output<O>>)
    .handler(async (input: z.output<I>) => run(input, await contextOf(input)));
