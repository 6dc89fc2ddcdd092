/**
 * Writes what is generated from the synthesised workflow: the definition that the local engine runs, and the picture in the
 * README. With `--check` it writes nothing and fails when one of them is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SyncshiftStack } from '../lib/stacks/syncshift-stack.ts';
import { toMermaid } from './mermaid.ts';

const DEFINITION = 'lib/local/definitions/change.asl.json';
const README = 'README.md';
const PICTURE = /(<!-- workflow:begin -->\n)[\s\S]*?(<!-- workflow:end -->)/;

/** The template holds the definition as text joined with references to functions; here each becomes a placeholder ARN. */
function resolveDefinition(template: Template): string {
  const machines = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const text = machines[0]?.Properties.DefinitionString;
  const parts: unknown[] = text['Fn::Join'][1];
  const resolved = parts.map((part) => {
    if (typeof part === 'string') return part;
    const [logicalId] = (part as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'];
    // The hash that CDK appends says nothing on one machine.
    return `arn:aws:lambda:us-east-1:000000000000:function:${logicalId.replace(/Function[0-9A-F]{8}$/, '')}`;
  });
  return JSON.stringify(JSON.parse(resolved.join('')), null, 2);
}

// Bundling is for deployment; the definition does not depend on it.
const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const definition = `${resolveDefinition(Template.fromStack(new SyncshiftStack(app, 'Syncshift')))}\n`;
const readme = readFileSync(README, 'utf8');
const picture = readme.replace(PICTURE, (_all, begin: string, end: string) => `${begin}${toMermaid(JSON.parse(definition))}\n${end}`);

const generated = { [DEFINITION]: definition, [README]: picture };
if (process.argv.includes('--check')) {
  const stale = Object.entries(generated).filter(([path, text]) => readFileSync(path, 'utf8') !== text);
  if (stale.length > 0) {
    process.stderr.write(`stale: ${stale.map(([path]) => path).join(', ')}; run "npm run definitions" and commit the result\n`);
    process.exit(1);
  }
} else {
  for (const [path, text] of Object.entries(generated)) writeFileSync(path, text);
}
