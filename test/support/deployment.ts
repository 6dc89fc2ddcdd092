/** The stack, deployed to this machine: its functions in processes, its table in dynalite, simulated clusters behind it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbChangeStore } from '../../lambdas/adapters/dynamodb/change-store.ts';
import { DynamoDbRolloutStore } from '../../lambdas/adapters/dynamodb/rollout-store.ts';
import { CHANGE_TABLE } from '../../lambdas/contracts/change-table.ts';
import { Configuration } from '../../lambdas/contracts/configuration.ts';
import type { ChangeRequestInput } from '../../lambdas/contracts/request.ts';
import type { Clock } from '../../lambdas/ports/clock.ts';
import { systemClock } from '../../lib/local/clock.ts';
import type { Credentials } from '../../lib/simulator/rest/sign-in.ts';
import { AwsStandIn, type TemporaryCredentials } from './deployed/aws-stand-in.ts';
import { Callers } from './deployed/callers.ts';
import { statusChange, takes, transformed } from './deployed/event-rule.ts';
import { authoritySecret, Fleet, LOGIN_SECRET, type Member } from './deployed/fleet.ts';
import { FunctionHost } from './deployed/function-host.ts';
import { Guard, guardedTable } from './deployed/guard.ts';
import type { RunFunction } from './deployed/lambda-service.ts';
import type { RunningExecution } from './deployed/running-execution.ts';
import { ServiceError } from './deployed/service-error.ts';
import { type Machine, ofType, type Synthesis, synthesise } from './deployed/synthesis.ts';
import { contentsOf, createTableOf } from './deployed/table.ts';
import type { TableFront } from './deployed/table-front.ts';
import { ALIAS, executionOf, resolved } from './deployed/template.ts';
import { type Circumstances, type Execution, type ExecutionStart, execute, type Moment } from './deployed/workflow.ts';
import type { WorkflowClock } from './deployed/workflow-clock.ts';
import { type DynamoDbServer, startDynamoDb } from './dynamodb.ts';

export interface DeploymentOptions<Name extends string> {
  readonly members: Readonly<Record<Name, Member>>;
  /** Of the REST APIs. */
  readonly login: Credentials;
  /** Of the functions, and what a role gives to them. */
  readonly credentials: { readonly own: TemporaryCredentials; readonly assumed: TemporaryCredentials };
  /** Accounts by the person who has them. @default none */
  readonly people?: Readonly<Record<string, readonly string[]>>;
  /** Part `chat` of the configuration. @default neither chat nor notifications */
  readonly chat?: Readonly<Record<string, unknown>>;
  /** Whether functions and workflows may do only what the template allows them on the table, with workflows and functions. @default false */
  readonly guarded?: boolean;
  /** Text that the secret with a certificate authority holds beside the certificate. @default none */
  readonly besideAuthority?: (name: Name, caKey: string) => string;
}

/** Pauses of functions take a fiftieth of their time. */
const HURRY = 50;
const VERIFICATION = { settleSeconds: 0, intervalSeconds: 0, samples: 2, deadlineSeconds: 30 };

const REQUEST: Pick<ChangeRequestInput, 'wanted'> = { wanted: { syncerMode: 'distributed' } };

interface Parts<Name extends string> {
  readonly fleet: Fleet<Name>;
  readonly aws: AwsStandIn;
  readonly synthesis: Synthesis;
  readonly dynamoDb: DynamoDbServer;
  readonly tableFront: TableFront | undefined;
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly callers: Callers;
  /** By ARN. */
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly folder: string;
}

export class Deployment<Name extends string> {
  /** Changes that functions, people or rollouts started over Step Functions, by their id. */
  readonly started = new Map<string, Promise<Execution>>();
  /** Runs of rollouts, by the names of their executions. */
  readonly rollouts = new Map<string, Promise<Execution>>();
  /** Told of each change before it does anything. */
  onStart: (changeId: string) => void = () => {};
  /** Told of every moment of these executions, by the name of each; it goes on afterwards. */
  onMoment: (name: string, moment: Moment) => void | Promise<void> = () => {};
  /** What rollouts, their changes, and whoever has to do with them take for the present moment. */
  readonly #clock: WorkflowClock = { aheadSeconds: 0 };
  readonly #parts: Parts<Name>;

  private constructor(parts: Parts<Name>) {
    this.#parts = parts;
    const { resources, change, rollout } = parts.synthesis;
    const { stepFunctions } = parts.aws;
    const how = (name: string): Circumstances => ({ onMoment: (moment) => this.onMoment(name, moment) });
    for (const [id] of ofType(resources, ALIAS))
      stepFunctions.allowStarting(String(resolved(resources, { Ref: id })), (changeId, input, clock) => {
        this.onStart(changeId);
        this.started.set(changeId, this.#execute(change, changeId, { input, how: how(changeId), ...(clock && { clock }) }));
      });
    stepFunctions.allowStarting(rollout.arn, (name, input) => {
      this.rollouts.set(name, this.#execute(rollout, name, { input, how: how(name), clock: this.#clock }));
    });
  }

  get fleet(): Fleet<Name> {
    return this.#parts.fleet;
  }
  get aws(): AwsStandIn {
    return this.#parts.aws;
  }
  get synthesis(): Synthesis {
    return this.#parts.synthesis;
  }
  /** What calls functions by itself. */
  get callers(): Callers {
    return this.#parts.callers;
  }

  static async open<Name extends string>(options: DeploymentOptions<Name>): Promise<Deployment<Name>> {
    const { members, login, credentials, people = {}, chat, guarded = false, besideAuthority = () => '' } = options;
    const folder = mkdtempSync(join(tmpdir(), 'syncshift-deployed-'));
    const [fleet, aws, dynamoDb] = await Promise.all([
      Fleet.open({ members, credentials: login, folder }),
      new AwsStandIn(credentials.assumed).listen(),
      startDynamoDb(),
    ]);
    const defaults = { verification: VERIFICATION };
    const configuration = Configuration.parse({ clusters: fleet.configuration, people, defaults, ...(chat && { chat }) });
    const loaded = { configuration, file: join(folder, 'syncshift.config.json'), stateFolder: join(folder, '.syncshift') };
    const synthesis = synthesise(loaded, join(folder, 'cdk.out'));
    aws.secrets.set(LOGIN_SECRET, JSON.stringify(login));
    for (const [name, { ca, caKey }] of fleet.rest) aws.secrets.set(authoritySecret(name), ca + besideAuthority(name, caKey));
    const client = dynamoDb.client();
    const table = await createTableOf(synthesis.resources, client);
    const functions = new Map<string, FunctionHost>();
    const run: RunFunction = (name, event, requestId) => hostNamed(name, functions).invoke(event, { requestId });
    const guard = guarded ? new Guard(synthesis.resources) : undefined;
    aws.guard = guard;
    const { tableFront, endpoint } = await guardedBy(guard, await endpointOf(client));
    const callers = await Callers.open({ resources: synthesis.resources, aws, client, endpoint, table, run });
    const environment = {
      ...aws.environment,
      AWS_ENDPOINT_URL_SSM: await fleet.serve(synthesis.documents),
      AWS_ENDPOINT_URL_DYNAMODB: callers.dynamoDb,
      AWS_ACCESS_KEY_ID: 'ASIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: credentials.own.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.own.sessionToken,
      SYNCSHIFT_TEST_HURRY: String(HURRY),
    };
    for (const [arn, each] of synthesis.functions) {
      const own = guard && { AWS_ACCESS_KEY_ID: guard.keyOf(arn) };
      functions.set(arn, new FunctionHost(each, { environment: { ...environment, ...own } }));
    }
    return new Deployment({ fleet, aws, synthesis, dynamoDb, tableFront, client, table, callers, functions, folder });
  }

  /** Runs a whole change of the database `orders`, to distributed unless the request says otherwise. */
  change(changeId: string, cluster: Name, request: Partial<ChangeRequestInput> = {}, how?: Circumstances): Promise<Execution> {
    const input = { changeId, target: { cluster, database: 'orders' }, ...REQUEST, ...request };
    return this.#execute(this.synthesis.change, changeId, { input, ...(how && { how }) });
  }

  /** Runs the workflow of rollouts from one of its states on, as an execution that has come there. */
  rollOutFrom(state: string, name: string, input: unknown): Promise<Execution> {
    const { arn, definition } = this.synthesis.rollout;
    return this.#execute({ arn, definition: { ...definition, StartAt: state } }, name, { input, clock: this.#clock });
  }

  /** The execution of a change, once it has begun. */
  running(changeId: string): Promise<RunningExecution> {
    return this.aws.stepFunctions.execution(executionOf(this.synthesis.change, changeId));
  }

  /**
   * Tells the bus that the execution of a change ended, and runs what its rule starts.
   * @param name - of the execution that is started.
   * @returns undefined when the rule does not take the event.
   */
  recover(changeId: string, status: string, name: string): Promise<Execution> | undefined {
    const { change, recovery, cutShort } = this.synthesis;
    const event = statusChange(change, changeId, status);
    if (!takes(cutShort.pattern, event)) return undefined;
    if (cutShort.target !== recovery.arn) throw new Error(`the rule starts ${cutShort.target}`);
    return this.#execute(recovery, name, { input: transformed(cutShort.transformer, event), clock: { ...this.#clock } });
  }

  #execute(machine: Machine, name: string, start: Pick<ExecutionStart, 'input' | 'how' | 'clock'>): Promise<Execution> {
    return execute({
      service: this.aws.stepFunctions,
      arn: executionOf(machine, name),
      definition: machine.definition,
      run: (arn, event, aheadSeconds) => this.#host(arn).invoke(event, { aheadSeconds }),
      require: (ask) => this.aws.guard?.require(machine.arn, ask),
      ...start,
    });
  }

  /** @throws FunctionError what the function throws. */
  invoke(arn: string, event: unknown): Promise<unknown> {
    return this.#host(arn).invoke(event, { aheadSeconds: this.#clock.aheadSeconds });
  }

  /** Ends the runs of a function. */
  kill(arn: string): Promise<void> {
    return this.#host(arn).kill();
  }

  #host(arn: string): FunctionHost {
    const host = this.#parts.functions.get(arn);
    if (!host) throw new Error(`the template has no function ${arn}`);
    return host;
  }

  /** The change store over the table of the template. */
  store(clock: Pick<Clock, 'now'> = { now: () => new Date() }): DynamoDbChangeStore {
    return new DynamoDbChangeStore({ client: this.#parts.client, table: this.#parts.table, clock });
  }

  /** The rollout store over the same table. */
  rolloutStore(): DynamoDbRolloutStore {
    return new DynamoDbRolloutStore({ client: this.#parts.client, table: this.#parts.table, clock: systemClock });
  }

  /** Every item of the table, as text. */
  contents(): Promise<string> {
    return contentsOf(this.#parts.client, this.#parts.table);
  }

  /** What the functions wrote to stdout and stderr. */
  get logs(): string {
    return [...this.#parts.functions.values()].map(({ log }) => log).join('\n');
  }

  async close(): Promise<void> {
    await this.callers.close();
    await Promise.all([...this.#parts.functions.values()].map((host) => host.close()));
    await this.#parts.tableFront?.close();
    await Promise.all([this.fleet.close(), this.aws.close(), this.#parts.dynamoDb.close()]);
    rmSync(this.#parts.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function hostNamed(name: string, functions: ReadonlyMap<string, FunctionHost>): FunctionHost {
  const host = [...functions].find(([arn]) => arn.endsWith(`:function:${name}`))?.[1];
  if (!host) throw new ServiceError('ResourceNotFoundException', `Function not found: ${name}`);
  return host;
}

async function endpointOf(client: DynamoDBClient): Promise<string> {
  const { protocol, hostname, port } = (await client.config.endpoint?.()) ?? {};
  return `${protocol}//${hostname}:${port}`;
}

/** Where functions reach DynamoDB, with or without a guard before it. */
async function guardedBy(guard: Guard | undefined, behind: string): Promise<{ tableFront: TableFront | undefined; endpoint: string }> {
  if (!guard) return { tableFront: undefined, endpoint: behind };
  const tableFront = await guardedTable({ guard, endpoint: behind, partitionKey: CHANGE_TABLE.partitionKey }).listen();
  return { tableFront, endpoint: tableFront.endpoint };
}
