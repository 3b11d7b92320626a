/** Made-up logs of years. */

import { gzipSync } from 'node:zlib';
import { zipOf } from '../delivery/zip-builder.ts';
import { aLaunchRecord, aRecord } from './deliveries.ts';

/** Numbers that follow from a seed. */
export function randomFrom(seed: number): {
  readonly below: (limit: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
} {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return {
    below,
    pick: (from) => {
      const one = from[below(from.length)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
  };
}

/** A log file, by its name below a folder or a prefix. */
export interface MadeLog {
  readonly name: string;
  readonly bytes: Buffer;
}

const ACCOUNTS = ['111122223333', '444455556666', '777788889999'] as const;
const REGIONS = ['eu-west-1', 'us-east-1'] as const;

/** Launches in some accounts and regions, tags that are set and removed in files of other days, and repeats. */
export function* madeLogs(files: number, seed: number): Generator<MadeLog> {
  const { pick, below } = randomFrom(seed);
  const idOf = (at: number): string => `i-${String(at).padStart(17, '0')}`;
  for (let at = 0; at < files; at += 1) {
    const [accountId, region] = [pick(ACCOUNTS), pick(REGIONS)];
    const here = { recipientAccountId: accountId, awsRegion: region };
    const tag = {
      resourcesSet: { items: [{ resourceId: idOf(below(files)) }] },
      tagSet: { items: [{ key: 'Owner', value: 'me' }] },
    };
    const records = [
      aLaunchRecord(at, idOf(at), below(2) === 0 ? { Owner: 'me' } : {}, here),
      aRecord(
        pick(['CreateTags', 'DeleteTags']),
        at + below(500),
        tag,
        { _return: true },
        { ...here, eventID: `t-${at}` },
      ),
      aRecord('DescribeInstances', at, {}, {}, here),
    ];
    const day = `2026/03/${String(17 + (at % 9)).padStart(2, '0')}`;
    const file = `${accountId}_CloudTrail_${region}_${day.replaceAll('/', '')}T1005Z_${String(at).padStart(16, '0')}.json.gz`;
    yield {
      name: `AWSLogs/${accountId}/CloudTrail/${region}/${day}/${file}`,
      bytes: gzipSync(JSON.stringify({ Records: below(5) === 0 ? [...records, ...records] : records })),
    };
  }
}

/** The same with odd files between them: empty, cut off, no log, a record without a time, an archive. */
export function* oddLogs(files: number, seed: number): Generator<MadeLog> {
  yield* madeLogs(files, seed);
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const logOf = (...records: readonly object[]): Buffer => json({ Records: records });
  yield { name: 'empty.json.gz', bytes: Buffer.alloc(0) };
  yield { name: 'cut.json.gz', bytes: gzipSync(logOf(aLaunchRecord(1, 'i-00000000000000c0f'))).subarray(0, -9) };
  yield { name: 'note.txt', bytes: Buffer.from('not a log') };
  yield { name: 'unplaced.json', bytes: logOf(aLaunchRecord(1, 'i-00000000000000d0f', {}, { eventTime: 'soon' })) };
  yield {
    name: 'more.zip',
    bytes: zipOf([{ name: 'in/a.json', data: logOf(aLaunchRecord(2, 'i-00000000000000e0f')) }]),
  };
}
