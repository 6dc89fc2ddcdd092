import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, actionsOf, byTag, mainStack, REGION, rightsOf, SUBNETS, VPC } from './deployment.ts';

const rest = (url: string, vpc?: { vpcId: string; subnetIds: string[] }) => ({
  transport: 'rest',
  url,
  credentials: { secretId: 'redis/rest' },
  ...(vpc && { vpc }),
});
const inVpc = { vpcId: VPC, subnetIds: SUBNETS };
const attached = (template: Template): string[] =>
  Object.entries(template.findResources('AWS::Lambda::Function')).flatMap(([id, { Properties }]) =>
    Properties.VpcConfig ? id.replace(/Function[0-9A-F]{8}$/, '') : [],
  );

describe('a cluster in a network', () => {
  const template = Template.fromStack(mainStack({ 'us-east': rest('https://us.example.com:9443', inVpc) }));

  it('has the functions that reach clusters in its subnets, and no others', () => {
    expect(attached(template).sort()).toEqual([
      'beginchange',
      'checkmembers',
      'inspectstatus',
      'rebindpolicy',
      'surveycluster',
      'tunesyncer',
      'verifyinfo',
    ]);
    for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function')))
      if (Properties.VpcConfig) expect(Properties.VpcConfig.SubnetIds).toEqual(SUBNETS);
  });

  it('is reached from a security group that lets nobody in, and out only to clusters and AWS', () => {
    const [group] = Object.values(template.findResources('AWS::EC2::SecurityGroup'));
    expect(group?.Properties.VpcId).toBe(VPC);
    expect(group?.Properties.SecurityGroupIngress).toBeUndefined();
    expect(
      group?.Properties.SecurityGroupEgress.map(({ FromPort, ToPort, IpProtocol }: Record<string, unknown>) => [
        IpProtocol,
        FromPort,
        ToPort,
      ]),
    ).toEqual([
      ['tcp', 443, 443],
      ['tcp', 9443, 9443],
    ]);
  });

  it('gives way to the port of every REST API of the configuration', () => {
    const other = { ...byTag('eu-west'), health: { url: 'https://eu.example.com:8443', credentials: { secretId: 'redis/eu' } } };
    const both = Template.fromStack(mainStack({ 'us-east': rest('https://us.example.com', inVpc), 'eu-west': other }));
    const [group] = Object.values(both.findResources('AWS::EC2::SecurityGroup'));
    expect(group?.Properties.SecurityGroupEgress.map(({ FromPort }: { FromPort: number }) => FromPort)).toEqual([443, 8443]);
  });

  it('may be one with nodes that Run Command reaches, for the REST API that watches its health', () => {
    const health = { url: 'https://eu.example.com:8443', credentials: { secretId: 'redis/eu' } };
    const watched = Template.fromStack(mainStack({ 'eu-west': { ...byTag('eu-west'), health, vpc: inVpc } }));
    expect(attached(watched)).toContain('verifyinfo');
    const [group] = Object.values(watched.findResources('AWS::EC2::SecurityGroup'));
    expect(group?.Properties.SecurityGroupEgress.map(({ FromPort }: { FromPort: number }) => FromPort)).toEqual([443, 8443]);
    const far = { ...byTag('us-east'), vpc: { vpcId: 'vpc-0123456789abcdef9', subnetIds: SUBNETS } };
    expect(() => mainStack({ 'eu-west': { ...byTag('eu-west'), vpc: inVpc }, 'us-east': far })).toThrow(
      /^clusters\.eu-west\.vpc and clusters\.us-east\.vpc: /,
    );
  });

  it('lets Lambda manage interfaces in the name of a function, and keeps the code of the function from it', () => {
    const interfaces = rightsOf(mainStack({ 'us-east': rest('https://us.example.com:9443', inVpc) }), 'tune-syncer').filter((statement) =>
      actionsOf(statement).every((action) => action.startsWith('ec2:')),
    );
    const [allowed, denied] = interfaces;
    expect(interfaces.map(({ Effect }) => Effect)).toEqual(['Allow', 'Deny']);
    expect(denied?.Condition).toEqual({
      ArnLike: { 'lambda:SourceFunctionArn': `arn:<AWS::Partition>:lambda:${REGION}:${ACCOUNT}:function:Syncshift-*` },
    });
    for (const action of allowed ? actionsOf(allowed) : []) expect(denied && actionsOf(denied)).toContain(action);
  });

  it('shares the network with others in it, each with its subnets', () => {
    const beside = rest('https://eu.example.com:9443', { vpcId: VPC, subnetIds: ['subnet-0123456789abcdef2'] });
    const both = Template.fromStack(mainStack({ 'us-east': rest('https://us.example.com:9443', inVpc), 'us-two': beside }));
    both.resourceCountIs('AWS::EC2::SecurityGroup', 1);
    both.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: { SubnetIds: [...SUBNETS, 'subnet-0123456789abcdef2'] } });
  });

  it('cannot be deployed together with one in another network', () => {
    const far = rest('https://eu.example.com:9443', { vpcId: 'vpc-0123456789abcdef9', subnetIds: ['subnet-0123456789abcdef9'] });
    expect(() => mainStack({ 'us-east': rest('https://us.example.com:9443', inVpc), 'eu-west': far })).toThrow(
      /^clusters\.us-east\.vpc and clusters\.eu-west\.vpc: .*expected the same vpcId or a second configuration/,
    );
  });
});

it('no function is in a network when no cluster asks for one', () => {
  const template = Template.fromStack(mainStack({ 'us-east': rest('https://us.example.com:9443'), 'eu-west': byTag('eu-west') }));
  expect(attached(template)).toEqual([]);
  template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
});
