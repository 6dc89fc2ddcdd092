import { SFNClient } from '@aws-sdk/client-sfn';
import type { TimelineEvent } from '../../../../lambdas/contracts/record.ts';
import type { Watcher } from '../../../../lib/deployed/narrator.ts';
import { stateMachineOf } from '../../../../lib/deployed/state-machine.ts';
import type { Timing } from '../../../../lib/deployed/timing.ts';
import { STATE_MACHINE_ARN } from '../../../support/step-functions/stand-in.ts';

/** A clock that moves only while somebody waits. */
export class FakeTiming implements Timing {
  readonly pauses: number[] = [];
  #now = Date.parse('2026-12-01T02:00:00.000Z');

  now(): number {
    return this.#now;
  }

  async pause(ms: number): Promise<void> {
    this.pauses.push(ms);
    this.#now += ms;
  }
}

export class RecordingWatcher implements Watcher {
  readonly events: TimelineEvent[] = [];
  readonly waits: [string, Date][] = [];
  readonly said: string[] = [];

  event = (event: TimelineEvent): void => {
    this.events.push(event);
  };
  waiting = (state: string, until: Date): void => {
    this.waits.push([state, until]);
  };
  say = (text: string): void => {
    this.said.push(text);
  };

  /** What happened, one short line each. */
  get story(): string[] {
    return this.events.map((event) => {
      if (event.type === 'note') return `note ${event.text}`;
      if (!('step' in event)) return event.type;
      const { step } = event;
      if (event.type === 'step-ended') return event.error ? `${step} failed: ${event.error.name}` : `${step} ended`;
      return event.type === 'sample' ? `${step} sample: ${event.state}` : `${step} ${event.type}`;
    });
  }
}

/** Never reaches AWS: its calls are mocked. */
export const newClient = (): SFNClient => new SFNClient({ region: 'eu-west-1', maxAttempts: 1 });

/** An error as the SDK throws it for an answer of the service. */
export const awsError = (name: string, message = name, httpStatusCode = 400): Error =>
  Object.assign(new Error(message), { name, $fault: httpStatusCode < 500 ? 'client' : 'server', $metadata: { httpStatusCode } });

export const networkError = (code: string): Error => Object.assign(new Error(`connect ${code} 192.0.2.1:443`), { code });

const found = stateMachineOf({ SYNCSHIFT_STATE_MACHINE_ARN: STATE_MACHINE_ARN });
if (!found) throw new Error('the ARN of the stand-in names no state machine');
export const stateMachine = found;
