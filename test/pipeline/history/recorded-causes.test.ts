import { describe, expect, it } from 'vitest';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { partsOn } from '../../contract/change-log.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, aRecord, aTagRecord } from '../../support/deliveries.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, aSession, attachedTo } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

type Json = Readonly<Record<string, unknown>>;

const TAGS = parseConfig(JSON.stringify({ requiredTags: ['CostCenter'] }), 'config.json');
const mirroring = (mode: string) =>
  parseConfig(JSON.stringify({ mirroring: { mode, filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } }), 'config.json');

const by = (userName: string): Json => ({
  userIdentity: { type: 'IAMUser', userName, arn: `arn:aws:iam::${ACCOUNT}:user/${userName}`, accountId: ACCOUNT },
});
const byUs: Json = {
  userIdentity: {
    ...{ type: 'AssumedRole', principalId: 'AROAEXAMPLE:mirrorwatch', accountId: ACCOUNT },
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/mirrorwatch-member/mirrorwatch`,
  },
};

const untagging = (minute: number, who: string): Json =>
  aRecord(
    'DeleteTags',
    minute,
    { resourcesSet: { items: [{ resourceId: 'i-1' }] }, tagSet: { items: [{ key: 'CostCenter' }] } },
    { _return: true },
    by(who),
  );
const deletion = (minute: number, id: string, more: Json): Json =>
  aRecord(
    'DeleteTrafficMirrorSession',
    minute,
    { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: id } },
    { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: id } },
    more,
  );
const creation = (minute: number, id: string, networkInterfaceId: string, more: Json): Json => {
  const fields = {
    networkInterfaceId,
    trafficMirrorTargetId: 'tmt-a',
    trafficMirrorFilterId: 'tmf-1',
    sessionNumber: 1,
  };
  const response = { trafficMirrorSession: { trafficMirrorSessionId: id, ...fields } };
  return aRecord('CreateTrafficMirrorSession', minute, {}, { CreateTrafficMirrorSessionResponse: response }, more);
};

const two = anInventory({
  instances: [...(anInventory().instances ?? []), anInstance({ instanceId: 'i-2', networkInterfaceIds: ['eni-2'] })],
  networkInterfaces: [
    ...(anInventory().networkInterfaces ?? []),
    anInterface({ networkInterfaceId: 'eni-2', privateIpAddress: '10.0.0.6', attachment: attachedTo('i-2') }),
  ],
});

/** Runs over one account and ledger. Each delivery is a file of its own. */
function aSetup(inventory: Inventory, config = TAGS, ledger: FullLedger | undefined = undefined) {
  const account = anAccountOf(inventory);
  const bucket = aBucket();
  const ports = { logs: bucket.logs, inventory: account.source, ledger };
  const scope = { accountId: inventory.accountId, region: inventory.region };
  let files = 0;
  return {
    sessionOn: (eni: string): string =>
      account
        .inventories()
        .flatMap(({ trafficMirrorSessions = [] }) => trafficMirrorSessions)
        .find(({ networkInterfaceId }) => networkInterfaceId === eni)?.trafficMirrorSessionId ?? '',
    remove: (id: string) => account.writer.deleteSession(scope, id),
    async deliver(records: readonly Json[], minute: number, how = config) {
      files += 1;
      bucket.put(aLogKey(files), records);
      const options = { now: at(minute), clock: STOPPED_CLOCK };
      return (await deliver([aNotice(`m${files}`, aLogKey(files))], ports, how, options)).acted.findings;
    },
    async sweep(minute: number, how = config) {
      const options = { now: at(minute), clock: STOPPED_CLOCK, name: `sweep-${minute}` };
      const writer = how.mirroring?.mode === 'apply' ? account.writer : undefined;
      return (await sweep({ ...ports, writer }, how, options)).acted.findings;
    },
  };
}

const causeOf = (findings: Awaited<ReturnType<ReturnType<typeof aSetup>['sweep']>>, resourceId: string) =>
  findings.find((finding) => finding.resourceId === resourceId && finding.status === 'open')?.cause;

const call = (actor: string, eventName: string) => expect.objectContaining({ actor, eventName });

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['SQLite', aLedger],
  ['the table', () => ledgerOn(memoryTable())],
];

const untagged = anInventory({ instances: [anInstance({ instanceId: 'i-1', tags: [] })] });
const untaggedAt5 = { kind: 'call', calls: [call('erin', 'DeleteTags')] };

describe.each(LEDGERS)('the cause of a finding, with earlier files in %s', (_, open) => {
  it('is proven by a launch of an earlier file that shows the tag which a later one removes by key', async () => {
    const setup = aSetup(untagged, TAGS, open());
    await setup.deliver([aLaunchRecord(0, 'i-1', { CostCenter: '7' }, by('dana'))], 2);
    const [finding] = await setup.deliver([untagging(5, 'erin')], 8);
    expect(finding?.cause).toEqual(untaggedAt5);
    expect(finding?.launchedBy).toBe('dana');
  });

  it('is the same in the sweep afterwards, which reads no file', async () => {
    const setup = aSetup(untagged, TAGS, open());
    await setup.deliver([aLaunchRecord(0, 'i-1', { CostCenter: '7' }, by('dana')), untagging(5, 'erin')], 8);
    expect(causeOf(await setup.sweep(20), 'i-1')).toEqual(untaggedAt5);
  });

  it('is nobody who removed a tag that an earlier file shows removed', async () => {
    const setup = aSetup(untagged, TAGS, open());
    await setup.deliver([aTagRecord(0, 'i-1', { CostCenter: '7' }), untagging(2, 'erin')], 3);
    expect(causeOf(await setup.deliver([untagging(5, 'mallory')], 8), 'i-1')).toEqual(untaggedAt5);
  });

  it('is the person who deleted a session of ours, though CloudTrail never recorded its creation', async () => {
    const setup = aSetup(two, mirroring('plan'), open());
    await setup.sweep(0, mirroring('apply'));
    const id = setup.sessionOn('eni-1');
    await setup.remove(id);
    const findings = await setup.deliver([deletion(5, id, by('erin'))], 8);
    expect(causeOf(findings, 'i-1')).toEqual({ kind: 'call', calls: [call('erin', 'DeleteTrafficMirrorSession')] });
    expect(findings.filter(({ status }) => status === 'open')).toHaveLength(1);
  });

  it('is that person too when CloudTrail records our own call later, and when it records it first', async () => {
    for (const late of [true, false]) {
      const setup = aSetup(two, mirroring('plan'), open());
      await setup.sweep(0, mirroring('apply'));
      const id = setup.sessionOn('eni-1');
      const ours = creation(0, id, 'eni-1', byUs);
      if (!late) await setup.deliver([ours], 3);
      await setup.remove(id);
      await setup.deliver([deletion(5, id, by('erin'))], 8);
      if (late) await setup.deliver([ours], 9);
      const erin = { kind: 'call', calls: [call('erin', 'DeleteTrafficMirrorSession')] };
      expect(causeOf(await setup.sweep(20), 'i-1'), late ? 'late' : 'first').toEqual(erin);
    }
  });

  it('is possible for a deletion of an earlier file that no record and no ledger explains', async () => {
    const setup = aSetup(two, mirroring('plan'), open());
    const records = [deletion(5, 'tms-unknown', by('erin'))];
    expect(causeOf(await setup.deliver(records, 8), 'i-1')?.kind).toBe('possible');
    const cause = causeOf(await setup.sweep(20), 'i-1');
    expect(cause).toMatchObject({ kind: 'possible', calls: [call('erin', 'DeleteTrafficMirrorSession')] });
  });

  it('is not possible for a deletion of a session that an earlier file shows on another interface', async () => {
    const setup = aSetup(anInventory(), mirroring('plan'), open());
    await setup.deliver([creation(1, 'tms-9', 'eni-elsewhere', by('dana'))], 2);
    const findings = await setup.deliver([deletion(5, 'tms-9', by('erin'))], 8);
    expect(causeOf(findings, 'i-1')?.kind).toBe('unknown');
  });

  it('is not possible for a call that came long after the ledger knew the finding to be open', async () => {
    const setup = aSetup(two, mirroring('plan'), open());
    await setup.sweep(0);
    await setup.deliver([deletion(1440, 'tms-unknown', by('erin'))], 1445);
    const findings = await setup.sweep(1450);
    expect(causeOf(findings, 'i-1')).toEqual({
      kind: 'unknown',
      reason: 'it was so before the records begin',
    });
    expect(JSON.stringify(findings)).not.toContain('erin');
  });

  it('is not possible for a call whose record lacks what was before, if the ledger knew the finding by then', async () => {
    const setup = aSetup(untagged, TAGS, open());
    await setup.sweep(0);
    const findings = await setup.deliver([untagging(1440, 'mallory')], 1445);
    expect(causeOf(findings, 'i-1')).toEqual({
      kind: 'unknown',
      reason: 'it was there before the calls that might have caused it',
    });
  });

  it('is possible for that call if the ledger did not know the finding', async () => {
    const setup = aSetup(untagged, TAGS, open());
    const findings = await setup.deliver([untagging(1440, 'mallory')], 1445);
    expect(causeOf(findings, 'i-1')).toMatchObject({ kind: 'possible', calls: [call('mallory', 'DeleteTags')] });
  });

  it('is still possible for a call during the look that opened the finding', async () => {
    const setup = aSetup(two, mirroring('plan'), open());
    await setup.sweep(0);
    await setup.deliver([deletion(1, 'tms-unknown', by('erin'))], 3);
    expect(causeOf(await setup.sweep(20), 'i-1')?.kind).toBe('possible');
  });
});

describe('the cause of a finding, without a ledger', () => {
  it('is only possible: the record of a deletion names only the session', async () => {
    const setup = aSetup(two, mirroring('plan'));
    await setup.sweep(0, mirroring('apply'));
    const id = setup.sessionOn('eni-1');
    await setup.remove(id);
    const cause = causeOf(await setup.deliver([deletion(5, id, by('erin'))], 8), 'i-1');
    expect(cause).toMatchObject({ kind: 'possible', calls: [call('erin', 'DeleteTrafficMirrorSession')] });
  });
});

describe('the look-up of earlier calls', () => {
  /** Counts the reads of the change log. */
  const counted = (ledger: FullLedger) => {
    const reads: number[] = [];
    const about: FullLedger['about'] = (scope, ids) => {
      reads.push(ids.length);
      return ledger.about(scope, ids);
    };
    return { reads, ledger: { ...ledger, about } };
  };

  it('is one for all findings of an account and region', async () => {
    const { reads, ledger } = counted(aLedger());
    const instances = Array.from({ length: 500 }, (_, n) => anInstance({ instanceId: `i-${n}`, tags: [] }));
    const setup = aSetup(anInventory({ instances }), TAGS, ledger);
    await setup.deliver(
      instances.map(({ instanceId }, n) => aLaunchRecord(n % 60, instanceId, {}, by('dana'))),
      70,
    );
    expect((await setup.sweep(80)).filter(({ cause }) => cause?.kind === 'call')).toHaveLength(500);
    expect(reads.length).toBeLessThan(10);
  });

  it('is none when nothing is wrong', async () => {
    const { reads, ledger } = counted(aLedger());
    const tags = [{ key: 'CostCenter', value: '7' }];
    const setup = aSetup(anInventory({ instances: [anInstance({ instanceId: 'i-1', tags })] }), TAGS, ledger);
    await setup.deliver([aLaunchRecord(0, 'i-1', { CostCenter: '7' })], 2);
    await setup.sweep(20);
    expect(reads).toEqual([]);
  });

  it('keeps nothing of accounts that are not ours', async () => {
    const ledger = aLedger();
    const ours = parseConfig(
      JSON.stringify({ requiredTags: ['CostCenter'], trail: { accounts: ['444455556666'] } }),
      'c',
    );
    await aSetup(untagged, ours, ledger).deliver([aLaunchRecord(0, 'i-1')], 2);
    expect(await partsOn(ledger, { accountId: ACCOUNT, region: untagged.region }, ['i-1'])).toEqual([]);
  });
});

describe('a deletion of our own', () => {
  it('is kept with what the session was', async () => {
    const ledger = aLedger();
    const orphan = aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 });
    const config = parseConfig(
      JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a'], cleanup: true } }),
      'config.json',
    );
    const setup = aSetup(anInventory({ trafficMirrorSessions: [aSession(), orphan] }), config, ledger);
    await setup.sweep(0);
    const kept = await partsOn(ledger, { accountId: ACCOUNT, region: untagged.region }, ['tms-1', 'tms-2']);
    expect(kept.map(({ evidence, changes }) => [evidence.actor, changes.map(({ change }) => change)])).toEqual([
      [
        'mirrorwatch',
        [
          expect.objectContaining({
            kind: 'session-deleted',
            session: expect.objectContaining({ networkInterfaceId: 'eni-1' }),
          }),
        ],
      ],
    ]);
  });
});
