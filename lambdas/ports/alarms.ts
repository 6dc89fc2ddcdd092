/** Alarms of a monitoring system. */
export interface Alarms {
  /**
   * Those of these alarms that are raised now.
   * @throws StepError `PreconditionFailedError` when there is no alarm of a name; `ClusterUnreachableError` when nobody answers: an alarm
   *   that cannot be read is not quiet.
   */
  raised(names: readonly string[]): Promise<string[]>;
}
