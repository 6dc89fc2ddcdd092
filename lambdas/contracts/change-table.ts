/**
 * Shape of the DynamoDB table that keeps changes, their events and the locks: what the stack creates and the store relies on.
 * Every key attribute is a string. The index is read newest first and may lag behind the table; everything else is read from the table.
 */
export const CHANGE_TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds. Neither locks carry it nor changes that have not ended or whose lock is kept. */
  timeToLive: 'expiresAt',
  /** Changes in the order in which they began. */
  byStart: {
    name: 'changes-by-start',
    partitionKey: 'listed',
    sortKey: 'startOrder',
    /** Everything that a list shows; claims and locks are left out. */
    projected: ['changeId', 'changeRequest', 'startedAt', 'endedAt', 'report'],
  },
} as const;
