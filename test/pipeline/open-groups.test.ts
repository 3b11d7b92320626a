import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { LoadOptions, Need } from '../../src/inventory/load-inventory.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { narrowed } from '../../src/local/account/narrow-inventory.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord } from '../support/deliveries.ts';
import { anInstance, anInterface, anInventory, aPermission, attachedTo } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { at } from '../support/sightings.ts';

const config = (securityGroupOpen: object | null = {}): Config =>
  parseConfig(
    JSON.stringify({ graceSeconds: 300, ...(securityGroupOpen && { watch: { securityGroupOpen } }) }),
    'config.json',
  );

const ssh = (...cidrIps: readonly string[]) => aPermission({ ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIps });
const OPEN = ssh('0.0.0.0/0');

/** An account with one group, which i-1 uses, with a public address. */
function accountWith(ipPermissions: readonly ReturnType<typeof ssh>[], more: object = {}): Inventory {
  return anInventory({
    instances: [anInstance()],
    networkInterfaces: [anInterface({ groupIds: ['sg-web'], publicIp: '198.51.100.7', attachment: attachedTo('i-1') })],
    securityGroups: [{ groupId: 'sg-web', groupName: 'web', vpcId: 'vpc-1', ipPermissions, ...more }],
  });
}

/** A ledger, a mailbox and an account that changes. */
function aSetup(before: Inventory, settings = config()) {
  const setup = { inventory: before, loads: [] as (readonly [Need, LoadOptions])[] };
  const bucket = aBucket();
  const mails: AlertMessage[] = [];
  const ledger = aLedger();
  const ports: DeliverPorts = {
    logs: bucket.logs,
    ledger,
    inventory: {
      scopes: async () => [{ accountId: before.accountId, region: before.region }],
      load: async (_, need, options) => {
        setup.loads.push([need, options]);
        return narrowed(setup.inventory, need, options.groups);
      },
    },
    publisher: {
      publish: async (message) => {
        mails.push(message);
        return `mail-${mails.length}`;
      },
    },
  };
  let files = 0;
  return {
    setup,
    mails,
    sweep: (now: Date, used = settings) => sweep(ports, used, { now, clock: STOPPED_CLOCK, name: now.toISOString() }),
    deliver(records: readonly Readonly<Record<string, unknown>>[], now: Date, more: Partial<DeliverPorts> = {}) {
      files += 1;
      bucket.put(aLogKey(files), records);
      const options = { now, clock: STOPPED_CLOCK };
      return deliver([aNotice(`m${files}`, aLogKey(files))], { ...ports, ...more }, settings, options);
    },
    entry: async () => {
      const found = await ledger.entries({});
      return found.find(({ finding }) => finding.rule === 'security-group-open');
    },
  };
}

const change = (name: string, minute: number, cidrs: readonly string[], actor = 'dana') =>
  aRecord(
    name,
    minute,
    {
      groupId: 'sg-web',
      ipPermissions: {
        items: [
          { ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipRanges: { items: cidrs.map((cidrIp) => ({ cidrIp })) } },
        ],
      },
    },
    { _return: true },
    by(actor),
  );

const by = (actor: string) => ({
  userIdentity: { type: 'IAMUser', userName: actor, arn: `arn:aws:iam::111122223333:user/${actor}` },
});

/** Who is proven to have resolved a finding. */
const resolvers = (entry: LedgerEntry | undefined): readonly string[] =>
  (entry?.finding.evidence ?? []).flatMap(({ role, actor }) => (role === 'resolution' ? [actor] : []));

describe('security-group-open in an account', () => {
  it('is found by a sweep, also in groups that were open before, with what stands behind', async () => {
    const { sweep: run, entry } = aSetup(accountWith([OPEN]));
    const { assessment } = await run(at(0));
    const [finding] = assessment.findings.filter(({ rule }) => rule === 'security-group-open');
    expect(finding).toMatchObject({
      status: 'open',
      severity: 'medium',
      resourceId: 'sg-web',
      cause: { kind: 'unknown' },
    });
    expect(finding?.reason).toBe(
      'sg-web is open to the world: tcp/22 from 0.0.0.0/0; behind it: 1 running instance with a public address (i-1).',
    );
    expect(finding?.fix).toBe(
      `aws ec2 revoke-security-group-ingress --region eu-west-1 --group-id sg-web --ip-permissions '[{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]'`,
    );
    expect((await entry())?.finding.status).toBe('open');
  });

  it('is found by a delivery, caused by who opened it, and resolved by who closed it', async () => {
    const { setup, deliver: run, entry } = aSetup(accountWith([OPEN]));
    const { assessment } = await run([change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0'])], at(2));
    expect(assessment.findings).toMatchObject([
      {
        rule: 'security-group-open',
        cause: { kind: 'call', calls: [{ actor: 'dana' }] },
        evidence: [{ role: 'cause' }],
      },
    ]);
    setup.inventory = accountWith([]);
    await run([change('RevokeSecurityGroupIngress', 9, ['0.0.0.0/0'], 'erin')], at(10));
    expect((await entry())?.finding.status).toBe('resolved');
    expect(resolvers(await entry())).toEqual(['erin']);
  });

  it('names who opened the second half, without whom nothing would be open', async () => {
    const { deliver: run } = aSetup(accountWith([ssh('0.0.0.0/1'), ssh('128.0.0.0/1')]));
    const { assessment } = await run(
      [
        change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/1'], 'dana'),
        change('AuthorizeSecurityGroupIngress', 2, ['128.0.0.0/1'], 'erin'),
      ],
      at(3),
    );
    expect(assessment.findings).toMatchObject([{ cause: { kind: 'call', calls: [{ actor: 'erin' }] } }]);
  });

  it('names who opened it again in the second in which it was closed', async () => {
    const { deliver: run, entry } = aSetup(accountWith([OPEN]));
    await run([change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0'], 'mallory')], at(2));
    const revoked = change('RevokeSecurityGroupIngress', 9, ['0.0.0.0/0'], 'alice');
    const { assessment } = await run(
      [change('AuthorizeSecurityGroupIngress', 9, ['0.0.0.0/0'], 'bob'), revoked],
      at(10),
    );
    expect(assessment.findings).toMatchObject([{ cause: { kind: 'call', calls: [{ actor: 'bob' }] } }]);
    expect((await entry())?.finding.cause).toMatchObject({ kind: 'call', calls: [{ actor: 'bob' }] });
  });

  it('names nobody for what was closed since by a look, if no record shows who opened it again', async () => {
    const { setup, deliver: run, sweep: swept, entry } = aSetup(accountWith([OPEN]));
    await run([change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0'], 'mallory')], at(2));
    setup.inventory = accountWith([]);
    await swept(at(20));
    setup.inventory = accountWith([OPEN]);
    await swept(at(40));
    expect(await entry()).toMatchObject({
      generation: 2,
      finding: { status: 'open', cause: { kind: 'unknown' } },
    });
  });

  it('is resolved by a sweep', async () => {
    const { setup, sweep: swept, entry } = aSetup(accountWith([OPEN]));
    await swept(at(0));
    setup.inventory = accountWith([ssh('10.0.0.0/8')]);
    await swept(at(60));
    expect((await entry())?.finding.status).toBe('resolved');
  });

  it('is gone with its group', async () => {
    const { setup, sweep: swept, entry } = aSetup(accountWith([OPEN]));
    await swept(at(0));
    setup.inventory = anInventory({ securityGroups: [] });
    await swept(at(60));
    expect((await entry())?.finding.status).toBe('resolved');
  });

  it('is gone by the call that deleted it, which is named', async () => {
    const { setup, deliver: run, entry } = aSetup(accountWith([OPEN]));
    await run([change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0'])], at(2));
    setup.inventory = anInventory({ securityGroups: [] });
    await run([aRecord('DeleteSecurityGroup', 3, { groupId: 'sg-web' }, { _return: true }, by('erin'))], at(4));
    expect((await entry())?.finding.status).toBe('resolved');
    expect(resolvers(await entry())).toEqual(['erin']);
  });

  it('is closed when the configuration no longer judges it', async () => {
    const one = aSetup(accountWith([OPEN]));
    await one.sweep(at(0));
    await one.sweep(at(60), config(null));
    expect((await one.entry())?.finding.status).toBe('resolved');
  });

  it.each([
    ['a group that is excepted by its id', { exceptGroups: ['sg-web'] }, {}],
    ['a tag', { exceptTags: ['public'] }, { tags: [{ key: 'public', value: '' }] }],
    ['a tag with its value', { exceptTags: ['public=yes'] }, { tags: [{ key: 'public', value: 'yes' }] }],
    ['an allowed port', { allowedPorts: [22] }, {}],
  ] as const)('passes by %s', async (_, settings, group) => {
    const { sweep: run } = aSetup(accountWith([OPEN], group), config(settings));
    expect((await run(at(0))).assessment.findings).toEqual([]);
  });

  it('is mailed after the grace period, unless it was closed by then', async () => {
    const { setup, deliver: run, sweep: swept, mails } = aSetup(accountWith([OPEN]));
    await run([change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0'])], at(2));
    expect(mails).toHaveLength(0);
    await swept(at(20));
    expect(mails).toHaveLength(1);
    expect(mails[0]?.body).toContain('sg-web');
    setup.inventory = accountWith([]);
    await swept(at(40));
  });

  it('reads only the groups and what uses the named one, and nothing where the rule is off', async () => {
    const on = aSetup(accountWith([OPEN]));
    await on.deliver([change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0'])], at(2));
    expect(on.setup.loads).toMatchObject([
      [
        { kind: 'some', instanceIds: [], networkInterfaceIds: [] },
        { mirroring: false, groups: ['sg-web'], fresh: true },
      ],
    ]);
    const deletion = aRecord('DeleteSecurityGroup', 3, { groupId: 'sg-web' }, { _return: true });
    await on.deliver([deletion], at(4));
    expect(on.setup.loads[1]).toMatchObject([{ kind: 'some' }, { groups: ['sg-web'], fresh: true }]);
    const off = aSetup(accountWith([OPEN]), config(null));
    await off.deliver([deletion], at(4));
    await off.deliver([change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0'])], at(2));
    expect(off.setup.loads).toEqual([]);
  });
});

describe('security-group-open by records alone', () => {
  const judged = async (records: readonly Readonly<Record<string, unknown>>[]) => {
    const { deliver: run } = aSetup(accountWith([]));
    const { assessment } = await run(records, at(60), { inventory: recordsAlone() });
    return assessment;
  };
  const opened = change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0']);
  const modified = aRecord(
    'ModifySecurityGroupRules',
    3,
    {
      ModifySecurityGroupRulesRequest: {
        GroupId: 'sg-web',
        SecurityGroupRule: {
          SecurityGroupRuleId: 'sgr-1',
          SecurityGroupRule: { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '0.0.0.0/0' },
        },
      },
    },
    { _return: true },
  );
  const flat = aRecord(
    'AuthorizeSecurityGroupIngress',
    1,
    {
      ...{ groupName: 'web', ipPermissions: {}, ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIp: '0.0.0.0/0' },
    },
    { _return: true },
  );
  const halves = [
    change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/1']),
    change('AuthorizeSecurityGroupIngress', 2, ['128.0.0.0/1'], 'erin'),
  ];

  it.each([
    ['a list of rules', [opened], 'sg-web', ['dana']],
    ['the flat form, by the name of the group', [flat], 'web', 1],
    ['halves in two calls', halves, 'sg-web', ['dana', 'erin']],
  ] as const)('finds %s', async (_, records, resourceId, actors) => {
    const [finding] = (await judged(records)).findings;
    expect(finding).toMatchObject({
      rule: 'security-group-open',
      resourceId,
      status: 'open',
      cause: { kind: 'possible' },
    });
    const calls = finding?.cause.kind === 'possible' ? finding.cause.calls.map(({ actor }) => actor) : [];
    if (actors === 1) expect(calls).toHaveLength(1);
    else expect(calls).toEqual(actors);
  });

  it('says where a modified rule may be an egress rule', async () => {
    expect((await judged([modified])).findings[0]?.reason).toContain('sgr-1 may be an egress rule');
  });

  describe('over several deliveries', () => {
    const overDays = async (...days: readonly (readonly Readonly<Record<string, unknown>>[])[]) => {
      const { deliver: run, entry } = aSetup(accountWith([]));
      for (const [day, records] of days.entries()) await run(records, at(60 + day), { inventory: recordsAlone() });
      const after = await entry();
      return after && { status: after.finding.status, by: resolvers(after) };
    };
    const opened = change('AuthorizeSecurityGroupIngress', 1, ['0.0.0.0/0']);
    const closed = change('RevokeSecurityGroupIngress', 9, ['0.0.0.0/0'], 'erin');
    const other = change('RevokeSecurityGroupIngress', 5, ['10.0.0.0/8']);

    it('stays open after a call on another rule of the group', async () => {
      expect(await overDays([opened], [other])).toMatchObject({ status: 'open' });
    });

    it('stays open after something else was opened and closed', async () => {
      const http = (name: string, minute: number) =>
        aRecord(
          name,
          minute,
          {
            ...{ groupId: 'sg-web', ipPermissions: {}, ipProtocol: 'tcp', fromPort: 80, toPort: 80 },
            cidrIp: '0.0.0.0/0',
          },
          { _return: true },
        );
      const both = [http('AuthorizeSecurityGroupIngress', 5), http('RevokeSecurityGroupIngress', 6)];
      expect(await overDays([opened], both)).toMatchObject({ status: 'open' });
    });

    it('stays open beside a record that does not say what it is about', async () => {
      const omitted = aRecord('AuthorizeSecurityGroupIngress', 8, { omitted: true }, { omitted: true });
      const elsewhere = [
        change('AuthorizeSecurityGroupIngress', 5, ['0.0.0.0/1']),
        change('AuthorizeSecurityGroupIngress', 6, ['128.0.0.0/1']),
        change('RevokeSecurityGroupIngress', 7, ['128.0.0.0/1']),
      ];
      expect(await overDays([opened], [...elsewhere, omitted])).toMatchObject({ status: 'open' });
    });

    it('is resolved by the call that closed it, also when that arrives first', async () => {
      const resolved = { status: 'resolved', by: ['erin'] };
      expect(await overDays([opened], [other], [closed])).toEqual(resolved);
      expect(await overDays([closed], [opened])).toBeUndefined();
    });

    it('is found by halves that arrive one after the other', async () => {
      const [first = opened, second = opened] = halves;
      expect(await overDays([first], [second])).toMatchObject({ status: 'open' });
    });

    it('is gone by the call that deleted the group', async () => {
      const deletion = aRecord('DeleteSecurityGroup', 7, { groupId: 'sg-web' }, { _return: true }, by('erin'));
      expect(await overDays([opened], [deletion])).toEqual({ status: 'resolved', by: ['erin'] });
    });

    it('is not resolved by records that do not show what a look at the account found', async () => {
      const { sweep: swept, deliver: run, entry } = aSetup(accountWith([OPEN]));
      await swept(at(0));
      const half = change('AuthorizeSecurityGroupIngress', 5, ['0.0.0.0/0']);
      await run([half, closed], at(60), { inventory: recordsAlone() });
      expect((await entry())?.finding.status).toBe('open');
    });
  });

  it('passes what was closed again', async () => {
    const { findings, judgements } = await judged([
      opened,
      change('RevokeSecurityGroupIngress', 9, ['0.0.0.0/0'], 'erin'),
    ]);
    expect(findings).toEqual([]);
    expect(judgements).toMatchObject([{ result: 'pass', evidence: [{ role: 'resolution', actor: 'erin' }] }]);
  });
});
