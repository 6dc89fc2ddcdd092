import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** A topic that is encrypted at rest with a key of its own, and on the way. @param what - is told there, in words. */
export function encryptedTopic(scope: Construct, what: string): { topic: Topic; key: Key } {
  const key = new Key(scope, 'Key', {
    description: `Encrypts ${what}`,
    enableKeyRotation: true,
    // Nothing is kept that it would be needed for.
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return { key, topic: new Topic(scope, 'Topic', { displayName: 'syncshift', masterKey: key, enforceSSL: true }) };
}
