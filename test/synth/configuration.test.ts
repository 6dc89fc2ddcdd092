import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../lambdas/contracts/configuration.ts';
import { deployableChat } from '../../lib/constructs/deployable-chat.ts';
import { bundledConfiguration } from '../../lib/constructs/deployable-clusters.ts';
import { ACCOUNT, byTag, calendarArn, EVERY_CHAT, EVERY_GATE, loaded, mainStack, OTHER_ACCOUNT, REGION } from './deployment.ts';

const YEAR_END = calendarArn('YearEnd');
const BY_ENVIRONMENT = { usernameEnv: 'REDIS_USER', passwordEnv: 'REDIS_PASSWORD' };
const rest = (settings: Record<string, unknown> = {}) => ({
  transport: 'rest',
  url: 'https://us.example.com:9443',
  credentials: { secretId: 'redis/us' },
  ...settings,
});
const exec = { transport: 'exec', rladmin: ['/opt/redislabs/bin/rladmin'] };

describe('a configuration that cannot be deployed', () => {
  it.each([
    ['credentials of a cluster', { us: rest({ credentials: BY_ENVIRONMENT }) }, 'clusters.us.credentials'],
    [
      'credentials of a source of health data',
      { eu: { ...byTag('eu'), health: { url: 'https://eu.example.com:9443', credentials: BY_ENVIRONMENT } } },
      'clusters.eu.health.credentials',
    ],
  ])('is refused for %s from the environment, in one sentence', (_case, clusters, place) => {
    expect(() => mainStack(clusters)).toThrow(
      `/etc/syncshift/syncshift.config.json: ${place}: a deployed function reads secrets by reference, expected { "secretId" }`,
    );
  });

  const secret = (name: string, region = REGION, account = ACCOUNT) => `arn:aws:secretsmanager:${region}:${account}:secret:${name}`;
  it.each([
    ['a partial ARN', { credentials: { secretId: secret('redis/us') } }, /^\S+: clusters\.us\.credentials\.secretId: a partial ARN/],
    [
      'the ARN of something else',
      { ca: { secretId: 'arn:aws:ssm:eu-west-1:111111111111:parameter/ca' } },
      /clusters\.us\.ca\.secretId: not the ARN of a secret/,
    ],
    [
      'one in another region',
      { credentials: { secretId: secret('redis/us-AbCdEf', 'us-east-1') } },
      /clusters\.us\.credentials\.secretId: a secret in us-east-1, while the functions read secrets in eu-west-1/,
    ],
    [
      'one of another account',
      { ca: { secretId: secret('redis/ca-AbCdEf', REGION, OTHER_ACCOUNT) } },
      /clusters\.us\.ca\.secretId: a secret of account 222222222222, while the functions read secrets of 111111111111/,
    ],
  ])('is refused for a secret that functions could not read: %s', (_case, settings, sentence) => {
    expect(() => mainStack({ us: rest(settings) })).toThrow(sentence);
  });

  it('is refused for such a secret of a source of health data as well', () => {
    const health = { url: 'https://eu.example.com:9443', credentials: { secretId: secret('redis/eu') } };
    expect(() => mainStack({ eu: { ...byTag('eu'), health } })).toThrow(/clusters\.eu\.health\.credentials\.secretId: a partial ARN/);
  });

  it.each([
    ['by the name of a secret', 'redis/us-AbCdEf', {}],
    ['by a whole ARN', secret('redis/us-AbCdEf'), {}],
    ['by an ARN while the account of the functions is not known', secret('redis/us-AbCdEf', REGION, OTHER_ACCOUNT), { region: REGION }],
  ])('is not one that gives credentials %s', (_case, secretId, env) => {
    const where = 'region' in env ? env : { account: ACCOUNT, region: REGION };
    expect(() => mainStack({ us: rest({ credentials: { secretId } }) }, {}, where)).not.toThrow();
  });

  it.each([
    ['a freeze', { freezes: ['year-end', 'lab'] }, 'freezes[1]'],
    ['the window that changes have by default', { defaults: { window: { calendar: 'lab' } } }, 'defaults.window.calendar'],
  ])('is refused for %s in a calendar that is a file, which says what to use instead', (_case, more, place) => {
    const calendars = { lab: { file: 'lab.ics' }, 'year-end': { arn: YEAR_END } };
    expect(() => mainStack({}, { configuration: loaded({}, undefined, { calendars, ...more }) })).toThrow(
      `/etc/syncshift/syncshift.config.json: ${place}: the calendar "lab" is a file of this machine, of whose changes a deployed function ` +
        'learns nothing, expected one of AWS Systems Manager, { "arn" }',
    );
  });

  it('is refused for a freeze in a calendar that there is not: nothing would be frozen', () => {
    expect(() => mainStack({}, { configuration: loaded({}, undefined, { freezes: ['none'] }) })).toThrow(
      '/etc/syncshift/syncshift.config.json: freezes[0]: no calendar "none" is configured, expected one of "calendars" with { "arn" }',
    );
  });

  const withSlack = (credentials: Record<string, string>) =>
    mainStack({}, { configuration: loaded({}, undefined, { chat: { slack: { ...EVERY_CHAT.slack, credentials } } }) });

  it('is refused for credentials of Slack from the environment, in one sentence', () => {
    expect(() => withSlack({ signingSecretEnv: 'SLACK_SIGNING_SECRET', botTokenEnv: 'SLACK_BOT_TOKEN' })).toThrow(
      '/etc/syncshift/syncshift.config.json: chat.slack.credentials: a deployed function reads secrets by reference, expected { "secretId" }',
    );
  });

  it.each([
    ['a partial ARN', secret('syncshift/slack'), /chat\.slack\.credentials\.secretId: a partial ARN/],
    ['one in another region', secret('syncshift/slack-AbCdEf', 'us-east-1'), /chat\.slack\.credentials\.secretId: a secret in us-east-1/],
  ])('is refused for a secret of Slack that functions could not read: %s', (_case, secretId, sentence) => {
    expect(() => withSlack({ secretId })).toThrow(sentence);
  });

  it('is refused for a certificate authority that is not there', () => {
    expect(() => mainStack({ us: rest({ ca: { file: 'us.pem' } }) })).toThrow(
      '/etc/syncshift/syncshift.config.json: clusters.us.ca.file: /etc/syncshift/us.pem cannot be read, expected a PEM file',
    );
  });
});

describe('a cluster that only a machine with rladmin can reach', () => {
  const lab = { ...exec, health: { url: 'https://lab.example.com:9443', credentials: BY_ENVIRONMENT } };

  it('is left out, with a warning that names it', () => {
    const stack = mainStack({ lab, us: rest() });
    Annotations.fromStack(stack).hasWarning(
      '/Syncshift',
      Match.stringLikeRegexp('not deployed, because only a machine with rladmin can reach them: lab'),
    );
    expect(JSON.stringify(Template.fromStack(stack))).not.toContain('lab.example.com');
  });

  it('is no reason to warn when there is none', () => {
    expect(Annotations.fromStack(mainStack({ us: rest() })).findWarning('*', Match.anyValue())).toEqual([]);
  });
});

describe('the configuration beside the code', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'configuration-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('holds the clusters that functions can reach, and the defaults', () => {
    const [{ name, text } = { name: '', text: '' }, ...more] = bundledConfiguration(loaded({ lab: exec, us: rest(), eu: byTag('eu') }));
    expect(name).toBe('syncshift.config.json');
    expect(more).toEqual([]);
    const bundled = Configuration.parse(JSON.parse(text));
    expect(Object.keys(bundled.clusters)).toEqual(['us', 'eu']);
    expect(bundled.clusters.us).toEqual({ ...rest(), approval: expect.anything() });
  });

  it('holds who may approve, who is who, and the calendars that functions can read', () => {
    const approval = { required: true, approvals: 2, approvers: ['alice', 'bob'], requesterMayApprove: false, breakGlass: ['carol'] };
    const gates = {
      people: { alice: ['alice', 'arn:aws:iam::111111111111:user/alice'] },
      calendars: { lab: { file: 'lab.ics' }, 'year-end': { arn: YEAR_END } },
      freezes: ['year-end'],
    };
    const [{ text } = { text: '' }] = bundledConfiguration(loaded({ us: rest({ approval }) }, undefined, gates));
    const bundled = Configuration.parse(JSON.parse(text));
    expect(bundled.clusters.us?.approval).toEqual(approval);
    expect(bundled).toMatchObject({ people: gates.people, freezes: gates.freezes });
    expect(bundled.calendars).toEqual({ 'year-end': { arn: YEAR_END } });
  });

  it('is refused with a private key beside the certificates: it would lie in the code of every function', () => {
    const [file, pem] = [join(folder, 'syncshift.config.json'), join(folder, 'us.pem')];
    writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n');
    const configured = { ...loaded({ us: rest({ ca: { file: 'us.pem' } }) }), file };
    expect(() => bundledConfiguration(configured)).toThrow(
      `${file}: clusters.us.ca.file: ${pem} holds a private key, expected certificates only`,
    );
  });

  it('is a configuration without clusters when there is none', () => {
    const [{ text } = { text: '' }] = bundledConfiguration(undefined);
    expect(Configuration.parse(JSON.parse(text)).clusters).toEqual({});
  });

  it('leaves out what a function does not read: schedules, and for most of them chat', () => {
    const whole = loaded({ us: rest() }, undefined, { ...EVERY_GATE, chat: EVERY_CHAT });
    const [{ text } = { text: '' }] = bundledConfiguration(whole);
    expect(Object.keys(JSON.parse(text))).toEqual(['clusters', 'defaults', 'people', 'freezes', 'calendars']);
  });

  it('holds for functions of chat how Slack is reached and who may ask, and no addresses of people who are notified', () => {
    const configured = loaded({ us: rest() }, undefined, { chat: EVERY_CHAT });
    const { slack } = deployableChat(configured);
    const [{ text } = { text: '' }] = bundledConfiguration(configured, { chat: { slack } });
    expect(Configuration.parse(JSON.parse(text)).chat).toEqual({ slack: { ...EVERY_CHAT.slack, apiUrl: 'https://slack.com/api/' } });
    expect(text).not.toContain('@example.com');
  });

  it('names certificate authorities that lie beside it, wherever they came from', () => {
    writeFileSync(join(folder, 'one.pem'), 'ONE');
    writeFileSync(join(folder, 'two.pem'), 'TWO');
    const health = { url: 'https://eu.example.com:9443', credentials: { secretId: 'redis/eu' }, ca: { file: join(folder, 'two.pem') } };
    const [{ text } = { text: '' }, ...authorities] = bundledConfiguration(
      loaded({ us: rest({ ca: { file: './one.pem' } }), eu: { ...byTag('eu'), health } }, folder),
    );
    expect(authorities).toEqual([
      { name: 'us-ca.pem', text: 'ONE' },
      { name: 'eu-ca.pem', text: 'TWO' },
    ]);
    expect(JSON.parse(text).clusters).toMatchObject({ us: { ca: { file: 'us-ca.pem' } }, eu: { health: { ca: { file: 'eu-ca.pem' } } } });
    expect(text).not.toContain(folder);
  });
});
