import type { FullChangeRequest, RequestDefaults, Verification } from '../contracts/request.ts';
import type { RolloutFile } from '../contracts/rollout-file.ts';
import { fullRequest } from '../domain/full-request.ts';
import { common } from '../domain/rollout/requests.ts';

export { requestOf, undoRequestOf } from '../domain/rollout/requests.ts';

/** A request as the survey plans with it, before targets have their places. */
export const plannedRequest = (
  file: RolloutFile,
  target: { cluster: string; database: string },
  defaults: RequestDefaults,
): FullChangeRequest => fullRequest({ ...common(file), target }, defaults, 'rollout');

/** How long and how often a change is verified. */
export const verificationOf = (file: RolloutFile, defaults: RequestDefaults): Verification =>
  plannedRequest(file, { cluster: 'any', database: 'any' }, defaults).verification;
