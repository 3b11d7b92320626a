import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { parseSnapshot, SNAPSHOT_SCHEMA, toSnapshot } from '../../src/inventory/snapshot.ts';

const SCOPE = { accountId: '111122223333', region: 'eu-west-1' };

/** A snapshot of one region, as in a JSON file. */
function snapshotOf(lists: object): unknown {
  return { schema: SNAPSHOT_SCHEMA, regions: [{ ...SCOPE, ...lists }] };
}

function parseOne(lists: object): Inventory {
  const { inventories, problems } = parseSnapshot(snapshotOf(lists), 'account.json');
  expect(problems).toEqual([]);
  return inventories[0] as Inventory;
}

describe('parseSnapshot', () => {
  it('renames what the CLI prints', () => {
    const inventory = parseOne({
      Reservations: [
        {
          ReservationId: 'r-1',
          RequesterId: '940372691376',
          OwnerId: '111122223333',
          Instances: [
            {
              InstanceId: 'i-1',
              InstanceType: 'm5.large',
              ImageId: 'ami-1',
              State: { Code: 16, Name: 'running' },
              LaunchTime: '2026-11-02T10:00:00+00:00',
              Placement: { AvailabilityZone: 'eu-west-1a', Tenancy: 'default' },
              SubnetId: 'subnet-a',
              VpcId: 'vpc-1',
              PrivateIpAddress: '10.0.1.5',
              Tags: [{ Key: 'Name', Value: 'web' }],
              NetworkInterfaces: [
                { NetworkInterfaceId: 'eni-2', Attachment: { DeviceIndex: 1, NetworkCardIndex: 0 } },
                { NetworkInterfaceId: 'eni-1', Attachment: { DeviceIndex: 0, NetworkCardIndex: 0 } },
              ],
              Operator: { Managed: true, Principal: 'eks.amazonaws.com' },
            },
          ],
        },
      ],
    });
    expect(inventory).toEqual({
      ...SCOPE,
      instances: [
        {
          instanceId: 'i-1',
          instanceType: 'm5.large',
          imageId: 'ami-1',
          state: 'running',
          launchTime: new Date('2026-11-02T10:00:00Z'),
          availabilityZone: 'eu-west-1a',
          subnetId: 'subnet-a',
          vpcId: 'vpc-1',
          privateIpAddress: '10.0.1.5',
          tags: [{ key: 'Name', value: 'web' }],
          networkInterfaceIds: ['eni-1', 'eni-2'],
          reservationId: 'r-1',
          requesterId: '940372691376',
          managed: true,
        },
      ],
    });
  });

  it.each([
    ['absent', {}],
    ['null', { NetworkAcls: null }],
  ])('leaves a list that is %s undefined, not empty', (_, lists) => {
    expect(parseOne(lists).networkAcls).toBeUndefined();
  });

  it('keeps an empty list empty', () => {
    expect(parseOne({ NetworkAcls: [] }).networkAcls).toEqual([]);
  });

  it.each([
    ['TagSet', { TagSet: [{ Key: 'a', Value: '1' }] }],
    ['Tags', { Tags: [{ Key: 'a', Value: '1' }] }],
  ])("reads an interface's tags from %s", (_, tags) => {
    const { networkInterfaces } = parseOne({ NetworkInterfaces: [{ NetworkInterfaceId: 'eni-1', ...tags }] });
    expect(networkInterfaces?.[0]?.tags).toEqual([{ key: 'a', value: '1' }]);
  });

  it('gives an instance without interfaces those that are attached to it, in device order', () => {
    const { instances } = parseOne({
      Reservations: [{ Instances: [{ InstanceId: 'i-1', State: { Name: 'running' } }] }],
      NetworkInterfaces: [
        { NetworkInterfaceId: 'eni-b', Attachment: { InstanceId: 'i-1', DeviceIndex: 1 } },
        { NetworkInterfaceId: 'eni-a', Attachment: { InstanceId: 'i-1', DeviceIndex: 0 } },
        { NetworkInterfaceId: 'eni-c', Attachment: { InstanceId: 'i-2', DeviceIndex: 0 } },
      ],
    });
    expect(instances?.[0]?.networkInterfaceIds).toEqual(['eni-a', 'eni-b']);
  });

  it.each([
    ['a protocol written as a number', { IpProtocol: 17 }, { ipProtocol: '17' }],
    ['all protocols, without ports', { IpProtocol: '-1' }, { ipProtocol: '-1' }],
    ['a range', { IpProtocol: 'udp', FromPort: 1, ToPort: 2 }, { ipProtocol: 'udp', fromPort: 1, toPort: 2 }],
  ])("reads a group's permission with %s", (_, written, read) => {
    const { securityGroups } = parseOne({ SecurityGroups: [{ GroupId: 'sg-1', IpPermissions: [written] }] });
    const lists = { cidrIps: [], cidrIpv6s: [], prefixListIds: [], userIdGroupPairs: [] };
    expect(securityGroups?.[0]?.ipPermissions).toEqual([{ ...lists, ...read }]);
  });

  it.each([
    ['absent', {}, undefined],
    ['empty, as created without any', { SecurityGroups: [] }, undefined],
    ['given', { SecurityGroups: ['sg-1'] }, ['sg-1']],
  ])("reads a balancer's groups that are %s", (_, groups, expected) => {
    const { loadBalancers } = parseOne({ LoadBalancers: [{ LoadBalancerArn: 'arn:nlb', ...groups }] });
    expect(loadBalancers?.[0]?.securityGroupIds).toEqual(expected);
  });

  it.each([
    ['network-interface', { NetworkInterfaceId: 'eni-1' }, { networkInterfaceId: 'eni-1' }],
    ['network-load-balancer', { NetworkLoadBalancerArn: 'arn:nlb' }, { networkLoadBalancerArn: 'arn:nlb' }],
    [
      'gateway-load-balancer-endpoint',
      { GatewayLoadBalancerEndpointId: 'vpce-1' },
      { gatewayLoadBalancerEndpointId: 'vpce-1' },
    ],
  ])('reads a target of type %s, and writes it back the same', (Type, written, read) => {
    const target = { TrafficMirrorTargetId: 'tmt-1', Type, ...written, OwnerId: '1', Description: 'd', Tags: [] };
    const inventory = parseOne({ TrafficMirrorTargets: [target] });
    const fields = { trafficMirrorTargetId: 'tmt-1', ownerId: '1', description: 'd', tags: [] };
    expect(inventory.trafficMirrorTargets).toStrictEqual([{ ...fields, type: Type, ...read }]);
    expect(JSON.stringify(toSnapshot([inventory]))).toBe(
      JSON.stringify(snapshotOf({ TrafficMirrorTargets: [target] })),
    );
  });

  it.each([
    ['of a type that AWS may add', 'virtual-appliance'],
    ['that does not name its interface', 'network-interface'],
  ])('keeps a target %s as unknown, beside the others', (_, Type) => {
    const strange = { TrafficMirrorTargetId: 'tmt-1', Type, Tags: [] };
    const known = {
      ...strange,
      TrafficMirrorTargetId: 'tmt-2',
      Type: 'network-interface',
      NetworkInterfaceId: 'eni-1',
    };
    const inventory = parseOne({ TrafficMirrorTargets: [strange, known] });
    expect(inventory.trafficMirrorTargets).toMatchObject([
      { type: 'unknown', awsType: Type },
      { type: 'network-interface' },
    ]);
    expect(toSnapshot([inventory])).toMatchObject({ regions: [{ TrafficMirrorTargets: [strange, {}] }] });
  });

  it.each([
    ['names', ['eu-west-1a'], [{ zoneName: 'eu-west-1a' }]],
    ['objects', [{ ZoneName: 'eu-west-1a', SubnetId: 's' }], [{ zoneName: 'eu-west-1a', subnetId: 's' }]],
    [
      'objects with the node address',
      [{ ZoneName: 'a', LoadBalancerAddresses: [{ IpAddress: '192.0.2.1' }, { PrivateIPv4Address: '10.0.0.9' }] }],
      [{ zoneName: 'a', privateIpAddress: '10.0.0.9' }],
    ],
  ])("reads a balancer's zones given as %s", (_, AvailabilityZones, expected) => {
    const { loadBalancers } = parseOne({ LoadBalancers: [{ LoadBalancerArn: 'arn:nlb', AvailabilityZones }] });
    expect(loadBalancers?.[0]?.availabilityZones).toEqual(expected);
  });

  it('reads main and explicit associations of a route table', () => {
    const { routeTables } = parseOne({
      RouteTables: [
        { RouteTableId: 'rtb-1', Associations: [{ Main: true }], Routes: [] },
        { RouteTableId: 'rtb-2', Associations: [{ Main: false, SubnetId: 'subnet-a' }], Routes: [] },
      ],
    });
    expect(routeTables).toMatchObject([
      { main: true, subnetIds: [] },
      { main: false, subnetIds: ['subnet-a'] },
    ]);
  });

  it('reads the ids of associations and attachments', () => {
    const { networkAcls, routeTables, networkInterfaces } = parseOne({
      NetworkAcls: [
        {
          NetworkAclId: 'acl-1',
          Associations: [
            { NetworkAclAssociationId: 'aclassoc-1', NetworkAclId: 'acl-1', SubnetId: 'subnet-a' },
            { SubnetId: 'subnet-b' },
          ],
          Entries: [],
        },
        { NetworkAclId: 'acl-2', Associations: [{ SubnetId: 'subnet-c' }], Entries: [] },
      ],
      RouteTables: [
        {
          RouteTableId: 'rtb-1',
          Associations: [
            { Main: true, RouteTableAssociationId: 'rtbassoc-1' },
            { Main: false, RouteTableAssociationId: 'rtbassoc-2', SubnetId: 'subnet-a' },
            { Main: false, RouteTableAssociationId: 'rtbassoc-3', GatewayId: 'igw-1' },
            { Main: false, SubnetId: 'subnet-b' },
          ],
          Routes: [],
        },
      ],
      NetworkInterfaces: [
        { NetworkInterfaceId: 'eni-1', Attachment: { AttachmentId: 'eni-attach-1', DeviceIndex: 1 } },
      ],
    });
    expect(networkAcls).toEqual([
      {
        networkAclId: 'acl-1',
        subnetIds: ['subnet-a', 'subnet-b'],
        associations: [{ networkAclAssociationId: 'aclassoc-1', subnetId: 'subnet-a' }],
        entries: [],
      },
      { networkAclId: 'acl-2', subnetIds: ['subnet-c'], entries: [] },
    ]);
    expect(routeTables).toMatchObject([
      {
        main: true,
        subnetIds: ['subnet-a', 'subnet-b'],
        associations: [
          { routeTableAssociationId: 'rtbassoc-1', main: true },
          { routeTableAssociationId: 'rtbassoc-2', main: false, subnetId: 'subnet-a' },
        ],
      },
    ]);
    expect(networkInterfaces).toMatchObject([{ attachment: { attachmentId: 'eni-attach-1', deviceIndex: 1 } }]);
  });

  it('reads the rules of security groups as DescribeSecurityGroupRules prints them', () => {
    const rule = { GroupOwnerId: '111122223333', GroupId: 'sg-1', IsEgress: false, IpProtocol: 'udp' };
    const { securityGroupRules } = parseOne({
      SecurityGroupRules: [
        { ...rule, SecurityGroupRuleId: 'sgr-1', FromPort: 4789, ToPort: 4789, CidrIpv4: '10.0.0.0/8', Tags: [] },
        { ...rule, SecurityGroupRuleId: 'sgr-2', ReferencedGroupInfo: { GroupId: 'sg-2', UserId: '111122223333' } },
      ],
    });
    const read = { groupId: 'sg-1', isEgress: false, ipProtocol: 'udp' };
    expect(securityGroupRules).toEqual([
      { ...read, securityGroupRuleId: 'sgr-1', fromPort: 4789, toPort: 4789, cidrIpv4: '10.0.0.0/8' },
      { ...read, securityGroupRuleId: 'sgr-2', referencedGroupInfo: { groupId: 'sg-2', userId: '111122223333' } },
    ]);
  });

  it('does not count a list that only causes need among the unread ones', () => {
    const { unread, unreadForCauses } = parseOne({ unread: { securityGroupRules: 'denied' } });
    expect(unread).toBeUndefined();
    expect(unreadForCauses).toEqual({ securityGroupRules: 'denied' });
  });

  it.each([
    ['an item that is not an object', { Subnets: ['x'] }, 'regions[0].Subnets[0]', /an object/],
    ['an item without its id', { Subnets: [{}] }, 'regions[0].Subnets[0].SubnetId', /nothing/],
    ['a list that is not one', { Subnets: {} }, 'regions[0].Subnets', /a list/],
    [
      'a nested value',
      { NetworkAcls: [{ NetworkAclId: 'acl-1', Entries: [{ RuleNumber: '100' }] }] },
      'regions[0].NetworkAcls[0].Entries[0].RuleNumber',
      /whole number, found string "100"/,
    ],
    [
      'a state no instance has',
      { Reservations: [{ Instances: [{ InstanceId: 'i-1', State: { Name: 'asleep' } }] }] },
      'regions[0].Reservations[0].Instances[0].State.Name',
      /pending \| running/,
    ],
    ['a reservation without instances', { Reservations: [{}] }, 'regions[0].Reservations[0].Instances', /a list/],
    [
      'a time that is none',
      { Reservations: [{ Instances: [{ InstanceId: 'i-1', State: { Name: 'running' }, LaunchTime: 'soon' }] }] },
      'regions[0].Reservations[0].Instances[0].LaunchTime',
      /a time/,
    ],
    [
      'rules left out',
      { SecurityGroups: [{ GroupId: 'sg-1' }] },
      'regions[0].SecurityGroups[0].IpPermissions',
      /nothing/,
    ],
    [
      'a key with the wrong capitals',
      { networkinterfaces: [] },
      'regions[0].networkinterfaces',
      /written NetworkInterfaces/,
    ],
  ])('names %s by its path', (_, lists, path, message) => {
    const { inventories, problems } = parseSnapshot(snapshotOf(lists), 'account.json');
    expect(problems).toEqual([{ path, message: expect.stringMatching(message) }]);
    expect(inventories).toHaveLength(1);
  });

  it('keeps the other items of a list, and marks the list as incomplete', () => {
    const lists = { Subnets: [{ SubnetId: 'subnet-a' }, {}, { SubnetId: 'subnet-b' }] };
    const [inventory] = parseSnapshot(snapshotOf(lists), 'account.json').inventories;
    expect(inventory?.subnets?.map(({ subnetId }) => subnetId)).toEqual(['subnet-a', 'subnet-b']);
    expect(inventory?.incomplete).toEqual({ subnets: expect.stringContaining('regions[0].Subnets[1]') });
  });

  it.each([
    ['TrafficMirrorSessions', 'trafficMirrorSessions'],
    ['RouteTables', 'routeTables'],
    ['TrafficMirrorTargets', 'trafficMirrorTargets'],
    ['Listeners', 'listeners'],
  ])('makes %s unread when one item is, because absence from that list is an answer', (key, name) => {
    const [inventory] = parseSnapshot(snapshotOf({ [key]: [{}] }), 'account.json').inventories;
    expect(inventory).not.toHaveProperty(name);
    expect(inventory?.unread).toHaveProperty(name);
  });

  it('skips a region without its account, keeps the others, and uses the first of two descriptions', () => {
    const json = { schema: SNAPSHOT_SCHEMA, regions: [{ region: 'x' }, SCOPE, { ...SCOPE, Subnets: [] }] };
    const { inventories, problems } = parseSnapshot(json, 'account.json');
    expect(inventories).toEqual([SCOPE]);
    expect(problems.map(({ path }) => path)).toEqual(['regions[0].accountId', 'regions[2]']);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['text', 'x'],
    ['a document without the schema', { Reservations: [] }],
    ['another schema version', { schema: 'mirrorwatch.account/2', regions: [] }],
    ['no regions', { schema: SNAPSHOT_SCHEMA }],
  ])('refuses %s', (_, json) => {
    const refusal = expect.objectContaining({ code: 'snapshot-invalid', message: expect.stringContaining('acc.json') });
    expect(() => parseSnapshot(json, 'acc.json')).toThrow(refusal);
  });

  it('turns any regions into inventories and problems, and never throws', () => {
    const keys = [
      'Reservations',
      'NetworkInterfaces',
      'LoadBalancers',
      'RouteTables',
      'TrafficMirrorFilters',
      'unread',
    ];
    const region = fc.record({
      accountId: fc.oneof(fc.constant('1'), fc.jsonValue()),
      region: fc.constant('r'),
      lists: fc.dictionary(fc.constantFrom(...keys), fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()))),
    });
    fc.assert(
      fc.property(fc.array(region), (regions) => {
        const json = { schema: SNAPSHOT_SCHEMA, regions: regions.map(({ lists, ...rest }) => ({ ...rest, ...lists })) };
        const { inventories, problems } = parseSnapshot(json, 'x');
        expect(inventories.length + problems.length).toBeGreaterThanOrEqual(regions.length === 0 ? 0 : 1);
      }),
    );
  });
});

const name = fc.stringMatching(/^[a-z]{1,6}$/);
const tags = fc.array(fc.record({ key: fc.string(), value: fc.string() }), { maxLength: 3 });

/** Subnets of which some have an association whose id is known. */
function associated<T>(toAssociation: (subnetId: string, id: string) => T) {
  return fc.uniqueArray(fc.tuple(name, fc.boolean()), { selector: ([subnetId]) => subnetId }).map((subnets) => ({
    subnetIds: subnets.map(([subnetId]) => subnetId),
    associations: subnets.flatMap(([subnetId, isKnown]) =>
      isKnown ? [toAssociation(subnetId, `id-${subnetId}`)] : [],
    ),
  }));
}

/** Inventories with the lists whose AWS form differs by more than names. */
const anInventory: fc.Arbitrary<Inventory> = fc.record(
  {
    accountId: name,
    region: name,
    instances: fc.array(
      fc.record(
        {
          instanceId: name,
          instanceType: name,
          state: fc.constantFrom('running', 'stopped', 'terminated'),
          launchTime: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
          availabilityZone: name,
          tags,
          networkInterfaceIds: fc.array(name),
          reservationId: fc.constantFrom('r-1', 'r-2'),
          requesterId: name,
          managed: fc.boolean(),
        },
        { requiredKeys: ['instanceId', 'state', 'tags', 'networkInterfaceIds'] },
      ),
    ),
    securityGroups: fc.array(
      fc.record({
        groupId: name,
        ipPermissions: fc.array(
          fc.record(
            {
              ipProtocol: name,
              fromPort: fc.nat(),
              toPort: fc.nat(),
              cidrIps: fc.array(name),
              cidrIpv6s: fc.array(name),
              prefixListIds: fc.array(name),
              userIdGroupPairs: fc.array(
                fc.record({ groupId: name, peeringStatus: name }, { requiredKeys: ['groupId'] }),
              ),
            },
            { requiredKeys: ['ipProtocol', 'cidrIps', 'cidrIpv6s', 'prefixListIds', 'userIdGroupPairs'] },
          ),
        ),
      }),
    ),
    securityGroupRules: fc.array(
      fc.record(
        {
          securityGroupRuleId: name,
          groupId: name,
          isEgress: fc.boolean(),
          ipProtocol: name,
          fromPort: fc.nat(),
          cidrIpv4: name,
          prefixListId: name,
          referencedGroupInfo: fc.record({ groupId: name, userId: name }, { requiredKeys: ['groupId'] }),
        },
        { requiredKeys: ['securityGroupRuleId', 'groupId', 'isEgress', 'ipProtocol'] },
      ),
    ),
    networkAcls: fc.array(
      associated((subnetId, id) => ({ networkAclAssociationId: id, subnetId })).map(({ subnetIds, associations }) => ({
        networkAclId: 'acl-1',
        subnetIds,
        ...(associations.length > 0 && { associations }),
        entries: [],
      })),
    ),
    routeTables: fc.array(
      fc
        .tuple(
          associated((subnetId, id) => ({ routeTableAssociationId: id, main: false, subnetId })),
          fc.constantFrom([], [{ routeTableAssociationId: 'rtbassoc-main', main: true }]),
          fc.boolean(),
          fc.array(fc.record({ gatewayId: name, state: name }, { requiredKeys: [] })),
        )
        .map(([{ subnetIds, associations }, ofMain, main, routes]) => {
          const all = [...(main ? ofMain : []), ...associations];
          return {
            routeTableId: 'rtb-1',
            main,
            subnetIds,
            ...(all.length > 0 && { associations: all }),
            routes,
          };
        }),
    ),
    transitGatewayVpcAttachments: fc.array(
      fc.record({
        transitGatewayId: name,
        vpcId: name,
        subnetIds: fc.array(name),
        securityGroupReferencing: fc.boolean(),
      }),
    ),
    prefixLists: fc.array(fc.record({ prefixListId: name, cidrs: fc.array(name) }, { requiredKeys: ['prefixListId'] })),
    trafficMirrorSessions: fc.array(
      fc.record({
        trafficMirrorSessionId: name,
        trafficMirrorTargetId: name,
        trafficMirrorFilterId: name,
        networkInterfaceId: name,
        sessionNumber: fc.integer({ min: 1, max: 32766 }),
        tags,
      }),
    ),
    loadBalancers: fc.array(
      fc.record(
        {
          loadBalancerArn: name,
          state: name,
          availabilityZones: fc.array(fc.record({ zoneName: name, privateIpAddress: name }, { requiredKeys: [] })),
          securityGroupIds: fc.array(name, { minLength: 1 }),
          crossZone: fc.boolean(),
        },
        { requiredKeys: ['loadBalancerArn', 'availabilityZones'] },
      ),
    ),
    unread: fc.dictionary(fc.constantFrom('listeners', 'subnets'), name, { minKeys: 1, maxKeys: 2 }),
    unreadForCauses: fc.constant({ securityGroupRules: 'denied' }),
    unreadForHealth: fc.constant({ metrics: 'denied' }),
    metrics: fc.array(
      fc.record(
        {
          instanceId: name,
          period: fc.integer({ min: 60, max: 3600 }),
          startTime: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
          endTime: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
          packetsIn: fc.array(fc.option(fc.nat())),
          skippedBytesOut: fc.array(fc.option(fc.nat())),
        },
        { requiredKeys: ['instanceId', 'period', 'startTime', 'endTime'] },
      ),
    ),
  },
  { requiredKeys: ['accountId', 'region'] },
);

describe('toSnapshot', () => {
  it('is undone by parseSnapshot, even through a file', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anInventory, { selector: ({ accountId, region }) => `${accountId}:${region}` }),
        (all) => {
          const read = parseSnapshot(JSON.parse(JSON.stringify(toSnapshot(all))), 'copy');
          expect(read).toEqual({ inventories: all, problems: [] });
        },
      ),
    );
  });

  it('loses only the counts of an instance that cannot be read, and the account stays complete', () => {
    const counts = {
      InstanceId: 'i-1',
      Period: 300,
      StartTime: '2026-03-17T10:00:00Z',
      EndTime: '2026-03-17T12:00:00Z',
    };
    for (const bad of [
      { Period: 0 },
      { StartTime: 'soon' },
      { NetworkPacketsIn: [1, -1] },
      { NetworkMirrorIn: 'many' },
    ]) {
      const region = {
        ...SCOPE,
        Metrics: [
          { ...counts, ...bad },
          { ...counts, InstanceId: 'i-2' },
        ],
      };
      const { inventories, problems } = parseSnapshot({ schema: SNAPSHOT_SCHEMA, regions: [region] }, 'copy');
      expect(inventories[0]?.metrics?.map(({ instanceId }) => instanceId)).toEqual(['i-2']);
      expect(inventories[0]).not.toHaveProperty('incomplete');
      expect(problems).toMatchObject([{ path: expect.stringMatching(/^regions\[0\]\.Metrics\[0\]\.\w+/) }]);
    }
  });

  it('marks a partial inventory as incomplete', () => {
    const partial: Inventory = { ...SCOPE, partial: { instanceIds: ['i-1'], networkInterfaceIds: [] }, instances: [] };
    const [read] = parseSnapshot(toSnapshot([partial]), 'copy').inventories;
    expect(read?.incomplete).toHaveProperty('instances');
  });
});

describe('readAt', () => {
  const document = (readAt: unknown) => ({ schema: SNAPSHOT_SCHEMA, readAt, regions: [] });

  it('is written if it is known, and read again', () => {
    const readAt = new Date('2026-03-17T12:00:00Z');
    expect(parseSnapshot(JSON.parse(JSON.stringify(toSnapshot([], readAt))), 'copy').readAt).toEqual(readAt);
    expect(toSnapshot([])).not.toHaveProperty('readAt');
  });

  it.each([undefined, null])('is unknown in a file that does not say: %s', (value) => {
    expect(parseSnapshot(document(value), 'file')).toEqual({ readAt: undefined, inventories: [], problems: [] });
  });

  it('is a named problem if it is not a time, and the account is read', () => {
    const { readAt, problems } = parseSnapshot(document('yesterday'), 'file');
    expect(readAt).toBeUndefined();
    expect(problems).toMatchObject([{ path: 'readAt' }]);
  });
});
