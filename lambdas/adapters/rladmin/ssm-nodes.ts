import { DescribeInstanceInformationCommand, type InstanceInformation } from '@aws-sdk/client-ssm';
import type { SsmClusterConfiguration } from '../../contracts/configuration.ts';
import { type Attempt, attempt, FREELY, nowOf, type Ssm } from './ssm-patience.ts';

type Instances = SsmClusterConfiguration['instances'];

/** How long a list of nodes is believed, in seconds. */
const FRESH_SECONDS = 60;

/** The next node to ask; or why there is none. `isAccess`: nobody may ask, so that time will not help. */
export type Choice = { readonly node: string } | { readonly problem: string; readonly isAccess: boolean };

/** The nodes of a cluster that commands can be sent to, in an order that stays the same from step to step. */
export class SsmNodes {
  readonly #ssm: Ssm;
  readonly #instances: Instances;
  readonly #startAt: number;
  /** Nodes that somebody was not content with: they are asked when no other is left. */
  readonly #avoided = new Set<string>();
  #known: { readonly nodes: readonly string[]; readonly at: number } | undefined;

  constructor(ssm: Ssm, instances: Instances, startAt: number) {
    this.#ssm = ssm;
    this.#instances = instances;
    this.#startAt = startAt;
  }

  /** @param tried - nodes that the present command was brought to already, in vain. */
  async choose(tried: ReadonlySet<string>, deadline: number): Promise<Choice> {
    const isFresh = this.#known && nowOf(this.#ssm) - this.#known.at < FRESH_SECONDS * 1000;
    if (tried.size === 0 && !isFresh) {
      const problem = await this.#find(deadline);
      if (problem) return problem;
    }
    const node = this.#inOrder().find((candidate) => !tried.has(candidate));
    return node === undefined ? { problem: 'no other node is left', isAccess: false } : { node };
  }

  /** True when a node beside those is there to be asked that nobody was discontent with. */
  hasOther(tried: ReadonlySet<string>): boolean {
    return this.#inOrder().some((node) => !tried.has(node) && !this.#avoided.has(node));
  }

  /** Asks another node first from now on. */
  avoid(node: string): void {
    this.#avoided.add(node);
  }

  /** @returns false when every other node was passed over before: then nothing changes. */
  passOver(): boolean {
    const [present, next] = this.#inOrder();
    if (present === undefined || next === undefined || this.#avoided.has(next)) return false;
    this.#avoided.add(present);
    return true;
  }

  #inOrder(): string[] {
    const nodes = this.#known?.nodes ?? [];
    return [...nodes.filter((node) => !this.#avoided.has(node)), ...nodes.filter((node) => this.#avoided.has(node))];
  }

  async #find(deadline: number): Promise<Exclude<Choice, { node: string }> | undefined> {
    const listed = await this.#list(deadline);
    if ('fault' in listed) {
      const isAccess = listed.fault === 'refused' || listed.fault === 'credentials';
      return { problem: `the nodes cannot be listed: ${listed.problem}`, isAccess };
    }
    const online = listed.answer.filter(canRun).map(({ InstanceId = '' }) => InstanceId);
    if (online.length === 0) return { problem: whyNone(listed.answer, this.#instances), isAccess: false };
    const sorted = [...new Set(online)].sort();
    // Whoever answered so far goes on answering, whoever came or left meanwhile.
    const present = sorted.indexOf(this.#inOrder()[0] ?? '');
    const start = present === -1 ? this.#startAt % sorted.length : present;
    this.#known = { nodes: [...sorted.slice(start), ...sorted.slice(0, start)], at: nowOf(this.#ssm) };
    return undefined;
  }

  async #list(deadline: number): Promise<Attempt<InstanceInformation[]>> {
    const Filters = [
      'tag' in this.#instances
        ? { Key: `tag:${this.#instances.tag.key}`, Values: [this.#instances.tag.value] }
        : { Key: 'InstanceIds', Values: this.#instances.ids },
    ];
    const found: InstanceInformation[] = [];
    let NextToken: string | undefined;
    do {
      const input = { Filters, MaxResults: 50, ...(NextToken && { NextToken }) };
      const page = await attempt(this.#ssm, deadline, FREELY, () => this.#ssm.client.send(new DescribeInstanceInformationCommand(input)));
      if ('fault' in page) return page;
      found.push(...(page.answer.InstanceInformationList ?? []));
      NextToken = page.answer.NextToken;
    } while (NextToken);
    return { answer: found };
  }
}

const canRun = ({ InstanceId, PingStatus, PlatformType }: InstanceInformation): boolean =>
  InstanceId !== undefined && PingStatus === 'Online' && PlatformType === 'Linux';

function whyNone(listed: readonly InstanceInformation[], instances: Instances): string {
  const wanted = 'tag' in instances ? `with the tag ${instances.tag.key}=${instances.tag.value}` : `among ${instances.ids.join(', ')}`;
  const states = listed.map(({ InstanceId, PingStatus, PlatformType }) => `${InstanceId} ${PlatformType ?? '?'} ${PingStatus ?? '?'}`);
  return `Systems Manager has no Linux node online ${wanted}${states.length > 0 ? `; it knows ${states.join(', ')}` : ''}`;
}
