/**
 * Shape of the DynamoDB table that keeps changes and rollouts, their events, the locks and the tokens of workflows that wait: what the
 * stack creates and the stores rely on.
 * Every key attribute is a string. The index is read newest first and may lag behind the table; everything else is read from the table.
 */
export const CHANGE_TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /**
   * Epoch seconds. Neither locks and claims of rollouts carry it, nor changes that have not ended or whose lock is kept, nor rollouts that
   * have not ended.
   */
  timeToLive: 'expiresAt',
  /** Changes in the order in which they began; rollouts in theirs. */
  byStart: {
    name: 'changes-by-start',
    partitionKey: 'listed',
    sortKey: 'startOrder',
    /** What of a change the index keeps. A deployed index cannot be given more: a list takes what came later from the table. */
    projected: ['changeId', 'changeRequest', 'startedAt', 'endedAt', 'report'],
  },
} as const;
