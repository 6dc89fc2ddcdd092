/** The clock of a process, which can be put forward: a function that runs after a long wait sees that the time has passed. */
const Present = Date;
let aheadMs = 0;

globalThis.Date = class extends Present {
  constructor(...parts: []) {
    if (parts.length === 0) super(Present.now() + aheadMs);
    else super(...parts);
  }

  static override now(): number {
    return Present.now() + aheadMs;
  }
} as DateConstructor;

/** @param seconds - by how much everybody here is ahead of the machine from now on. */
export function putForward(seconds: number): void {
  aheadMs = seconds * 1000;
}
