import type { StepErrorName } from '../contracts/errors.ts';
import type { DatabaseFacts } from '../contracts/facts.ts';
import type { HealthBefore, ReplicationHealth } from '../contracts/health.ts';
import type { Verification } from '../contracts/request.ts';
import type { Sample, Tally, Verdict } from '../contracts/verification.ts';
import { isMultiProxy, type SyncerMode } from '../contracts/words.ts';
import { judgeHealth, worstLag } from './health.ts';
import { disagreements } from './health-findings.ts';
import { degradations, whyNotChangeable } from './preflight.ts';
import { sameBindings } from './writes.ts';

/** What has to hold for a sample to be good. */
export interface Expectation {
  readonly mode: SyncerMode;
  readonly name: string;
  /** Policies and lists as they were proven before the mode was set. */
  readonly bindings: Pick<DatabaseFacts, 'endpoints'>;
  /** How replication was before, and how much lag is allowed, where it is watched. */
  readonly watched?: { readonly before: HealthBefore; readonly settings: Pick<Verification, 'maxLagMs'> };
}

/** Endpoints that do not have two proxies under a multi-proxy policy, one sentence each. */
export const notDistributable = ({ endpoints }: Pick<DatabaseFacts, 'endpoints'>): string[] =>
  endpoints.length === 0
    ? ['no endpoint is bound']
    : endpoints
        .filter((endpoint) => !isMultiProxy(endpoint.policy) || (endpoint.nodes.length < 2 && endpoint.unclear === undefined))
        .map(({ id, policy, nodes }) => `endpoint ${id} has policy ${policy} and is served by node ${nodes.join(', ') || 'none'}`);

type Findings = [Sample['state'], string[]][];

/** Why the bindings cannot be judged: the cluster contradicts itself about them. */
export const unclearBindings = ({ endpoints }: Pick<DatabaseFacts, 'endpoints'>): string[] =>
  endpoints.map(({ unclear }) => unclear).filter((reason) => reason !== undefined);

/** What settings and bindings show. For centralized the bindings do not matter: a wide policy is harmless there. */
function judgeFacts(facts: DatabaseFacts, expected: Expectation): Findings {
  const distributed = expected.mode === 'distributed';
  return [
    ['foreign', facts.database.name === expected.name ? [] : [`the database is now called "${facts.database.name}"`]],
    ['foreign', distributed && !sameBindings(facts, expected.bindings) ? ['policy or lists of an endpoint were changed'] : []],
    ['degraded', distributed ? degradations(facts) : []],
    ['bad', facts.syncerMode === expected.mode ? [] : [`syncer_mode is ${facts.syncerMode}, not ${expected.mode}`]],
    ['bad', distributed ? notDistributable(facts) : []],
    ['unmeasured', distributed ? unclearBindings(facts) : []],
    ['unsettled', [whyNotChangeable(facts)].filter((reason) => reason !== undefined)],
  ];
}

/** States from the one that decides most to the one that decides least. */
const GRAVITY: readonly Sample['state'][] = [
  'sync-stopped',
  'full-sync',
  'foreign',
  'degraded',
  'bad',
  'peer-down',
  'unhealthy',
  'unmeasured',
  'unsettled',
];

/**
 * Judges one reading by its gravest finding.
 * @param health - replication at the same moment, where it is watched.
 */
export function judgeReading(facts: DatabaseFacts, expected: Expectation, health?: ReplicationHealth): Omit<Sample, 'at'> {
  const ofHealth: Findings =
    health && expected.watched
      ? [...judgeHealth(health, expected.watched.before, expected.watched.settings), ['unsettled', disagreements(health, facts)]]
      : [];
  const found = [...judgeFacts(facts, expected), ...ofHealth].filter(([, problems]) => problems.length > 0);
  const state = GRAVITY.find((candidate) => found.some(([name]) => name === candidate)) ?? 'good';
  const lagMs = health && worstLag(health);
  return { state, problems: found.flatMap(([, problems]) => problems), ...(lagMs !== undefined && { lagMs }) };
}

export const emptyTally = (startedAt: string): Tally => ({ startedAt, taken: 0, flips: 0, problems: [] });

const FLIPPING: ReadonlySet<Sample['state']> = new Set(['good', 'bad', 'unhealthy']);
/** Turns between bad and unhealthy are no turns: neither is good. */
const turned = (a: Sample['state'], b: Sample['state']): boolean => FLIPPING.has(a) && FLIPPING.has(b) && (a === 'good') !== (b === 'good');

export function addSample(tally: Tally, { at, state, problems }: Sample): Tally {
  const { streak } = tally;
  const goesOn = streak?.state === state;
  const flipped = streak !== undefined && turned(streak.state, state);
  return {
    startedAt: tally.startedAt,
    taken: tally.taken + 1,
    streak: goesOn ? { ...streak, length: streak.length + 1 } : { state, length: 1, since: at },
    flips: tally.flips + (flipped ? 1 : 0),
    problems: state === 'good' ? tally.problems : problems,
  };
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Error that carries a verdict other than `passed` to the workflow. */
  readonly error?: StepErrorName;
}

/** A state seen twice in a row is believed; once may be a moment of transition. */
const CONVINCING = 2;
const MOST_FLIPS = 3;
/** After a write, a state that cannot be read for this long needs a person. */
const READ_DEADLINE_SECONDS = 300;

/** An execution has room for 25,000 events, and a sample makes about ten: two verifications must fit with much to spare. */
const MOST_SAMPLES = 500;

/** States that decide by themselves, and after how many samples in a row. */
const DECISIVE: Partial<Record<Sample['state'], { error: StepErrorName; after: number }>> = {
  bad: { error: 'VerificationFailedError', after: CONVINCING },
  degraded: { error: 'ClusterDegradedError', after: CONVINCING },
  foreign: { error: 'ForeignChangeError', after: CONVINCING },
  // Waiting for a second one could only let a write happen that must not.
  'full-sync': { error: 'FullSyncError', after: 1 },
  'sync-stopped': { error: 'SyncStoppedError', after: 1 },
};

/** What is believed at the deadline of a state that may pass by itself. */
const AT_DEADLINE: Partial<Record<Sample['state'], Judgement>> = {
  unhealthy: { verdict: 'failed', error: 'VerificationFailedError' },
  'peer-down': { verdict: 'failed', error: 'PeerDownError' },
  // A database that never came to rest may still be carrying out our write: undoing it now would meet it half-way.
  unsettled: { verdict: 'inconclusive', error: 'ClusterStuckError' },
};

const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

/**
 * The verdict on the samples so far, or undefined while more are needed.
 * @param now - the moment to judge, ISO 8601.
 */
export function judge(tally: Tally, settings: Verification, now: string): Judgement | undefined {
  const { streak } = tally;
  if (streak?.state === 'good' && streak.length >= settings.samples) return { verdict: 'passed' };
  const decisive = streak && DECISIVE[streak.state];
  if (decisive && streak.length >= decisive.after) return { verdict: 'failed', error: decisive.error };
  if (tally.flips >= MOST_FLIPS) return { verdict: 'failed', error: 'VerificationFailedError' };
  const unread = streak?.state === 'unmeasured';
  if (unread && secondsBetween(streak.since, now) >= READ_DEADLINE_SECONDS) return errored;
  if (secondsBetween(tally.startedAt, now) < settings.deadlineSeconds && tally.taken < MOST_SAMPLES) return undefined;
  if (unread || tally.taken === 0) return errored;
  return (streak && AT_DEADLINE[streak.state]) ?? { verdict: 'inconclusive', error: 'VerificationInconclusiveError' };
}

const errored: Judgement = { verdict: 'errored', error: 'VerificationErroredError' };
