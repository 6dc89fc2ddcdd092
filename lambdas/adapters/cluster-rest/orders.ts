import type { Write } from '../../contracts/write.ts';
import { databasePath, type RestDatabase, relationsOf } from './database.ts';
import { commandOf } from './rest-api.ts';

/** The one PUT that a write is here. */
export interface Order {
  readonly uid: number;
  readonly path: string;
  readonly body: Readonly<Record<string, string | boolean>>;
}
export interface NoOrder {
  /** Why the API cannot do this. */
  readonly unsendable: string;
}

/** Pure: a write as the API takes it. It names only what changes, because every other field would be written too. */
export function orderOf(write: Write): Order | NoOrder {
  const uid = Number(write.database.slice('db:'.length));
  const path = databasePath(uid);
  switch (write.kind) {
    case 'bind-policy':
      return { uid, path, body: { proxy_policy: write.policy, endpoint: write.endpoint } };
    case 'bind-list':
      return { unsendable: `the ${write.list} list of endpoint ${write.endpoint} cannot be written over the REST API` };
    case 'tune-syncer':
      if (write.relation === undefined)
        return { unsendable: `the REST API sets the syncer mode of ${write.database} for each relation by itself, and none is given` };
      return { uid, path, body: { [`${write.relation}_sync_dist`]: write.mode === 'distributed' } };
  }
}

/** A write in the words of the API, as its record shows it once it is sent. */
export function describeWrite(write: Write): string {
  const order = orderOf(write);
  return 'unsendable' in order ? `not sent: ${order.unsendable}` : commandOf({ method: 'PUT', path: order.path, body: order.body });
}

/** Why a write must not be sent to a database as it is now. */
export function whyNotSendable(write: Write, database: RestDatabase): string | undefined {
  if (write.kind === 'tune-syncer') {
    const relations = relationsOf(database.kind);
    if (write.relation === undefined || database.kind === undefined || relations.includes(write.relation)) return undefined;
    return `${database.id} has no ${write.relation} relation, its kind is ${database.kind}`;
  }
  const endpoint = database.endpoints.find(({ id }) => id === write.endpoint);
  if (!endpoint) return `${database.id} has no endpoint ${write.endpoint}`;
  // The policy may clear them, and there is no way to write them back here.
  if (endpoint.include.length > 0 || endpoint.exclude.length > 0)
    return `endpoint ${endpoint.id} has include or exclude lists, which could not be written back over the REST API`;
  return undefined;
}

/** The settings that matter, to be compared over time. What the cluster computes by itself, as addresses, is not among them. */
export const settingsOf = ({ name, policy, syncerMode, distributed, endpoints, sync }: RestDatabase): string =>
  JSON.stringify([
    name,
    policy,
    syncerMode,
    distributed.crdt,
    distributed.replica,
    sync,
    endpoints.map(({ addresses: _, ...settings }) => settings),
  ]);
