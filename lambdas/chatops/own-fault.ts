const FAULTS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** A fault in our own code: repeating does not help, and in a stream it would keep others from being told for hours. */
export const isOwnFault = (error: unknown): boolean => FAULTS.some((fault) => error instanceof fault);
