/**
 * Writes what is generated from the synthesised workflows: the definitions that the local engine runs, and the picture in the
 * README. With `--check` it writes nothing and fails when one of them is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DEPLOYED } from '../lambdas/contracts/deployment.ts';
import { SyncshiftStack } from '../lib/stacks/syncshift-stack.ts';
import { toMermaid } from './mermaid.ts';

const DEFINITIONS = {
  'lib/local/definitions/change.asl.json': DEPLOYED.stateMachine,
  'lib/local/definitions/recover-change.asl.json': DEPLOYED.recovery,
  'lib/local/definitions/rollout.asl.json': DEPLOYED.rollout,
};
const PICTURED = 'lib/local/definitions/change.asl.json';
const README = 'README.md';
const PICTURE = /(<!-- workflow:begin -->\n)[\s\S]*?(<!-- workflow:end -->)/;

const PLACE: Record<string, string> = { 'AWS::Partition': 'aws', 'AWS::Region': 'us-east-1', 'AWS::AccountId': '000000000000' };

/** Functions and workflows become placeholder ARNs. The hash that CDK appends to their names says nothing on one machine. */
function resolve(part: string | { 'Fn::GetAtt': [string, string] } | { Ref: string }): string {
  if (typeof part === 'string') return part;
  if ('Ref' in part) return PLACE[part.Ref] ?? `arn:aws:states:us-east-1:000000000000:stateMachine:${part.Ref.replace(/[0-9A-F]{8}$/, '')}`;
  const [logicalId] = part['Fn::GetAtt'];
  return `arn:aws:lambda:us-east-1:000000000000:function:${logicalId.replace(/Function[0-9A-F]{8}$/, '')}`;
}

/** The definition of a state machine, which the template holds as text joined with references. */
function definitionOf(template: Template, name: string): string {
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine', { Properties: { StateMachineName: name } }));
  const parts: Parameters<typeof resolve>[0][] = machine?.Properties.DefinitionString['Fn::Join'][1];
  return `${JSON.stringify(JSON.parse(parts.map(resolve).join('')), null, 2)}\n`;
}

// Bundling is for deployment; the definition does not depend on it.
const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const template = Template.fromStack(new SyncshiftStack(app, 'Syncshift'));
const definitions: Record<string, string> = Object.fromEntries(
  Object.entries(DEFINITIONS).map(([path, name]) => [path, definitionOf(template, name)]),
);
const readme = readFileSync(README, 'utf8');
const chart = toMermaid(JSON.parse(definitions[PICTURED] ?? ''));
const picture = readme.replace(PICTURE, (_all, begin: string, end: string) => `${begin}${chart}\n${end}`);

const generated = { ...definitions, [README]: picture };
const current = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
if (process.argv.includes('--check')) {
  const stale = Object.entries(generated).filter(([path, text]) => current(path) !== text);
  if (stale.length > 0) {
    process.stderr.write(`stale: ${stale.map(([path]) => path).join(', ')}; run "npm run definitions" and commit the result\n`);
    process.exit(1);
  }
} else {
  for (const [path, text] of Object.entries(generated)) writeFileSync(path, text);
}
