import type { ChatPorts } from '../runtime/chat-ports.ts';
import { escaped } from './escape.ts';

/** Why a cluster cannot be asked about, as mrkdwn, or undefined. */
export const whyNoCluster = ({ cluster }: { readonly cluster: string }, { clusters }: Pick<ChatPorts, 'clusters'>): string | undefined =>
  clusters.includes(cluster)
    ? undefined
    : `no cluster ${escaped(cluster)} is configured; there is ${clusters.map(escaped).join(', ') || 'none'}`;
