import { completeUpload, getUploadUrl } from './files-api.ts';
import { postEphemeral, postMessage, update } from './messages-api.ts';
import { needScope, Refusal } from './refusal.ts';
import type { State } from './state.ts';
import { apiTest, authTest, usersInfo } from './users-api.ts';
import { openView } from './views-api.ts';
import type { Args } from './wire.ts';

interface Method {
  readonly run: (args: Args, state: State) => object;
  readonly scope?: string;
  /** Needs no token. */
  readonly isOpen?: boolean;
}

const METHODS: Readonly<Record<string, Method>> = {
  'api.test': { run: apiTest, isOpen: true },
  'auth.test': { run: authTest },
  'chat.postMessage': { run: postMessage, scope: 'chat:write' },
  'chat.postEphemeral': { run: postEphemeral, scope: 'chat:write' },
  'chat.update': { run: update, scope: 'chat:write' },
  'files.getUploadURLExternal': { run: getUploadUrl, scope: 'files:write' },
  'files.completeUploadExternal': { run: completeUpload, scope: 'files:write' },
  'users.info': { run: usersInfo, scope: 'users:read' },
  'views.open': { run: openView },
};

function checkToken(token: string | undefined, state: State): void {
  if (token === undefined) throw new Refusal('not_authed');
  if (state.revoked.has(token)) throw new Refusal('token_revoked');
  if (token !== state.token) throw new Refusal('invalid_auth');
}

/** Answers a call of the Web API. @returns what is sent with status 200. */
export function callMethod(name: string, args: Args | undefined, token: string | undefined, state: State): { ok: boolean; error?: string } {
  try {
    const method = METHODS[name];
    if (!method) throw new Refusal('unknown_method', { req_method: name });
    if (!args) throw new Refusal('invalid_post_type');
    if (!method.isOpen) checkToken(token, state);
    if (method.scope) needScope(state, method.scope);
    return { ok: true, ...method.run(args, state) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, error: error.word, ...error.extra };
  }
}
