/** What executions that belong together take for the present moment: their waits take no time, and put it forward instead. */
export interface WorkflowClock {
  /** By how much it is ahead of the machine's. */
  aheadSeconds: number;
}
