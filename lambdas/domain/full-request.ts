import { StepError } from '../contracts/errors.ts';
import { parse } from '../contracts/parse.ts';
import { ChangeRequest, type FullChangeRequest, type RequestDefaults } from '../contracts/request.ts';
import { isRolloutId } from '../contracts/rollout.ts';
import type { MultiProxyPolicy } from '../contracts/words.ts';

const POLICY_WITHOUT_DEFAULT: MultiProxyPolicy = 'all-master-shards';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lays a request over the configured defaults, part by part. What is not an object is left for the schema to refuse. */
function withDefaults(raw: unknown, { proxyPolicy: _, ...defaults }: RequestDefaults): unknown {
  if (!isObject(raw)) return raw;
  const merged: Record<string, unknown> = { ...defaults, ...raw };
  for (const part of ['approval', 'verification', 'rollback'] as const)
    if (isObject(defaults[part]) && isObject(raw[part])) merged[part] = { ...defaults[part], ...raw[part] };
  return merged;
}

/**
 * Checks a request and fills in every default.
 * @param execution - name of the execution, which is also the change's id.
 * @throws StepError `InvalidInputError` with the path of every fault.
 */
export function fullRequest(raw: unknown, defaults: RequestDefaults, execution: string): FullChangeRequest {
  const request = parse(ChangeRequest, withDefaults(raw, defaults), 'InvalidInputError');
  if (request.changeId !== undefined && request.changeId !== execution)
    throw new StepError('InvalidInputError', `changeId: "${request.changeId}" must be the name of the execution, "${execution}"`);
  if (isRolloutId(execution)) throw new StepError('InvalidInputError', `changeId: "${execution}" is the form of the id of a rollout`);
  return { ...request, changeId: execution, defaultProxyPolicy: defaults.proxyPolicy ?? POLICY_WITHOUT_DEFAULT };
}
