export interface Clock {
  now(): Date;
  /** Resolves after this many seconds. */
  sleep(seconds: number): Promise<void>;
}
