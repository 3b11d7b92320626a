/** A double of the AWS CLI for fixes that people paste: changes the snapshot `account.json` in its folder as EC2 would. */

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

type Item = Record<string, unknown>;
type Region = Record<string, Item[]> & { readonly region: string };
type Options = ReadonlyMap<string, string>;

const FILE = 'account.json';

function main(args: readonly string[]): void {
  appendFileSync('aws-calls.jsonl', `${JSON.stringify(args)}\n`);
  const [service = '', operation = '', ...rest] = args;
  const call = OPERATIONS[`${service} ${operation}`];
  if (call === undefined) throw new Error(`the double does not know aws ${service} ${operation}`);
  const options = optionsOf(rest, call.options);
  const account = JSON.parse(readFileSync(FILE, 'utf8')) as { regions: Region[] };
  const region = account.regions.find(({ region: name }) => name === options.get('--region'));
  if (region === undefined) throw new Error(`You must specify a region of the account, not ${options.get('--region')}`);
  call.run(region, options);
  writeFileSync(FILE, JSON.stringify(account));
}

/** Every option must be known, given once and have a value, as with the real CLI. */
function optionsOf(args: readonly string[], known: readonly string[]): Options {
  const options = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const [, name = '', joined] = /^(--[\w-]+)(?:=(.*))?$/s.exec(args[index] ?? '') ?? [];
    if (!known.includes(name)) throw new Error(`Unknown options: ${args[index]}`);
    if (joined === undefined) index += 1;
    const value = joined ?? args[index];
    if (value === undefined || (joined === undefined && value.startsWith('--')))
      throw new Error(`${name}: expected one argument`);
    options.set(name, value);
  }
  const missing = known.filter((name) => !options.has(name) && !EITHER.includes(name));
  for (const name of missing) throw new Error(`the following argument is required: ${name}`);
  return options;
}

/** Options of which a call has one. */
const EITHER: readonly string[] = ['--ip-permissions', '--security-group-rule-ids'];

const value = (options: Options, name: string): string => options.get(name) ?? '';

function found(items: readonly Item[] | undefined, key: string, id: string): Item {
  const item = (items ?? []).find((each) => each[key] === id);
  if (item === undefined) throw new Error(`An error occurred (NotFound): ${key} ${JSON.stringify(id)} does not exist`);
  return item;
}

const sessions = (region: Region): Item[] => region.TrafficMirrorSessions ?? [];
const SESSION = 'TrafficMirrorSessionId';

/** The lists of peers in a permission, with the member of each that names the peer, there and in a rule with an id. */
const PEERS = { IpRanges: 'CidrIp', Ipv6Ranges: 'CidrIpv6', PrefixListIds: 'PrefixListId' } as const;

/** Takes one peer out of a group's permissions, as EC2 does: ports, protocol and peer have to be those of a rule. */
function revoke(group: Item, asked: Item): void {
  const [kind, member] = Object.entries(PEERS).find(([list]) => list in asked) ?? [];
  const peers = (kind === undefined ? [] : asked[kind]) as Item[];
  for (const peer of peers) {
    const permissions = (group.IpPermissions ?? []) as Item[];
    const isMeant = (one: Item): boolean =>
      ['IpProtocol', 'FromPort', 'ToPort'].every((key) => one[key] === asked[key]) &&
      ((one[kind ?? ''] ?? []) as Item[]).some((each) => each[member ?? ''] === peer[member ?? '']);
    const permission = permissions.find(isMeant);
    if (permission === undefined || kind === undefined || member === undefined)
      throw new Error('An error occurred (InvalidPermission.NotFound): the specified rule does not exist');
    permission[kind] = (permission[kind] as Item[]).filter((each) => each[member] !== peer[member]);
  }
}

/** A rule with an id as a permission that asks for it. */
function permissionOf({ IpProtocol, FromPort, ToPort, CidrIpv4, CidrIpv6, PrefixListId }: Item): Item {
  const ports = { IpProtocol, FromPort, ToPort };
  if (CidrIpv4 !== undefined) return { ...ports, IpRanges: [{ CidrIp: CidrIpv4 }] };
  return CidrIpv6 !== undefined
    ? { ...ports, Ipv6Ranges: [{ CidrIpv6 }] }
    : { ...ports, PrefixListIds: [{ PrefixListId }] };
}

const OPERATIONS: Readonly<
  Record<string, { options: readonly string[]; run: (region: Region, options: Options) => void }>
> = {
  'ec2 create-tags': {
    options: ['--region', '--resources', '--tags'],
    run: (region, options) => {
      const instances = (region.Reservations ?? []).flatMap(({ Instances }) => Instances as Item[]);
      const instance = found(instances, 'InstanceId', value(options, '--resources'));
      const added = JSON.parse(value(options, '--tags')) as { Key: string; Value: string }[];
      const kept = ((instance.Tags ?? []) as { Key: string }[]).filter(
        ({ Key }) => !added.some((tag) => tag.Key === Key),
      );
      instance.Tags = [...kept, ...added];
    },
  },
  'ec2 delete-traffic-mirror-session': {
    options: ['--region', '--traffic-mirror-session-id'],
    run: (region, options) => {
      const session = found(sessions(region), SESSION, value(options, '--traffic-mirror-session-id'));
      region.TrafficMirrorSessions = sessions(region).filter((each) => each !== session);
    },
  },
  'ec2 create-traffic-mirror-session': {
    options: [
      '--region',
      '--network-interface-id',
      '--traffic-mirror-target-id',
      '--traffic-mirror-filter-id',
      '--session-number',
      '--tag-specifications',
    ],
    run: (region, options) => {
      const [{ Tags } = { Tags: [] }] = JSON.parse(value(options, '--tag-specifications')) as { Tags: Item[] }[];
      found(region.NetworkInterfaces, 'NetworkInterfaceId', value(options, '--network-interface-id'));
      found(region.TrafficMirrorTargets, 'TrafficMirrorTargetId', value(options, '--traffic-mirror-target-id'));
      sessions(region).push({
        [SESSION]: `tms-double${sessions(region).length}`,
        NetworkInterfaceId: value(options, '--network-interface-id'),
        TrafficMirrorTargetId: value(options, '--traffic-mirror-target-id'),
        TrafficMirrorFilterId: value(options, '--traffic-mirror-filter-id'),
        SessionNumber: Number(value(options, '--session-number')),
        OwnerId: region.accountId,
        Tags,
      });
    },
  },
  'ec2 revoke-security-group-ingress': {
    options: ['--region', '--group-id', ...EITHER],
    run: (region, options) => {
      const group = found(region.SecurityGroups, 'GroupId', value(options, '--group-id'));
      const asked = JSON.parse(value(options, '--ip-permissions') || '[]') as Item[];
      const ids = JSON.parse(value(options, '--security-group-rule-ids') || '[]') as string[];
      const rules = ids.map((id) => found(region.SecurityGroupRules, 'SecurityGroupRuleId', id));
      for (const { GroupId, IsEgress } of rules)
        if (GroupId !== group.GroupId || IsEgress === true) throw new Error('InvalidSecurityGroupRuleId.NotFound');
      for (const one of [...asked, ...rules.map(permissionOf)]) revoke(group, one);
    },
  },
  'ec2 authorize-security-group-ingress': {
    options: ['--region', '--group-id', '--protocol', '--port', '--cidr'],
    run: (region, options) => {
      const group = found(region.SecurityGroups, 'GroupId', value(options, '--group-id'));
      const port = Number(value(options, '--port'));
      group.IpPermissions = [
        ...((group.IpPermissions ?? []) as Item[]),
        {
          IpProtocol: value(options, '--protocol'),
          FromPort: port,
          ToPort: port,
          IpRanges: [{ CidrIp: value(options, '--cidr') }],
        },
      ];
    },
  },
};

main(process.argv.slice(2));
