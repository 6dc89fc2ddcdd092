import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Accepts one finding of the AWS Solutions rule pack, here and below.
 * @param finding - its name without the name of the pack, such as `SQS3`.
 * @param reason - why it does not apply, or why it has to be as it is.
 */
export function accept(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions-${finding}`, reason });
}

/** Accepts that a role may do something on more than one resource, given as it stands in the policy. */
export function acceptWildcard(construct: IConstruct, resource: string, reason: string): void {
  accept(construct, `IAM5[Resource::${flat(Stack.of(construct).resolve(resource))}]`, reason);
}

/** Text of a CloudFormation expression, as the rule pack writes it: references in angle brackets, everything else as JSON. */
function flat(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[kind, of] = ['', '']] = Object.entries(value);
  if (kind === 'Fn::Join' && Array.isArray(of)) return (of[1] as unknown[]).map(flat).join(String(of[0]));
  if (kind === 'Fn::GetAtt' && Array.isArray(of)) return `<${of.join('.')}>`;
  return kind === 'Ref' ? `<${String(of)}>` : JSON.stringify(value);
}
