import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { parseConfig } from '../../../src/config.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLogKey, aNotice, BUCKET } from '../../support/deliveries.ts';
import { anIamCall, IAM_ACCOUNT } from '../../support/iam-calls.ts';
import { aLedger } from '../../support/ledgers.ts';

const NIGHT = '2026-03-14T02:12:00Z';
const MORNING = '2026-03-16T09:00:00Z';
const NOON = '2026-03-16T11:00:00Z';
const EVENING = '2026-03-16T16:00:00Z';
const NOW = new Date('2026-03-17T12:00:00Z');

const made = (userName: string, time: string) => anIamCall('CreateUser', time, { userName });
const deleted = (userName: string, time: string) => anIamCall('DeleteUser', time, { userName });
const renamed = (userName: string, newUserName: string, time: string) =>
  anIamCall('UpdateUser', time, { userName, newUserName });
const keyed = (userName: string, time: string) => anIamCall('CreateAccessKey', time, { userName });

/** Delivers each list of records by itself. What the ledger has then, and the mails. */
async function delivered(deliveries: readonly (readonly object[])[], exemptions: readonly object[] = []) {
  const iamUserAfterHours = { timeZone: 'Europe/Berlin', hours: { from: '08:00', to: '18:00' } };
  const trail = { buckets: [BUCKET], accounts: [IAM_ACCOUNT] };
  const config = parseConfig(JSON.stringify({ trail, watch: { iamUserAfterHours }, exemptions }), 'config.json');
  const bucket = aBucket();
  const ledger = aLedger();
  const mails: AlertMessage[] = [];
  const publisher = { publish: async (mail: AlertMessage) => `mail-${mails.push(mail)}` };
  const ports = { logs: bucket.logs, inventory: recordsAlone(), ledger, publisher };
  for (const [n, records] of deliveries.entries()) {
    bucket.put(aLogKey(n), records as never);
    const { failed } = await deliver([aNotice(`m${n}`, aLogKey(n))], ports, config, { now: NOW, clock: STOPPED_CLOCK });
    expect(failed).toEqual([]);
  }
  const entries = (await ledger.entries({})).filter(({ finding }) => finding.rule === 'iam-user-after-hours');
  const lines = entries.map(
    ({ finding: { resourceId, status, detail } }) => `${resourceId} ${status} ${detail.eventCount}`,
  );
  return { entries, lines: lines.toSorted(), mails };
}

describe('the finding about a user that is renamed later', () => {
  it('goes along with the user, with all that was known', async () => {
    const create = made('mallory', NIGHT);
    const { entries, lines, mails } = await delivered([[create], [renamed('mallory', 'erin', NOON)]]);
    expect(lines).toEqual(['erin open 1', 'mallory resolved 1']);
    const finding = entries.find(({ finding: { status } }) => status === 'open')?.finding;
    expect(finding).toMatchObject({
      reason:
        'dana made the user outside working hours: Saturday 2026-03-14 03:12 Europe/Berlin; it was mallory until it was renamed',
      detail: { formerNames: [{ name: 'mallory', actor: 'dana' }] },
      cause: { kind: 'call', calls: [{ eventID: create.eventID }] },
      firstSeen: '2026-03-14T02:12:00.000Z',
      lastSeen: '2026-03-16T11:00:00.000Z',
      evidence: [{ eventID: create.eventID, role: 'cause' }],
    });
    expect(entries.find(({ finding: { status } }) => status === 'resolved')?.resolvedBy).toBeUndefined();
    // The new name is told; that the old name is over is no all-clear, and is not.
    expect(mails.map(({ body }) => /resolved/i.test(body))).toEqual([false, false]);
    expect(mails[1]?.body).toContain('erin');
  });

  it.each<[what: string, deliveries: readonly (readonly object[])[], expected: readonly string[]]>([
    [
      'is resolved by the deletion of the new name',
      [[made('mallory', NIGHT)], [renamed('mallory', 'erin', NOON)], [deleted('erin', EVENING)]],
      ['erin resolved 1', 'mallory resolved 1'],
    ],
    [
      'is resolved by a deletion that comes with the rename',
      [[made('mallory', NIGHT)], [renamed('mallory', 'erin', NOON), deleted('erin', EVENING)]],
      ['mallory resolved 1'],
    ],
    [
      'is not resolved by the deletion of another user of the old name',
      [
        [made('mallory', NIGHT)],
        [renamed('mallory', 'erin', NOON)],
        [made('mallory', NOON.replace('11:00', '11:30'))],
        [deleted('mallory', EVENING)],
      ],
      ['erin open 1', 'mallory resolved 1'],
    ],
    [
      'is not resolved by it in one delivery, either',
      [
        [made('mallory', NIGHT)],
        [
          renamed('mallory', 'erin', NOON),
          made('mallory', NOON.replace('11:00', '11:30')),
          deleted('mallory', EVENING),
        ],
      ],
      ['erin open 1', 'mallory resolved 1'],
    ],
    [
      'is not resolved by the deletion, before, of another user of the new name',
      [[made('mallory', NIGHT)], [deleted('erin', MORNING)], [renamed('mallory', 'erin', NOON)]],
      ['erin open 1', 'mallory resolved 1'],
    ],
    [
      'follows two renames',
      [
        [made('mallory', NIGHT)],
        [renamed('mallory', 'erin', MORNING), renamed('erin', 'bob', NOON)],
        [keyed('bob', '2026-03-17T03:00:00Z')],
      ],
      ['bob open 2', 'mallory resolved 1'],
    ],
    [
      'comes back with the old name',
      [[made('mallory', NIGHT)], [renamed('mallory', 'erin', MORNING)], [renamed('erin', 'mallory', NOON)]],
      ['erin resolved 1', 'mallory open 1'],
    ],
    [
      'is told once, however often the records are delivered',
      [
        [made('mallory', NIGHT)],
        [made('mallory', NIGHT), renamed('mallory', 'erin', NOON)],
        [renamed('mallory', 'erin', NOON)],
        [made('mallory', NIGHT)],
      ],
      ['erin open 1', 'mallory resolved 1'],
    ],
    [
      'is joined with what is found under the new name',
      [[made('mallory', NIGHT)], [renamed('mallory', 'erin', NOON), keyed('erin', '2026-03-16T20:00:00Z')]],
      ['erin open 2', 'mallory resolved 1'],
    ],
    [
      'stays with the user of that name who was deleted before the other was made',
      [
        [made('mallory', NIGHT)],
        [deleted('mallory', MORNING), made('mallory', NOON), renamed('mallory', 'erin', EVENING)],
      ],
      ['mallory resolved 1'],
    ],
    ['is no finding where there was none', [[made('mallory', NOON)], [renamed('mallory', 'erin', EVENING)]], []],
    [
      'is over if the rename and the deletion were delivered together before it',
      [[renamed('mallory', 'erin', NOON), deleted('erin', EVENING)], [made('mallory', NIGHT)]],
      ['mallory resolved 1'],
    ],
    [
      'stays under the old name if the deletion was delivered apart from the rename before it',
      [[renamed('mallory', 'erin', NOON)], [deleted('erin', EVENING)], [made('mallory', NIGHT)]],
      ['mallory open 1'],
    ],
    [
      'stays under the old name if it is delivered after the rename',
      [[renamed('mallory', 'erin', NOON)], [made('mallory', NIGHT)]],
      ['mallory open 1'],
    ],
  ])('%s', async (_, deliveries, expected) => {
    const same = new Map<string, object>();
    const once = (record: object): object => {
      const { eventName, eventTime, requestParameters } = record as Readonly<Record<string, unknown>>;
      const key = JSON.stringify([eventName, eventTime, requestParameters]);
      const first = same.get(key) ?? record;
      same.set(key, first);
      return first;
    };
    expect((await delivered(deliveries.map((records) => records.map(once)))).lines).toEqual(expected);
  });

  it('is muted under the new name only by an exemption of that', async () => {
    const of = (resource: string) => [
      { rule: 'iam-user-after-hours', resource, reason: 'r', owner: 'o', expires: '2027-01-01' },
    ];
    const deliveries = [[made('mallory', NIGHT)], [renamed('mallory', 'erin', NOON)]];
    expect((await delivered(deliveries, of('mall*'))).lines).toEqual(['erin open 1', 'mallory resolved 1']);
    expect((await delivered(deliveries, of('erin'))).lines).toEqual(['erin muted 1', 'mallory resolved 1']);
  });
});
