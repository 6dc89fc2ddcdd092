import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { acceptWildcard } from './accept.ts';

/** Lets a function read these secrets, given by name or whole ARN, and no others. */
export function grantReadingSecrets(role: Role, secretIds: readonly string[]): void {
  if (secretIds.length === 0) return;
  const { partition, region, account, urlSuffix } = Stack.of(role);
  const secrets = secretIds.map((secretId) => arnOf(secretId, Stack.of(role)));
  role.addToPrincipalPolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secrets }));
  // A secret may be encrypted with any key of the account; the conditions leave decrypting these secrets, by way of their service.
  const anyKey = `arn:${partition}:kms:${region}:${account}:key/*`;
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: [anyKey],
      conditions: {
        StringEquals: { 'kms:ViaService': `secretsmanager.${region}.${urlSuffix}` },
        StringLike: { 'kms:EncryptionContext:SecretARN': secrets },
      },
    }),
  );
  acceptWildcard(
    role,
    anyKey,
    'The configuration names secrets and not their keys; the conditions allow nothing but decrypting these secrets',
  );
}

/** Secrets Manager appends a hyphen and six characters of its own to the name of a secret. */
const arnOf = (secretId: string, { partition, region, account }: Stack): string =>
  secretId.startsWith('arn:') ? secretId : `arn:${partition}:secretsmanager:${region}:${account}:secret:${secretId}-??????`;
