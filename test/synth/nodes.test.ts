import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { rladminDocument } from '../../lambdas/contracts/rladmin-document.ts';
import { NodesStack } from '../../lib/stacks/nodes-stack.ts';
import { nodesStackIdOf, placesOf } from '../../lib/stacks/places.ts';
import { ACCOUNT, byTag, flat, loaded, mainStack, NODES_ROLE, newApp, OTHER_ACCOUNT, REGION } from './deployment.ts';

const documentsOf = (template: Template): string[] =>
  Object.values(template.findResources('AWS::SSM::Document')).map(({ Properties }) => Properties.Name);

const inOtherAccount = (cluster: string, region: string) => ({ ...byTag(cluster, region), roleArn: NODES_ROLE });

const CLUSTERS = {
  'eu-west': { ...byTag('eu-west'), rladmin: '/srv/redis/bin/rladmin', runAs: 'redislabs' },
  'us-west': byTag('us-west', 'us-west-2'),
  'ap-south': inOtherAccount('ap-south', 'ap-south-1'),
  'ap-east': inOtherAccount('ap-east', 'ap-east-1'),
};

/** The stacks that the main stack of these clusters asks for, by region. */
function nodesStacks(account: string | undefined): Record<string, Template> {
  const main = mainStack(CLUSTERS, {}, { ...(account && { account }), region: REGION });
  return Object.fromEntries(
    main.elsewhere.map(({ account: owner, region = '', clusters, roles }) => [
      region,
      Template.fromStack(
        new NodesStack(newApp(), `Nodes-${region}`, {
          env: { ...(owner && { account: owner }), region },
          clusters,
          roles,
          main: { stackName: 'Syncshift', account },
        }),
      ),
    ]),
  );
}

describe('the Run Command document of a cluster', () => {
  it('is in the main stack when its nodes are in the same account and region', () => {
    const template = Template.fromStack(mainStack(CLUSTERS));
    expect(documentsOf(template)).toEqual(['syncshift-eu-west']);
    template.hasResourceProperties('AWS::SSM::Document', {
      DocumentType: 'Command',
      DocumentFormat: 'JSON',
      Content: rladminDocument({ rladmin: '/srv/redis/bin/rladmin', runAs: 'redislabs' }),
      // Its name cannot change, so neither can it be replaced.
      UpdateMethod: 'NewVersion',
    });
  });

  it('is in a stack for each other account and region', () => {
    const stacks = nodesStacks(ACCOUNT);
    expect(Object.fromEntries(Object.entries(stacks).map(([region, template]) => [region, documentsOf(template)]))).toEqual({
      'us-west-2': ['syncshift-us-west'],
      'ap-south-1': ['syncshift-ap-south'],
      'ap-east-1': ['syncshift-ap-east'],
    });
  });

  it.each(['Default', 'Resource'])('is made for a cluster with the name %s, which CDK keeps for itself', (name) => {
    const template = Template.fromStack(mainStack({ [name]: byTag(name) }));
    expect(Object.keys(template.findResources('AWS::SSM::Document'))).toEqual([expect.stringMatching(`^NodesDocument${name}`)]);
  });

  it('has no place while the region of the main stack is not known', () => {
    const { clusters } = loaded(CLUSTERS).configuration;
    const deployable = Object.fromEntries(
      Object.entries(clusters).flatMap(([name, one]) => (one.transport === 'exec' ? [] : [[name, one]])),
    );
    expect(() => placesOf(deployable, { account: undefined, region: undefined })).toThrow(
      /^clusters\.eu-west: .*expected one from -c region=/,
    );
    expect(placesOf({}, { account: undefined, region: undefined }).elsewhere).toEqual([]);
  });
});

describe('the stack of another account or region', () => {
  const main = { account: ACCOUNT, region: REGION };

  it('has a name of its own for each deployment that may need one there', () => {
    const there = { account: ACCOUNT, region: 'us-west-2' };
    const ids = [main, { ...main, region: 'us-east-1' }].map((deployment) => nodesStackIdOf(deployment, there));
    expect(ids).toEqual(['SyncshiftNodes-us-west-2-for-eu-west-1', 'SyncshiftNodes-us-west-2-for-us-east-1']);
  });

  it('names both accounts where they differ, as far as they are known', () => {
    const there = { account: OTHER_ACCOUNT, region: 'us-west-2' };
    expect(nodesStackIdOf(main, there)).toBe(`SyncshiftNodes-${OTHER_ACCOUNT}-us-west-2-for-${ACCOUNT}-eu-west-1`);
    expect(nodesStackIdOf({ ...main, account: undefined }, there)).toBe(`SyncshiftNodes-${OTHER_ACCOUNT}-us-west-2-for-eu-west-1`);
  });
});

describe('the role that leads to another account', () => {
  const roleIn = (template: Template | undefined) => {
    const roles = Object.values(template?.findResources('AWS::IAM::Role') ?? {}).map(
      ({ Properties }) => flat(Properties) as Record<string, never>,
    );
    return roles;
  };

  it('is made once in the account, with the name that the configuration gives it', () => {
    const stacks = nodesStacks(ACCOUNT);
    expect(roleIn(stacks['ap-south-1'])).toMatchObject([{ RoleName: 'syncshift-nodes', Path: '/redis/' }]);
    expect(roleIn(stacks['ap-east-1'])).toEqual([]);
    expect(roleIn(stacks['us-west-2'])).toEqual([]);
  });

  it('may be taken on by the functions of the main stack and by nobody else', () => {
    expect(roleIn(nodesStacks(ACCOUNT)['ap-south-1'])).toMatchObject([
      {
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sts:AssumeRole',
              Principal: { AWS: `arn:<AWS::Partition>:iam::${ACCOUNT}:root` },
              Condition: { ArnLike: { 'aws:PrincipalArn': `arn:*:iam::${ACCOUNT}:role/Syncshift-*` } },
            },
          ],
        },
      },
    ]);
  });

  it('asks for the account of the main stack where it is not known', () => {
    const template = nodesStacks(undefined)['ap-south-1'];
    expect(Object.keys(template?.findParameters('MainAccount') ?? {})).toEqual(['MainAccount']);
    expect(JSON.stringify(roleIn(template))).toContain('arn:*:iam::<MainAccount>:role/Syncshift-*');
    expect(Object.keys(nodesStacks(undefined)['us-west-2']?.findParameters('MainAccount') ?? {})).toEqual([]);
  });

  it('may do for its clusters what functions may do in their own account, in every region of them', () => {
    const [role] = roleIn(nodesStacks(ACCOUNT)['ap-south-1']);
    const { Statement } = (role as unknown as { Policies: [{ PolicyDocument: { Statement: { Action: string; Resource: unknown }[] } }] })
      .Policies[0].PolicyDocument;
    expect(Statement.filter(({ Action }) => Action === 'ssm:SendCommand').map(({ Resource }) => Resource)).toEqual([
      [
        `arn:<AWS::Partition>:ssm:ap-east-1:${OTHER_ACCOUNT}:document/syncshift-ap-east`,
        `arn:<AWS::Partition>:ssm:ap-south-1:${OTHER_ACCOUNT}:document/syncshift-ap-south`,
      ],
      [
        `arn:<AWS::Partition>:ec2:ap-east-1:${OTHER_ACCOUNT}:instance/*`,
        `arn:<AWS::Partition>:ssm:ap-east-1:${OTHER_ACCOUNT}:managed-instance/*`,
      ],
      [
        `arn:<AWS::Partition>:ec2:ap-south-1:${OTHER_ACCOUNT}:instance/*`,
        `arn:<AWS::Partition>:ssm:ap-south-1:${OTHER_ACCOUNT}:managed-instance/*`,
      ],
    ]);
    expect(Statement.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('ssm:'))).toEqual([]);
  });
});
