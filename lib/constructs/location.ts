/** An account and region, as far as they are known. */
export interface Location {
  readonly account: string | undefined;
  readonly region: string | undefined;
}
