/** Lets functions and workflows do what the template allows them, and nothing else. Functions are known by keys of their own. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { tableAsk } from './asks.ts';
import { type Ask, Rights } from './rights.ts';
import { ServiceError } from './service-error.ts';
import { TableFront, tableRefusal } from './table-front.ts';
import type { Resources } from './template.ts';

const CREDENTIAL = /Credential=([^/]+)\//;

export class Guard {
  /** What was not allowed, in one line each. */
  readonly denied: string[] = [];
  /** How many requests of functions and workflows were looked at. */
  looked = 0;
  readonly rights: Rights;
  /** ARNs of functions by their keys. */
  readonly #callers = new Map<string, string>();

  constructor(resources: Resources) {
    this.rights = new Rights(resources);
  }

  /** The key of a function. */
  keyOf(arn: string): string {
    const key = `ASIA${createHash('sha256').update(arn).digest('hex').slice(0, 16).toUpperCase()}`;
    this.#callers.set(key, arn);
    return key;
  }

  /** @throws ServiceError `AccessDeniedException` unless it is allowed. */
  require(arn: string, ask: Ask): void {
    this.looked += 1;
    if (this.rights.allow(arn, ask)) return;
    const denied = `${arn} is not authorized to perform ${ask.action} on ${ask.resource} ${JSON.stringify(ask.context ?? {})}`;
    this.denied.push(denied);
    throw new ServiceError('AccessDeniedException', denied);
  }

  /** As `require`, for whoever signed a request; people and tests may do everything. */
  requireSigner({ headers }: IncomingMessage, ask: () => Ask): void {
    const [, key = ''] = CREDENTIAL.exec(headers.authorization ?? '') ?? [];
    const arn = this.#callers.get(key);
    if (arn !== undefined) this.require(arn, ask());
  }
}

export interface GuardedTableProps {
  readonly guard: Guard;
  /** Of the DynamoDB behind it. */
  readonly endpoint: string;
  readonly partitionKey: string;
}

/** A DynamoDB behind a guard. */
export const guardedTable = ({ guard, endpoint, partitionKey }: GuardedTableProps): TableFront =>
  new TableFront(endpoint, async ({ operation, incoming, body, forward }) => {
    try {
      guard.requireSigner(incoming, () => tableAsk(operation, body.toString('utf8'), partitionKey));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return tableRefusal({ __type: `com.amazon.coral.service#${error.name}`, Message: error.message });
    }
    return forward();
  });
