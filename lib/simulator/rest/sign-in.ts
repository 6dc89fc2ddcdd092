import { timingSafeEqual } from 'node:crypto';

export interface Credentials {
  username: string;
  password: string;
}

/** Failed attempts after which the account is locked, as a cluster does unless told otherwise. */
const LOCK_OUT_AFTER = 5;

/** Checks Basic authentication and counts. A locked account is refused whatever it says. */
export class SignIn {
  attempts = 0;
  failures = 0;

  readonly #expected: Buffer;

  constructor({ username, password }: Credentials) {
    this.#expected = Buffer.from(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  }

  get locked(): boolean {
    return this.failures >= LOCK_OUT_AFTER;
  }

  /** @param header - the `Authorization` header; a request without one is refused and counts for nothing. */
  accepts(header: string | undefined): boolean {
    if (header === undefined) return false;
    this.attempts += 1;
    const given = Buffer.from(header);
    const right = given.length === this.#expected.length && timingSafeEqual(given, this.#expected);
    if (!right) this.failures += 1;
    return right && !this.locked;
  }
}
