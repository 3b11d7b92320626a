import { describe, expect, it } from 'vitest';
import { heardInFile } from '../../../src/pipeline/freshness/heard-in-file.ts';

const KEY =
  'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/17/111122223333_CloudTrail_eu-west-1_20260317T1210Z_aaaaaaaaaaaaaaaa.json.gz';
const END = { records: 2, newestEvent: '2026-03-17T12:04:59Z' };

describe('heardInFile', () => {
  it('has the account and region of the key, the newest record, and when the file was written', () => {
    expect(heardInFile(KEY, END)).toEqual([
      {
        ...{ accountId: '111122223333', region: 'eu-west-1' },
        ...{ record: new Date('2026-03-17T12:04:59Z'), delivered: new Date('2026-03-17T12:10:00Z') },
      },
    ]);
  });

  it.each([
    ['a file without records', KEY, { records: 0, newestEvent: undefined }],
    ['a file whose records have no time', KEY, { records: 2, newestEvent: undefined }],
    ['a key that names no account and region', 'elsewhere/a.json.gz', END],
    ['a key whose folders and name disagree', KEY.replace('CloudTrail/eu-west-1', 'CloudTrail/us-east-1'), END],
    ['a key with a region that cannot be', KEY.replaceAll('eu-west-1', 'eu<b>west'), END],
  ])('has nothing of %s', (_, key, end) => {
    expect(heardInFile(key, end)).toEqual([]);
  });
});
