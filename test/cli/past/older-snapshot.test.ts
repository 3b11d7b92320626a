/** `--older-snapshot`: i-0a1 had its tag at noon, somebody removed it at 12:40 by its key, and it was read without it at 14:00. */

import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import { aPlace, packed, snapshotOf } from '../../support/command-line.ts';
import { aRecord, aTagRecord } from '../../support/deliveries.ts';
import { anInstance, anInventory } from '../../support/inventories.ts';

const place = aPlace();

const untag = aRecord(
  'DeleteTags',
  40,
  { resourcesSet: { items: [{ resourceId: 'i-0a1' }] }, tagSet: { items: [{ key: 'Team' }] } },
  { _return: true },
);
const aside = (minute: number) => aTagRecord(minute, 'i-0b2', { Team: 'web' });
place.put('logs.json.gz', packed([aside(-30), untag, aside(90)]));
place.put('late.json.gz', packed([aside(10), untag, aside(90)]));
place.put('config.json', { requiredTags: ['Team'] });

const accountWith = (tags: readonly { readonly key: string; readonly value: string }[], region = 'eu-west-1') => ({
  ...anInventory({ region }),
  instances: [
    anInstance({ instanceId: 'i-0a1', tags }),
    anInstance({ instanceId: 'i-0b2', tags: [{ key: 'Team', value: 'web' }] }),
  ],
});
const put = (path: string, inventory: ReturnType<typeof accountWith>, readAt?: string) =>
  place.put(path, { ...Object(snapshotOf(inventory)), ...(readAt !== undefined && { readAt }) });
const tagged = accountWith([{ key: 'Team', value: 'shop' }]);
put('account.json', accountWith([]), '2026-03-17T14:00:00Z');
put('undated-account.json', accountWith([]));
put('older.json', tagged, '2026-03-17T12:00:00Z');
put('undated.json', tagged);
put('newer.json', tagged, '2026-03-17T15:00:00Z');
put('elsewhere.json', accountWith([], 'us-east-1'), '2026-03-17T12:00:00Z');

const run = (line: string) => place.run(...(line.split(' ') as [string, ...string[]]));

async function causeIn(line: string): Promise<string> {
  const { stdout } = await run(`${line} -o jsonl`);
  const [finding] = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Finding)
    .filter(({ resourceId }) => resourceId === 'i-0a1');
  return finding?.cause.kind ?? 'no finding';
}

describe('--older-snapshot', () => {
  it.each([
    ['scan', 'scan logs.json.gz --account account.json'],
    ['audit --as-of', 'audit --as-of 2026-03-17T13:00:00Z logs.json.gz --account account.json'],
  ])('lets %s prove what the records alone leave possible', async (_, line) => {
    expect(await causeIn(line)).toBe('possible');
    expect(await causeIn(`${line} --older-snapshot older.json`)).toBe('call');
  });

  it('lets timeline tell when a resource complied', async () => {
    const spans = async (more: string) => {
      const { stdout } = await run(`timeline i-0a1 logs.json.gz --account account.json -o json${more}`);
      return (JSON.parse(stdout).spans as readonly { readonly tags: string }[]).map(({ tags }) => tags);
    };
    expect(await spans('')).toEqual(['unknown', 'no']);
    expect(await spans(' --older-snapshot older.json')).toEqual(['yes', 'no']);
  });

  it('lets audit prove it by what earlier scans put into the ledger', async () => {
    const log =
      'AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/17/111122223333_CloudTrail_eu-west-1_20260317T1135Z_a.json.gz';
    place.put(log, packed([aside(-30), untag, aside(90)]));
    await run('scan AWSLogs --account account.json --ledger history.sqlite -z -o json=scan.json');
    const line = 'audit --account account.json --ledger history.sqlite';
    expect(await causeIn(`${line} --older-snapshot older.json`)).toBe('call');
  });

  it('is not used, and named, if the records begin after it: what came in between is not known', async () => {
    const { code, stdout, stderr } = await run(
      'scan late.json.gz --account account.json --older-snapshot older.json -o json',
    );
    expect(stderr).toContain('older.json: 111122223333:eu-west-1');
    expect(stderr).toContain('was read at 2026-03-17T12:00:00Z, and its records begin at 2026-03-17T12:10:00Z');
    expect(JSON.parse(stdout).findings[0].cause.kind).toBe('possible');
    expect(code).toBe(2);
  });

  it.each([
    ['does not say when it was read', 'undated.json', 'undated.json does not say when it was read ("readAt")'],
    [
      'is newer than the account',
      'newer.json',
      'newer.json was read at 2026-03-17T15:00:00.000Z, not before account.json',
    ],
    [
      'is of another account or region',
      'elsewhere.json',
      'elsewhere.json is of another account: it shows 111122223333:us-east-1',
    ],
    ['is no snapshot', 'config.json', 'config.json is not an account snapshot'],
    ['is missing', 'none.json', 'none.json: the account snapshot could not be read: there is no such file'],
    ['is a folder', '.', '.: the account snapshot could not be read: it is a folder; name the JSON file'],
  ])('is refused if it %s', async (_, path, message) => {
    const { code, stderr } = await run(`scan logs.json.gz --account account.json --older-snapshot ${path}`);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it.each([
    ['scan logs.json.gz --account none --older-snapshot older.json', 'is compared with the account as it is now'],
    [
      'scan logs.json.gz --account undated-account.json --older-snapshot older.json',
      'undated-account.json does not say when it was read',
    ],
    ['audit --account account.json --older-snapshot older.json', 'audit reads no logs: add --ledger'],
  ])('is refused where it cannot help: %s', async (line, message) => {
    const { code, stderr } = await run(line);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('is offered by scan, audit and timeline', async () => {
    for (const command of ['scan', 'audit', 'timeline'])
      expect((await run(`${command} --help`)).stdout).toContain('--older-snapshot <file>');
  });
});
