/**
 * How long one step that writes may take, in seconds: below Lambda's fifteen minutes and below the timeout of the workflow's writing
 * states, by as much as a slow look at a node before the write, and a slow last reading that is made twice, may take, so that no write
 * outlives its step.
 */
export const STEP_BUDGET_SECONDS = 600;

/** How long the database may stay busy after a write until that counts as stuck, in seconds. */
export const LONGEST_BUSY_SECONDS = 200;

/** How long reading may take to come back once something was written, in seconds. */
export const PATIENCE_SECONDS = 300;
