import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import { collect } from '../../src/pipeline/collect.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../support/deliveries.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { at } from '../support/sightings.ts';

const config = parseConfig(JSON.stringify({ trail: { buckets: [BUCKET], accounts: [ACCOUNT] } }), 'config.json');
const bad = aLaunchRecord(2, 'i-0lost', {}, { eventTime: 'yesterday' });
const good = aLaunchRecord(1, 'i-0good');
const LACK = 'could not be judged: its eventTime "yesterday" is not a time';

async function collected(body: string | Message) {
  const bucket = aBucket();
  bucket.put(aLogKey(1), [bad, good]);
  const message = typeof body === 'string' ? { messageId: 'm1', body } : body;
  const { input, failed, sightings } = await collect([message], bucket.logs, config, at(5));
  return { failed, rejected: input.rejected, sightings: sightings.length };
}

const eventOf = (more: object): string =>
  JSON.stringify({ version: '0', id: 'e-1', account: ACCOUNT, region: REGION, time: at(1).toISOString(), ...more });

describe('a delivered record that does not say when it happened', () => {
  it('is named with its place in the log file, and the record beside it is read', async () => {
    expect(await collected(aNotice('m1', aLogKey(1)))).toEqual({
      failed: [],
      sightings: 1,
      rejected: [
        {
          path: `s3://${BUCKET}/${aLogKey(1)}#0`,
          of: 'records',
          records: 1,
          reason: `the RunInstances record launch-2-i-0lost ${LACK}`,
        },
      ],
    });
  });

  it('is named when a message carries the record itself', async () => {
    const call = { 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.ec2', detail: bad };
    expect(await collected(eventOf(call))).toMatchObject({
      failed: [],
      sightings: 0,
      rejected: [{ of: 'records', reason: `the RunInstances record launch-2-i-0lost ${LACK}` }],
    });
  });

  it('is named when it is an event of another service', async () => {
    const state = {
      ...{ 'detail-type': 'EC2 Instance State-change Notification', source: 'aws.ec2', time: 'yesterday' },
      detail: { 'instance-id': 'i-0lost', state: 'running' },
    };
    expect(await collected(eventOf(state))).toMatchObject({
      sightings: 0,
      rejected: [
        {
          reason:
            'the event "aws.ec2:EC2 Instance State-change Notification" "e-1" could not be judged: its time is not a time',
        },
      ],
    });
  });
});
