/** Who opened the way for the copies in the example account, or tried in vain, is named nowhere: without them its findings would be worse. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding.ts';
import { aPlace, packed } from '../support/command-line.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const EXAMPLE = read('examples/account.json');
const ACCOUNT = JSON.parse(EXAMPLE) as {
  regions: {
    Reservations: { Instances: { InstanceId: string; Tags?: { Key: string; Value: string }[] }[] }[];
    SecurityGroups: { GroupId: string; IpPermissions: Permission[] }[];
    NetworkAcls: { NetworkAclId: string; Entries: Entry[] }[];
  }[];
};

interface Permission {
  readonly IpProtocol: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly IpRanges: { readonly CidrIp: string }[];
}

interface Entry {
  readonly Egress: boolean;
  readonly RuleNumber: number;
  readonly RuleAction: string;
  readonly Protocol: string;
  readonly CidrBlock: string;
}

const items = (...list: readonly unknown[]) => ({ items: list });
const region = ACCOUNT.regions[0];
const instances = (region?.Reservations ?? []).flatMap(({ Instances }) => Instances);

function records(eventName: string, requests: readonly object[], errorCode?: string): readonly object[] {
  return requests.map((requestParameters, index) => ({
    eventVersion: '1.11',
    eventTime: `2026-03-17T11:00:${String(index % 60).padStart(2, '0')}Z`,
    ...{ eventSource: 'ec2.amazonaws.com', eventName, awsRegion: 'eu-west-1', recipientAccountId: '111122223333' },
    userIdentity: { type: 'IAMUser', userName: 'helper', arn: 'arn:aws:iam::111122223333:user/helper' },
    ...{ requestParameters, eventID: `helper-${eventName}-${index}`, eventType: 'AwsApiCall' },
    ...(errorCode === undefined ? { responseElements: { _return: true } } : { responseElements: null, errorCode }),
  }));
}

const openings = (region?.SecurityGroups ?? []).flatMap(({ GroupId: groupId, IpPermissions }) =>
  IpPermissions.flatMap(({ IpProtocol: ipProtocol, FromPort: fromPort, ToPort: toPort, IpRanges }) =>
    IpRanges.map(({ CidrIp: cidrIp }) => ({
      groupId,
      ipPermissions: items({ ipProtocol, fromPort, toPort, ipRanges: items({ cidrIp }) }),
    })),
  ),
);
const allowed = (region?.NetworkAcls ?? []).flatMap(({ NetworkAclId: networkAclId, Entries }) =>
  Entries.filter(({ RuleAction }) => RuleAction === 'allow').map((entry) => ({
    ...{ networkAclId, ruleNumber: entry.RuleNumber, egress: entry.Egress, ruleAction: 'allow' },
    ...{ aclProtocol: entry.Protocol, cidrBlock: entry.CidrBlock },
  })),
);
const tagged = instances.flatMap(({ InstanceId: resourceId, Tags = [] }) =>
  Tags.filter(({ Key, Value }) => ['Owner', 'CostCenter'].includes(Key) && Value !== '').map(({ Key, Value }) => ({
    resourcesSet: items({ resourceId }),
    tagSet: items({ key: Key, value: Value }),
  })),
);
const all = instances.map(({ InstanceId: resourceId }) => ({ resourcesSet: items({ resourceId }), tagSet: items() }));

describe('the person who', () => {
  it.each<[string, readonly object[]]>([
    ['opened the ports of security groups', records('AuthorizeSecurityGroupIngress', openings)],
    ['let packets through the network ACLs', records('CreateNetworkAclEntry', allowed)],
    ['set the tags that instances have', records('CreateTags', tagged)],
    ['was not allowed to remove tags', records('DeleteTags', all, 'Client.UnauthorizedOperation')],
    ['only tried to remove tags', records('DeleteTags', all, 'Client.DryRunOperation')],
  ])('%s is not in findings, mail or report', async (_, calls) => {
    const place = aPlace();
    place.put('account.json', EXAMPLE);
    place.put('config.json', read('config.json'));
    place.put('calls.json.gz', packed(calls));
    const run = [
      '--account',
      'account.json',
      '--ledger',
      'l.sqlite',
      '--mail',
      'mail',
      '--now',
      '2026-03-17T12:30:00Z',
    ];
    await place.run('scan', 'calls.json.gz', ...run);
    const { stdout } = await place.run('audit', ...run, '-o', 'jsonl');
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
    expect(calls.length).toBeGreaterThan(5);
    expect(findings.filter(({ status }) => status === 'open').length).toBeGreaterThan(25);
    expect(findings.filter((finding) => JSON.stringify(finding).includes('helper'))).toEqual([]);
    const mails = readdirSync(place.path('mail')).map((name) => readFileSync(place.path(`mail/${name}`), 'utf8'));
    expect(mails.join('\n')).toContain('instance-unmirrored');
    expect(mails.join('\n')).not.toContain('helper');
    const report = await place.run(
      'report',
      '--ledger',
      'l.sqlite',
      '--since',
      '2026-03-01',
      '-o',
      'html',
      '-o',
      'csv=f.csv',
    );
    expect(report.stdout.replace(/calls\.json\.gz/g, '')).not.toContain('helper');
    expect(readFileSync(place.path('f.csv'), 'utf8')).not.toContain('helper');
  });
});
