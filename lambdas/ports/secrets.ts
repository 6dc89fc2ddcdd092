/** Where secrets live. What comes from here goes into the request it is for, and nowhere else. */
export interface Secrets {
  /** @throws StepError `ClusterAccessError` naming the secret, never its value. */
  read(secretId: string): Promise<string>;
}
