/** How long a step vouches for the change that it belongs to: longer than any step or wait may take. */
export const LEASE_SECONDS = 75 * 60;
