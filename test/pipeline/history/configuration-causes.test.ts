import { describe, expect, it } from 'vitest';
import type { Cause } from '../../../src/audit/cause.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { type Config, parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord } from '../../support/deliveries.ts';
import { ACCOUNT, anInstance, anInventory, aSession } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const configOf = (written: object): Config => parseConfig(JSON.stringify(written), 'config.json');
const requiring = (...requiredTags: readonly (string | object)[]): Config => configOf({ requiredTags });
const mirroring = (more: object): Config =>
  configOf({ mirroring: { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'], ...more } });

/** An hour before the first look: EC2 shows it by then. */
const launchTime = at(-60);

const instanceWith = (tags: Readonly<Record<string, string>>, more: object = {}): Inventory =>
  anInventory({
    instances: [
      anInstance({
        launchTime,
        instanceId: 'i-1',
        networkInterfaceIds: ['eni-1'],
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
        ...more,
      }),
    ],
  });

/** i-1 is mirrored to tmt-a by a session that another tool made. */
const foreign = anInventory({
  instances: (anInventory().instances ?? []).map((instance) => ({ ...instance, launchTime })),
  trafficMirrorSessions: [aSession({ tags: [] })],
});

const sweepOf = async (inventory: Inventory, config: Config, minute: number, ledger: FullLedger | undefined) => {
  const options = { now: at(minute), clock: STOPPED_CLOCK, name: `sweep-${minute}` };
  return (await sweep({ inventory: anAccountOf(inventory).source, ledger }, config, options)).acted.findings;
};

const causeOf = (findings: Awaited<ReturnType<typeof sweepOf>>, rule: string): Cause | undefined =>
  findings.find((each) => each.rule === rule && each.resourceId === 'i-1' && each.status === 'open')?.cause;

const keptCause = async (ledger: FullLedger, rule: string): Promise<Cause | undefined> =>
  (await ledger.entries({ status: ['open'] })).find(({ finding }) => finding.rule === rule)?.finding.cause;

const since = (words: string, minute = 0) => ({
  kind: 'configuration',
  reason: `${words} since ${at(minute).toISOString().replace('.000', '')}`,
});

const ownerAdded = since('the required tag Owner was added');
const [A, B] = [requiring('CostCenter'), requiring('CostCenter', 'Owner')];
const untagging = (minute: number) =>
  aRecord(
    'DeleteTags',
    minute,
    { resourcesSet: { items: [{ resourceId: 'i-1' }] }, tagSet: { items: [{ key: 'Owner' }] } },
    { _return: true },
    { userIdentity: { type: 'IAMUser', userName: 'erin', accountId: ACCOUNT } },
  );

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['SQLite', aLedger],
  ['the table', () => ledgerOn(memoryTable())],
];

describe.each(LEDGERS)('the configuration as a cause, with %s', (_, open) => {
  const tagged = instanceWith({ CostCenter: '7' });

  it('is named with the required tag that was added after the last complete look', async () => {
    const ledger = open();
    expect(await sweepOf(tagged, A, 0, ledger)).toEqual([]);
    const findings = await sweepOf(tagged, B, 10, ledger);
    expect(causeOf(findings, 'instance-untagged')).toEqual(ownerAdded);
    expect(await keptCause(ledger, 'instance-untagged')).toEqual(ownerAdded);
  });

  it('stays when later looks find it again, by the same configuration and by another one', async () => {
    const ledger = open();
    await sweepOf(tagged, A, 0, ledger);
    await sweepOf(tagged, B, 10, ledger);
    expect(causeOf(await sweepOf(tagged, B, 20, ledger), 'instance-untagged')).toEqual(ownerAdded);
    const other = requiring('CostCenter', 'Owner', 'Env');
    expect(causeOf(await sweepOf(tagged, other, 30, ledger), 'instance-untagged')?.kind).toBe('configuration');
    expect((await keptCause(ledger, 'instance-untagged'))?.kind).toBe('configuration');
  });

  it('is named with only what suffices for the finding', async () => {
    const ledger = open();
    const inventory = instanceWith({ CostCenter: '7', Env: 'test' });
    await sweepOf(inventory, A, 0, ledger);
    const more = requiring({ key: 'CostCenter', values: ['8'] }, 'Owner', 'Env');
    expect(causeOf(await sweepOf(inventory, more, 10, ledger), 'instance-untagged')).toEqual(
      since('the allowed values of the required tag CostCenter changed, and the required tag Owner was added'),
    );
  });

  it('is named with the target that was removed', async () => {
    const ledger = open();
    expect(causeOf(await sweepOf(foreign, mirroring({}), 0, ledger), 'instance-unmirrored')).toBeUndefined();
    const findings = await sweepOf(foreign, mirroring({ targets: ['tmt-b'] }), 10, ledger);
    expect(causeOf(findings, 'instance-unmirrored')).toEqual(since('the target tmt-a was removed'));
  });

  it('is named with the filter that was replaced, and with a tag that excludes a source no longer', async () => {
    const [ledger, other] = [open(), open()];
    await sweepOf(foreign, mirroring({}), 0, ledger);
    const findings = await sweepOf(foreign, mirroring({ filterId: 'tmf-2' }), 10, ledger);
    expect(causeOf(findings, 'instance-unmirrored')).toEqual(since('the filter changed'));
    const excluded = instanceWith({ Mirror: 'no' });
    await sweepOf(excluded, mirroring({ excludeTags: ['Mirror=no'] }), 0, other);
    expect(causeOf(await sweepOf(excluded, mirroring({}), 10, other), 'instance-unmirrored')).toEqual(
      since('the tags that exclude a source changed'),
    );
  });

  it('is named for a rule that was not judged before, if the instance was running then', async () => {
    const cause = async (launchTime: Date | undefined) => {
      const ledger = open();
      const inventory = instanceWith({}, { launchTime });
      await sweepOf(inventory, configOf({}), 0, ledger);
      await sweepOf(inventory, mirroring({}), 5, ledger);
      return causeOf(await sweepOf(inventory, mirroring({}), 10, ledger), 'instance-unmirrored');
    };
    expect(await cause(at(-60))).toEqual(since('mirroring was added to the configuration'));
    expect(await cause(at(5))).toMatchObject({ kind: 'unknown' });
    expect(await cause(undefined)).toMatchObject({ kind: 'unknown' });
  });

  it('is named for such a rule if the finding was closed when the rule was switched off', async () => {
    const ledger = open();
    const inventory = instanceWith({}, { launchTime: at(-60) });
    await sweepOf(inventory, mirroring({}), 0, ledger);
    await sweepOf(inventory, configOf({}), 10, ledger);
    const findings = await sweepOf(inventory, mirroring({ sessionNumber: 2 }), 20, ledger);
    expect(causeOf(findings, 'instance-unmirrored')).toEqual(since('mirroring was added to the configuration', 10));
  });

  it('is not named if the account changed instead', async () => {
    const ledger = open();
    await sweepOf(tagged, A, 0, ledger);
    const findings = await sweepOf(instanceWith({ Owner: 'dana' }), B, 10, ledger);
    expect(causeOf(findings, 'instance-untagged')).toEqual({
      kind: 'unknown',
      reason: 'no CloudTrail record of a change to it was read',
    });
  });

  it('is not named if a setting changed that decides nothing', async () => {
    const ledger = open();
    await sweepOf(tagged, A, 0, ledger);
    const muted = configOf({ requiredTags: ['CostCenter'], graceSeconds: 60 });
    expect(causeOf(await sweepOf(instanceWith({}), muted, 10, ledger), 'instance-untagged')?.kind).toBe('unknown');
  });

  it('is not named of a finding that was there by the earlier configuration', async () => {
    const ledger = open();
    await sweepOf(instanceWith({}), A, 0, ledger);
    expect(causeOf(await sweepOf(tagged, B, 10, ledger), 'instance-untagged')?.kind).toBe('unknown');
  });

  it('is not named if the resource passed by the current configuration once', async () => {
    const ledger = open();
    await sweepOf(tagged, A, 0, ledger);
    await sweepOf(instanceWith({ CostCenter: '7', Owner: 'dana' }), B, 10, ledger);
    expect(causeOf(await sweepOf(tagged, B, 20, ledger), 'instance-untagged')?.kind).toBe('unknown');
  });

  it('is not named of an instance that was started after the last look by the earlier configuration', async () => {
    const ledger = open();
    await sweepOf(tagged, A, 0, ledger);
    const restarted = instanceWith({ CostCenter: '7' }, { launchTime: at(5) });
    expect(causeOf(await sweepOf(restarted, B, 10, ledger), 'instance-untagged')?.kind).toBe('unknown');
  });

  it('is not named of an instance that a look may not have met: launched after it, just before it, or nobody knows when', async () => {
    for (const launched of [at(5), at(-3), undefined]) {
      const ledger = open();
      await sweepOf(anInventory(), A, 0, ledger);
      const added = instanceWith({ CostCenter: '7' }, { launchTime: launched });
      expect(causeOf(await sweepOf(added, B, 10, ledger), 'instance-untagged')?.kind).toBe('unknown');
    }
  });

  it('is not said of a later look if a record between them lacks what was there, but stays in the ledger', async () => {
    const ledger = open();
    const logs = aBucket();
    logs.put(aLogKey(1), [untagging(1440)]);
    await sweepOf(tagged, A, 0, ledger);
    await sweepOf(tagged, B, 10, ledger);
    const ports = { logs: logs.logs, inventory: anAccountOf(tagged).source, ledger };
    const { acted } = await deliver([aNotice('m1', aLogKey(1))], ports, B, { now: at(1445), clock: STOPPED_CLOCK });
    expect(causeOf(acted.findings, 'instance-untagged')).toEqual({
      kind: 'unknown',
      reason: expect.stringMatching(
        /^the configuration changed since 2026-03-17T12:00:00Z, but the record of DeleteTags/,
      ),
    });
    expect(await keptCause(ledger, 'instance-untagged')).toEqual(ownerAdded);
  });

  it('gives way to a call that records make possible, in the same run and in a later one', async () => {
    const erin = { kind: 'possible', calls: [{ actor: 'erin', eventName: 'DeleteTags' }] };
    const logs = aBucket();
    logs.put(aLogKey(1), [untagging(5)]);
    const delivered = async (ledger: FullLedger) =>
      (
        await deliver(
          [aNotice('m1', aLogKey(1))],
          { logs: logs.logs, inventory: anAccountOf(tagged).source, ledger },
          B,
          { now: at(12), clock: STOPPED_CLOCK },
        )
      ).acted.findings;
    const [first, later] = [open(), open()];
    await sweepOf(tagged, A, 0, first);
    expect(causeOf(await delivered(first), 'instance-untagged')).toMatchObject(erin);
    await sweepOf(tagged, A, 0, later);
    await sweepOf(tagged, B, 10, later);
    await delivered(later);
    expect(await keptCause(later, 'instance-untagged')).toMatchObject(erin);
  });
});

describe('the look-up of earlier policies', () => {
  const counted = (ledger: FullLedger) => {
    const asked: string[] = [];
    const policies: FullLedger['policies'] = (scope) => {
      asked.push('policies');
      return ledger.policies(scope);
    };
    const lastInOrder: FullLedger['lastInOrder'] = (ids) => {
      asked.push(`findings ${ids.length}`);
      return ledger.lastInOrder(ids);
    };
    return { asked, ledger: { ...ledger, policies, lastInOrder } };
  };

  it('is none if nothing is unknown, and one for any number of findings', async () => {
    const { asked, ledger } = counted(aLedger());
    const instances = Array.from({ length: 300 }, (_, n) =>
      anInstance({ launchTime, instanceId: `i-${n}`, tags: [{ key: 'CostCenter', value: '7' }] }),
    );
    await sweepOf(anInventory({ instances }), A, 0, ledger);
    expect(asked).toEqual([]);
    const findings = await sweepOf(anInventory({ instances }), B, 10, ledger);
    expect(findings.filter(({ cause }) => cause.kind === 'configuration')).toHaveLength(300);
    expect(asked).toEqual(['policies', 'findings 300']);
  });

  it('does not ask for findings while the configuration is the same', async () => {
    const { asked, ledger } = counted(aLedger());
    await sweepOf(instanceWith({}), A, 0, ledger);
    await sweepOf(instanceWith({}), A, 10, ledger);
    expect(asked).toEqual(['policies', 'policies']);
  });
});

describe('the configuration as a cause, without a ledger', () => {
  it('is not known', async () => {
    const tagged = instanceWith({ CostCenter: '7' });
    await sweepOf(tagged, A, 0, undefined);
    expect(causeOf(await sweepOf(tagged, B, 10, undefined), 'instance-untagged')?.kind).toBe('unknown');
  });
});
