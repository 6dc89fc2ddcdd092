import { StepError } from '../../contracts/errors.ts';
import type { Fields } from './decode.ts';
import { label } from './decode.ts';
import { redactText } from './redact.ts';
import type { RestAnswer } from './rest-api.ts';

const SHOWN_CHARACTERS = 200;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The cluster's own word for what is wrong, such as `invalid_proxy_policy`. */
export const errorCodeOf = ({ body }: RestAnswer): string | undefined =>
  isFields(body) ? label(body, 'error_code')?.slice(0, SHOWN_CHARACTERS) : undefined;

/** What an answer says, for people: status, error code and text, without credentials. */
export function saidBy(answer: RestAnswer): string {
  const { status, body } = answer;
  const said = isFields(body) ? (label(body, 'description') ?? label(body, 'message')) : undefined;
  const words = [String(status), errorCodeOf(answer), said].filter((word) => word !== undefined).join(' ');
  const shown = redactText(words);
  return shown.length > SHOWN_CHARACTERS ? `${shown.slice(0, SHOWN_CHARACTERS)}…` : shown;
}

const READING_ROLE = 'reading needs db_viewer, cluster_viewer or a role above; one that is scoped to databases has to include this one';
const WRITING_ROLE = 'writing needs db_member, cluster_member or admin; one that is scoped to databases has to include this one';

export const roleNeeded = (method: 'GET' | 'PUT'): string => (method === 'GET' ? READING_ROLE : WRITING_ROLE);

/** The named error for an answer that is not the one a read needs. */
function unusable(what: string, answer: RestAnswer): StepError {
  const said = `${what} was answered ${saidBy(answer)}`;
  switch (answer.status) {
    case 400:
      return new StepError('ClusterAccessError', `${said}: the cluster does not take the request as this program writes it`);
    case 403:
      return new StepError('ClusterAccessError', `${said}: ${READING_ROLE}`);
    case 505:
      return new StepError('ClusterAccessError', `${said}: the cluster does not know this version of the API`);
    default:
      return new StepError('ClusterOutputError', said);
  }
}

/** The body of a read that has to succeed. */
export function bodyOf(what: string, answer: RestAnswer): unknown {
  if (answer.status !== 200) throw unusable(what, answer);
  if (answer.body === undefined)
    throw new StepError(
      'ClusterOutputError',
      `${what} was answered with ${answer.isHtml ? 'a web page' : 'no JSON'}: is something else in between?`,
    );
  return answer.body;
}
