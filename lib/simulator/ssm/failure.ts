/** An error in the words of the service. */
export class ServiceFailure extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message = '', status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

export const invalid = (member: string, rule: string): ServiceFailure =>
  new ServiceFailure('ValidationException', `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${rule}`);
