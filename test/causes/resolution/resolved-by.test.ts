/** Who resolved a finding: the newest call without which it would still be there; the newest call by name proves nothing. */

import { describe, expect, it } from 'vitest';
import { type AuditPolicy, audit } from '../../../src/audit/audit.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { withResolutions } from '../../../src/causes/resolution/resolved-by.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { withRecordedEnds, withRecordedResolutions } from '../../../src/pipeline/history/recorded-resolutions.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import { aFinding, aJudgement } from '../../support/findings.ts';
import { anInstance, aPermission, aPolicy, aSecurityGroup } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';
import { aMirroredAccount, call, items, tags } from '../../support/stories.ts';

const SEEN = 10;

interface Resolved {
  readonly before: Inventory;
  readonly now: Inventory;
  readonly calls: readonly (readonly Sighting[])[];
  readonly required?: readonly string[];
}

function policyOf(required: readonly string[]): AuditPolicy {
  const requiredTags = required.map((key) => ({ key, allowEmpty: false }));
  return { tags: { requiredTags }, mirror: aPolicy(), exemptions: [], severities: {}, graceSeconds: 0 };
}

/** The findings that the account had at minute 10, by id. */
function openIn(before: Inventory, policy: AuditPolicy): ReadonlyMap<string, Finding> {
  const { findings } = audit({ inventory: before, sightings: [], scope: 'all', now: at(SEEN) }, policy);
  return new Map(findings.filter(({ status }) => status === 'open').map((finding) => [finding.id, finding]));
}

/** Who resolved each finding that was open at minute 10 and passes now. */
function resolversOf({ before, now, calls, required = [] }: Resolved): Readonly<Record<string, string | undefined>> {
  const policy = policyOf(required);
  const open = openIn(before, policy);
  const sightings = calls.flat();
  const { judgements } = audit({ inventory: now, sightings, scope: 'all', now: at(600) }, policy);
  const resolved = withResolutions(judgements, open, { inventory: now, sightings, policy }).filter(({ id }) =>
    open.has(id),
  );
  expect(resolved.length).toBeGreaterThan(0);
  return Object.fromEntries(
    resolved.map(({ resourceId, rule, evidence = [] }) => [
      `${resourceId} ${rule}`,
      evidence
        .filter(({ role }) => role === 'resolution')
        .map(({ actor, eventName }) => `${actor} (${eventName})`)
        .join(),
    ]),
  );
}

const tagged = (values: Readonly<Record<string, string>>): Inventory =>
  aMirroredAccount({
    instances: (aMirroredAccount().instances ?? []).map((each) =>
      each.instanceId === 'i-1'
        ? anInstance({ tags: Object.entries(values).map(([key, value]) => ({ key, value })) })
        : {
            ...each,
            tags: [
              { key: 'Owner', value: 'net' },
              { key: 'Cost', value: '1' },
            ],
          },
    ),
  });
const setTags = (actor: string, minute: number, values: Readonly<Record<string, string>>) =>
  call(actor, minute, 'CreateTags', tags('i-1', values));

describe('who resolved a missing tag', () => {
  it.each([
    ['who set it, after it was seen missing', [setTags('erin', 20, { Owner: 'x' })], 'erin (CreateTags)'],
    [
      'not who set another one later',
      [setTags('erin', 20, { Owner: 'x' }), setTags('gina', 30, { Team: 'y' })],
      'erin (CreateTags)',
    ],
    [
      'not who set the same value again',
      [setTags('erin', 20, { Owner: 'x' }), setTags('gina', 30, { Owner: 'x' })],
      'erin (CreateTags)',
    ],
    [
      'nobody, where either of two would have been enough',
      [setTags('erin', 20, { Owner: 'z' }), setTags('gina', 30, { Owner: 'x' })],
      '',
    ],
    ['nobody without a record', [setTags('gina', 30, { Team: 'y' })], ''],
    ['nobody who set it long before it was seen missing', [setTags('erin', -90, { Owner: 'x' })], ''],
  ])('is %s', (_, calls, expected) => {
    const story = { before: tagged({}), now: tagged({ Owner: 'x', Team: 'y' }), calls, required: ['Owner'] };
    expect(resolversOf(story)).toEqual({ 'i-1 instance-untagged': expected });
  });

  it('is who set the last one of two', () => {
    const calls = [setTags('erin', 20, { Owner: 'x' }), setTags('frank', 30, { Cost: '1' })];
    const story = { before: tagged({}), now: tagged({ Owner: 'x', Cost: '1' }), calls, required: ['Owner', 'Cost'] };
    expect(resolversOf(story)).toEqual({ 'i-1 instance-untagged': 'frank (CreateTags)' });
  });
});

describe('who resolved a session that carried nothing', () => {
  const open = (actor: string, minute: number, port: number) =>
    call(actor, minute, 'AuthorizeSecurityGroupIngress', {
      groupId: 'sg-sensor',
      ipPermissions: items({
        ...{ ipProtocol: 'udp', fromPort: port, toPort: port },
        ipRanges: items({ cidrIp: '10.0.0.0/8' }),
      }),
    });
  const groups = (...ports: readonly number[]) => [
    aSecurityGroup({
      ipPermissions: ports.map((port) => aPermission({ fromPort: port, toPort: port, cidrIps: ['10.0.0.0/8'] })),
    }),
    aSecurityGroup({ groupId: 'sg-workload', ipPermissions: [] }),
  ];

  it('is who opened the port, not who opened another one later', () => {
    const story = {
      before: aMirroredAccount({ securityGroups: groups() }),
      now: aMirroredAccount({ securityGroups: groups(4789, 53) }),
      calls: [open('dana', 20, 4789), open('erin', 30, 53)],
    };
    expect(resolversOf(story)).toEqual({ 'i-1 mirror-ineffective': 'dana (AuthorizeSecurityGroupIngress)' });
  });
});

describe('who ended the resource', () => {
  const terminate = (actor: string, minute: number, previous: string) =>
    call(
      actor,
      minute,
      'TerminateInstances',
      { instancesSet: items({ instanceId: 'i-1' }) },
      {
        instancesSet: items({
          ...{ instanceId: 'i-1', currentState: { code: 32, name: 'shutting-down' } },
          previousState: { code: 16, name: previous },
        }),
      },
    );
  const finding = aFinding({ resourceId: 'i-1', resourceType: 'AWS::EC2::Instance', rule: 'instance-untagged' });
  const gone = aJudgement({ ...finding, result: 'gone', evidence: undefined });
  const calls = [...terminate('dana', 20, 'running'), ...terminate('erin', 21, 'shutting-down')];

  it('is who terminated the instance, not who repeated it', () => {
    const [judgement] = withResolutions([gone], new Map([[finding.id, finding]]), {
      ...{ inventory: aMirroredAccount(), sightings: calls, policy: policyOf(['Owner']) },
    });
    expect(judgement?.evidence).toMatchObject([{ role: 'resolution', actor: 'dana', eventName: 'TerminateInstances' }]);
  });

  it('is known to a later sweep from the ledger', async () => {
    const ledger = aLedger();
    await ledger.keep(calls, at(30));
    const [judgement] = await withRecordedEnds([{ ...gone, accountId: '111122223333', region: 'eu-west-1' }], ledger);
    expect(judgement?.evidence).toMatchObject([{ role: 'resolution', actor: 'dana' }]);
  });
});

describe('the ledger', () => {
  it('is asked for nothing but the entries while none of the findings is open', async () => {
    const asked: unknown[] = [];
    const ledger = {
      entries: async (query: unknown) => {
        asked.push(query);
        return [];
      },
      about: () => Promise.reject(new Error('read without need')),
    };
    const input = { inventory: tagged({}), sightings: [], policy: policyOf(['Owner']) };
    const judgements = [aJudgement({ result: 'pass' }), aJudgement({ id: 'b', result: 'gone' })];
    expect(await withRecordedResolutions(judgements, input, ledger, { complete: false })).toBe(judgements);
    expect(asked).toHaveLength(1);
    expect(
      await withRecordedResolutions([aJudgement({ result: 'unknown' })], input, ledger, { complete: false }),
    ).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });
});
