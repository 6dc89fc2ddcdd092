import {
  GetCommandInvocationCommand,
  type GetCommandInvocationCommandOutput,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { rladminDocument } from '../../../../../lambdas/contracts/rladmin-document.ts';
import { type SsmFront, type SsmFrontOptions, startSsmFront } from '../../../../../lib/simulator/ssm/front.ts';

export const DOCUMENT = 'syncshift-lab';
export const [FIRST, SECOND] = ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2'];

export const frontFor = (rladmin: string, options: Partial<SsmFrontOptions> = {}): Promise<SsmFront> =>
  startSsmFront({
    documents: { [DOCUMENT]: rladminDocument({ rladmin, runAs: 'root' }) },
    instances: [
      { id: FIRST, node: 1, tags: { 'redis-cluster': 'lab' } },
      { id: SECOND, node: 2, tags: { 'redis-cluster': 'lab' } },
    ],
    ...options,
  });

export const clientFor = (front: SsmFront, maxAttempts = 1): SSMClient =>
  new SSMClient({
    endpoint: front.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
    maxAttempts,
  });

/** Sends a command to the first node and gives its id. */
export async function send(
  client: SSMClient,
  parameters: Record<string, string>,
  input: Partial<SendCommandCommandInput> = {},
): Promise<string> {
  const Parameters = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
  const sent = await client.send(
    new SendCommandCommand({ DocumentName: DOCUMENT, InstanceIds: [FIRST], Parameters, TimeoutSeconds: 30, ...input }),
  );
  return sent.Command?.CommandId ?? '';
}

export const ask = (client: SSMClient, id: string, instance = FIRST): Promise<GetCommandInvocationCommandOutput> =>
  client.send(new GetCommandInvocationCommand({ CommandId: id, InstanceId: instance }));
