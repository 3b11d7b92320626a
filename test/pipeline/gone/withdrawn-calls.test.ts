import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { parseConfig } from '../../../src/config.ts';
import { recordsAlone } from '../../../src/local/account/records-alone.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord, BUCKET } from '../../support/deliveries.ts';
import { ACCOUNT } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { at } from '../../support/sightings.ts';

const config = parseConfig(
  JSON.stringify({
    trail: { buckets: [BUCKET], accounts: [ACCOUNT] },
    watch: {
      // The records are of a Tuesday.
      iamUserAfterHours: { timeZone: 'UTC', days: ['sat'], hours: { from: '08:00', to: '18:00' } },
      rules: [
        {
          ...{ name: 'stopped', resource: 'requestParameters.name' },
          pattern: { eventName: ['StopLogging'], errorCode: [{ exists: false }] },
        },
      ],
    },
  }),
  'config.json',
);

const stop = (minute: number) =>
  aRecord('StopLogging', minute, { name: 'main' }, null, { eventSource: 'cloudtrail.amazonaws.com' });
const user = aRecord(
  'CreateUser',
  1,
  { userName: 'mallory' },
  { user: { userName: 'mallory' } },
  { eventSource: 'iam.amazonaws.com', awsRegion: 'us-east-1' },
);
/** The record of the same call, which says that it failed after all. */
const failed = (call: Readonly<Record<string, unknown>>, more: object = {}) => ({
  ...call,
  ...{ eventID: `addendum-${call.eventID}`, errorCode: 'InternalFailure', responseElements: null },
  addendum: { reason: 'UPDATED_DATA', updatedFields: 'errorCode', originalEventID: call.eventID },
  ...more,
});

async function delivered(...files: readonly (readonly object[])[]) {
  const bucket = aBucket();
  const ledger = aLedger();
  const mails: AlertMessage[] = [];
  const publisher = { publish: async (message: AlertMessage) => `mail-${mails.push(message)}` };
  const ports = { logs: bucket.logs, inventory: recordsAlone(), ledger, publisher };
  for (const [number, records] of files.entries()) {
    bucket.put(aLogKey(number), records as never);
    const options = { now: at(10 + number), clock: STOPPED_CLOCK };
    await deliver([aNotice(`m${number}`, aLogKey(number))], ports, config, options);
  }
  const entries = await ledger.entries({});
  return entries.map(({ finding, resolvedBy }) => [finding.rule, finding.resourceId, finding.status, resolvedBy]);
}

describe('an addendum that says that a call failed, in a later delivery than its record', () => {
  it.each([
    ['a rule of the configuration', stop(1), ['custom:stopped', 'main']],
    ['iam-user-after-hours', user, ['iam-user-after-hours', 'mallory']],
  ])('takes back the finding of %s, by nobody', async (_, call, [rule, resource]) => {
    expect(await delivered([call])).toEqual([[rule, resource, 'open', undefined]]);
    expect(await delivered([call], [failed(call)])).toEqual([[rule, resource, 'resolved', undefined]]);
    expect(await delivered([call], [failed(call)], [call])).toEqual([[rule, resource, 'resolved', undefined]]);
    expect(await delivered([call, failed(call)])).toEqual([]);
  });

  it('takes it back also where it does not name the resource', async () => {
    const addendum = failed(stop(1), { requestParameters: null });
    expect(await delivered([stop(1)], [addendum])).toEqual([['custom:stopped', 'main', 'resolved', undefined]]);
  });

  it('leaves it open if another call is behind it, and opens it again for a later one', async () => {
    const open = [['custom:stopped', 'main', 'open', undefined]];
    expect(await delivered([stop(1), stop(2)], [failed(stop(2))])).toEqual(open);
    expect(await delivered([stop(1)], [failed(stop(1)), stop(3)])).toEqual(open);
    expect(await delivered([stop(1)], [failed(stop(1))], [stop(3)])).toEqual(open);
  });

  it('says nothing about the findings of other calls', async () => {
    const open = [['custom:stopped', 'main', 'open', undefined]];
    expect(await delivered([stop(1)], [failed(stop(2))])).toEqual(open);
    expect(await delivered([stop(1)], [failed(stop(1), { errorCode: undefined })])).toEqual(open);
  });

  it('takes back each of several calls that are all withdrawn, at once', async () => {
    const addenda = [failed(stop(1)), failed(stop(2))];
    expect(await delivered([stop(1), stop(2)], addenda)).toEqual([['custom:stopped', 'main', 'resolved', undefined]]);
  });
});
