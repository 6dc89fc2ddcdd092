/** A refusal of a service of AWS, under the name by which its clients know it. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
