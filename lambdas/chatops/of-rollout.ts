const CHANGE_OF_ROLLOUT = /^rol-[A-Za-z0-9-]{1,50}_\d{5,}(?:_try\d+)?(?:_undo\d+)?$/;

/**
 * Whether a change is one of the many of a rollout, by its id as `changeIdAt` makes it: nothing has to be read for it, which counts where
 * there are 10,000 of them.
 */
export const isOfRollout = (changeId: string): boolean => CHANGE_OF_ROLLOUT.test(changeId);
