import { describeIssues } from '../../lambdas/contracts/parse.ts';
import { Target } from '../../lambdas/contracts/request.ts';
import type { Configuration } from '../config/schema.ts';
import { UsageError } from './errors.ts';

/** @throws UsageError when the configuration has no such cluster. */
export function requireCluster(name: string, { clusters }: Configuration): string {
  if (Object.hasOwn(clusters, name)) return name;
  throw new UsageError(
    `clusters: no cluster ${JSON.stringify(name)} is configured; there is ${Object.keys(clusters).join(', ') || 'none'}`,
  );
}

/** Reads `<cluster>/<database>`. @throws UsageError when it is no such thing. */
export function parseTarget(text: string, configuration: Configuration): Target {
  const [cluster = '', database, ...rest] = text.split('/');
  if (database === undefined || rest.length > 0)
    throw new UsageError(`target: ${JSON.stringify(text)} is not of the form <cluster>/<database>`);
  const parsed = Target.safeParse({ cluster, database });
  if (!parsed.success) throw new UsageError(`target ${JSON.stringify(text)}: ${describeIssues(parsed.error)}`);
  requireCluster(cluster, configuration);
  return parsed.data;
}
