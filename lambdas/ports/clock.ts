export interface Clock {
  now(): Date;
  /** Resolves after this many seconds, or at once when the change is asked to stop. */
  sleep(seconds: number): Promise<void>;
}
