import type { DatabaseFacts, EndpointFacts } from '../contracts/facts.ts';

const describeEndpoint = ({ policy, include, exclude }: EndpointFacts): string =>
  [policy, ...include.map((node) => `+${node}`), ...exclude.map((node) => `-${node}`)].join(' ');

/** What moved between the reading that was planned for and a later one, one sentence each; material facts only. */
export function drift(planned: DatabaseFacts, now: DatabaseFacts): string[] {
  const moved: string[] = [];
  if (planned.database.name !== now.database.name) moved.push(`the database was called ${planned.database.name}, now ${now.database.name}`);
  if (planned.syncerMode !== now.syncerMode) moved.push(`syncer_mode was ${planned.syncerMode}, is ${now.syncerMode}`);
  const ids = new Set([...planned.endpoints, ...now.endpoints].map((endpoint) => endpoint.id));
  for (const id of ids) {
    const [was, is] = [planned, now].map(({ endpoints }) => {
      const endpoint = endpoints.find((candidate) => candidate.id === id);
      return endpoint ? describeEndpoint(endpoint) : 'absent';
    });
    if (was !== is) moved.push(`endpoint ${id} was ${was}, is ${is}`);
  }
  return moved;
}
