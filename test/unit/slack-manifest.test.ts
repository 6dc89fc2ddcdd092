import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebClient } from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { SLASH } from '../../lambdas/chatops/command-line.ts';
import { SLACK_PATH } from '../../lambdas/contracts/chat-settings.ts';
import { ChatCommand } from '../../lambdas/contracts/chat-task.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const text = (longest: number) => z.string().min(1).max(longest);
const address = z.url({ protocol: /^https$/ });
/**
 * What Slack takes of what we use. Keys that we do not use are refused, so that a misspelt one is noticed.
 * @see https://docs.slack.dev/reference/app-manifest and the type `Manifest` of @slack/web-api 8.2, which has the lengths.
 */
const Manifest = z.strictObject({
  display_information: z.strictObject({ name: text(35), description: text(140) }),
  features: z.strictObject({
    bot_user: z.strictObject({
      display_name: text(80).regex(/^[a-z0-9._-]+$/),
      always_online: z.literal(false),
    }),
    slash_commands: z
      .array(
        z.strictObject({
          command: text(32).regex(/^\/[a-z0-9_-]+$/),
          url: address,
          description: text(2_000),
          usage_hint: text(1_000),
          should_escape: z.literal(false),
        }),
      )
      .max(50),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()).max(255) }) }),
  settings: z.strictObject({
    interactivity: z.strictObject({ is_enabled: z.literal(true), request_url: address }),
    org_deploy_enabled: z.literal(false),
    socket_mode_enabled: z.literal(false),
    token_rotation_enabled: z.literal(false),
  }),
});
const manifest = Manifest.parse(JSON.parse(read('docs/slack-manifest.json')));
const [command] = manifest.features.slash_commands;

/** What a bot needs to call a method, by docs.slack.dev/reference/methods. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'files.getUploadURLExternal': ['files:write'],
  'files.completeUploadExternal': ['files:write'],
  // They call the two before.
  'files.uploadV2': ['files:write'],
  filesUploadV2: ['files:write'],
  // The second is for the address and for whether it was confirmed.
  'users.info': ['users:read', 'users:read.email'],
  'views.open': [],
};

const client: unknown = new WebClient();
const partOf = (whole: unknown, name: string): unknown => (whole as Readonly<Record<string, unknown>> | undefined)?.[name];
/** Methods of Slack, `family.method`, as the client has them; `filesUploadV2` is several calls under a name of its own. */
const isMethod = (name: string): boolean =>
  name === 'filesUploadV2' || (name.includes('.') && typeof name.split('.').reduce(partOf, client) === 'function');

/** Methods that a text calls, `client.chat.update(…)`, or names in quotes. */
const methodsIn = (source: string): string[] =>
  [...source.matchAll(/\.((?:\w+\.)*\w+)\(|'([\w.]+)'/g)].flatMap(([, called = '', quoted = '']) => {
    const words = (called || quoted).split('.');
    // What comes before the family is whatever holds the client.
    return words.map((_, index) => words.slice(index).join('.')).find(isMethod) ?? [];
  });

const ADAPTER = 'lambdas/adapters/slack';
const called = new Set(
  readdirSync(join(ROOT, ADAPTER))
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => methodsIn(read(join(ADAPTER, file)))),
);

describe('the manifest of the Slack app', () => {
  it('has one command, which Slack hands over as it was typed', () => {
    expect(manifest.features.slash_commands).toHaveLength(1);
    expect(command).toMatchObject({ command: SLASH, should_escape: false });
  });

  it('sends commands and buttons to one address, which is to be replaced', () => {
    const addresses = [command?.url, manifest.settings.interactivity.request_url];
    expect(new Set(addresses)).toEqual(new Set([`https://REPLACE-ME.example.com${SLACK_PATH}`]));
  });
});

describe('every command of the chat', () => {
  const verbs = ['help', ...ChatCommand.options.flatMap(({ shape: { verb } }) => ('options' in verb ? verb.options : [...verb.values]))];

  it.each(verbs)('is hinted at: %s', (verb) => {
    expect(command?.usage_hint).toMatch(new RegExp(`\\b${verb}\\b`));
  });

  it.each(verbs)('has a row in the documentation: %s', (verb) => {
    expect(read('docs/chatops.md')).toMatch(new RegExp(`^\\| \`${verb}\\b`, 'm'));
  });
});

describe('the scopes of the Slack app', () => {
  it('are known for every method that the adapter calls', () => {
    expect(called.size).toBeGreaterThan(3);
    expect([...called].filter((method) => SCOPES[method] === undefined)).toEqual([]);
  });

  it('are those that the command and these methods need, and no others', () => {
    const needed = new Set(['commands', ...[...called].flatMap((method) => SCOPES[method] ?? [])]);
    expect([...manifest.oauth_config.scopes.bot].sort()).toEqual([...needed].sort());
  });

  it('are looked for in every form of a call', () => {
    const source = `await this.client.chat.update({}); client.files.map(x); call('users.info'); web.filesUploadV2({}); web.admin.users.list();`;
    expect(methodsIn(source).sort()).toEqual(['admin.users.list', 'chat.update', 'filesUploadV2', 'users.info']);
  });
});
