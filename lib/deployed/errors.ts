/** A change goes on in AWS, or may do so, and cannot be seen from here any longer. */
export class LostSightError extends Error {
  override readonly name = 'LostSightError';
}

/** There is no execution of this name. */
export class UnknownChangeError extends Error {
  override readonly name = 'UnknownChangeError';
}
