import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DuckDb, duckDb } from '../../bench/duckdb.ts';
import { parquetForm } from '../../src/history/records/parquet-form.ts';
import { openZstd } from '../../src/history/records/zstd.ts';

const DANA = { type: 'IAMUser', userName: 'dana', arn: 'arn:aws:iam::111122223333:user/dana' };
/** An instance that launches others, as a build server does. */
const SERVER = { type: 'AssumedRole', arn: 'arn:aws:sts::111122223333:assumed-role/Build/i-0aaaaaaaaaaaaaaaa' };

type Fields = Readonly<Record<string, unknown>>;

function record(place: number, eventName: string, fields: Fields): Fields {
  return {
    ...{ eventVersion: '1.08', eventID: `e-${place}`, eventSource: 'ec2.amazonaws.com', eventName },
    ...{ awsRegion: 'eu-west-1', recipientAccountId: '111122223333', userIdentity: DANA },
    ...{ eventTime: `2026-01-${String(place).padStart(2, '0')}T00:00:00Z`, ...fields },
  };
}

const launched = (ids: readonly string[], tags?: readonly Fields[]): Fields => ({
  instancesSet: {
    items: ids.map((instanceId) => ({
      ...{ instanceId, tagSet: tags === undefined ? {} : { items: tags } },
      networkInterfaceSet: { items: [{ networkInterfaceId: 'eni-0123456789abcdef0', tagSet: {} }] },
    })),
  },
});
const volumeTags = {
  tagSpecificationSet: { items: [{ resourceType: 'volume', tags: [{ key: 'Owner', value: 'x' }] }] },
};
const removed = (resourceId: string, tagSet: Fields): Fields => ({
  requestParameters: { resourcesSet: { items: [{ resourceId }] }, tagSet },
});

const RECORDS: readonly Fields[] = [
  record(1, 'RunInstances', { userIdentity: SERVER, responseElements: launched(['i-01', 'i-02']) }),
  record(2, 'RunInstances', { requestParameters: volumeTags, responseElements: launched(['i-03']) }),
  record(3, 'RunInstances', {
    requestParameters: { launchTemplate: { launchTemplateId: 'lt-0123456789abcdef0' } },
    responseElements: launched(['i-04'], [{ key: 'Template', value: 'i-0bbbbbbbbbbbbbbbb' }]),
  }),
  record(4, 'RunInstances', { requestParameters: { omitted: true } }),
  record(5, 'RunInstances', {
    responseElements: launched(['i-05'], [{ key: 'aws:autoscaling:groupName', value: 'g' }]),
  }),
  record(6, 'DeleteTags', { userIdentity: SERVER, ...removed('i-03', { items: [{ key: 'Owner' }] }) }),
  record(7, 'DeleteTags', removed('i-04', {})),
  record(8, 'DeleteTags', { requestParameters: { omitted: true } }),
  record(9, 'DeleteTags', { eventSource: 'elasticfilesystem.amazonaws.com', userIdentity: SERVER }),
  record(10, 'DeleteTags', { ...removed('i-05', {}), errorCode: 'Client.UnauthorizedOperation' }),
];

const duck = await duckDb();

describe.skipIf(duck === undefined)('questions for Athena, asked of DuckDB', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mirrorwatch-questions-'));
    const { rowOf, encode } = parquetForm(await openZstd());
    // CloudTrail delivers some records twice.
    const rows = [...RECORDS, ...RECORDS.slice(0, 3)].map((each, index) =>
      rowOf({ record: each, json: Buffer.from(JSON.stringify(each)), index }, { logFile: 'a.json', fileIndex: 0 }),
    );
    await writeFile(join(folder, 'records.parquet'), await encode(rows));
    await duck?.query('CREATE MACRO json_extract_scalar(text, path) AS json_extract_string(text, path)');
    await duck?.query('CREATE MACRO json_format(value) AS CAST(value AS VARCHAR)');
    await duck?.query(`CREATE VIEW mirrorwatch_records AS SELECT * FROM read_parquet('${folder}/records.parquet')`);
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function answer(question: string): Promise<readonly (readonly unknown[])[]> {
    const sql = readFileSync(new URL(`../../deploy/athena/questions/${question}.sql`, import.meta.url), 'utf8');
    return (await (duck as DuckDb).query(sql)) as readonly (readonly unknown[])[];
  }

  it('names as launched what the answer of a call lists, and neither its caller nor what a tag names', async () => {
    const rows = await answer('who-launched');
    expect(rows.map((row) => [row[3], row[5], row[6]])).toEqual([
      ['Build/i-0aaaaaaaaaaaaaaaa', 'i-01', 'e-1'],
      ['Build/i-0aaaaaaaaaaaaaaaa', 'i-02', 'e-1'],
      ['dana', 'i-03', 'e-2'],
      ['dana', 'i-04', 'e-3'],
      ['dana', null, 'e-4'],
      ['dana', 'i-05', 'e-5'],
    ]);
  });

  it('names as untagged what a request lists, and says where it is not known', async () => {
    const rows = await answer('who-untagged');
    expect(rows.map((row) => [row[3], row[5], row[6], row[7]])).toEqual([
      ['Build/i-0aaaaaaaaaaaaaaaa', 'i-03', '[{"key":"Owner"}]', 'e-6'],
      ['dana', 'i-04', 'all', 'e-7'],
      ['dana', null, null, 'e-8'],
    ]);
  });

  it('counts a launch by the tags that its instances have, once', async () => {
    const rows = await answer('untagged-launches-by-owner-and-month');
    expect(rows.map((row) => row.slice(2).map(String))).toEqual([
      ['Build/i-0aaaaaaaaaaaaaaaa', '1', '1', '0'],
      ['dana', '4', '2', '1'],
    ]);
  });
});
