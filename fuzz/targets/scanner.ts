/** The scanner against JSON.parse, and against itself in chunks cut at random. */

import { createLogScanner, type LogScan, scanLog, type Wanted, type WantedRecord } from '../../src/cloudtrail/scanner/scan.ts';
import type { Random } from '../random.ts';
import { same, type Target } from './target.ts';

const WANTED: readonly Wanted[] = [{}, { eventNames: new Set(['RunInstances', 'CreateTags']) }];
const LONGEST_RECORD = 500_000;

/** Files of any form. The same records are found, byte for byte, however the file is cut. */
export const scanner: Target = {
  seeds: () => [LIST, PRETTY, LINES, WRAPPED, BARE, LATE],
  check: (input, random) => {
    const bytes = random.once(8) ? Buffer.from(input, 'latin1') : Buffer.from(input);
    const wanted = random.pick(WANTED);
    const whole = scanLog(bytes, wanted);
    compareWithJson(bytes, wanted, whole);
    // A second list of records replaces the first, which in chunks may have been handed out already. That is named as damage.
    if ((input.match(/Records|\\u/g)?.length ?? 0) > 1) return;
    const cut = inChunks(bytes, wanted, random);
    same('the scan in chunks', shown(cut), shown(whole));
  },
};

function inChunks(bytes: Buffer, wanted: Wanted, random: Random): LogScan {
  const scan = createLogScanner(wanted);
  const found: WantedRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const to = at + 1 + random.below(random.pick(bytes.length < 5000 ? [3, 70, 1000] : [300, 70_000, 200_000]));
    found.push(...scan.push(Buffer.from(bytes.subarray(at, to))));
    at = to;
  }
  const end = scan.end();
  return { ...end, wanted: [...found, ...end.wanted] };
}

function shown({ wanted, warnings: _, ...counts }: LogScan): unknown {
  return { ...counts, wanted: wanted.map(({ json, index }) => [index, json.toString('latin1')]) };
}

/** In a file that is JSON, every record that JSON.parse finds in the list is found, and is the same. */
function compareWithJson(bytes: Buffer, { eventNames }: Wanted, scan: LogScan): void {
  const file = parsed(bytes.toString('utf8').replace(/^\ufeff/, ''));
  const list = isObject(file) && Array.isArray(file.Records) ? file.Records : Array.isArray(file) ? file : undefined;
  if (list === undefined) return;
  const byIndex = new Map(scan.wanted.map((one) => [one.index, one]));
  for (const [index, value] of list.entries()) {
    if (!isObject(value) || typeof value.eventName !== 'string' || value.eventName === '') continue;
    if (typeof value._raw === 'string' || (eventNames !== undefined && !eventNames.has(value.eventName))) continue;
    const text = stringified(value);
    if (text === undefined || text.length > LONGEST_RECORD) continue;
    const found = byIndex.get(index);
    if (found === undefined) throw new Error(`record ${index} of ${list.length} is missing (${scan.incomplete ?? 'complete'})`);
    same(`record ${index}`, JSON.parse(found.json.toString('utf8')), value);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined for a value that nests too deep to be written. */
function stringified(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const record = (eventName: string, more: object = {}): object => ({
  ...{ eventVersion: '1.08', eventName, eventSource: 'ec2.amazonaws.com', eventTime: '2025-01-01T00:00:00Z' },
  ...{ eventType: 'AwsApiCall', eventCategory: 'Management', requestParameters: { items: [{ a: 'x"y\\z' }, []] } },
  ...more,
});
const RECORDS = [record('RunInstances'), record('DescribeInstances', { userAgent: 'ü"{[' }), record('CreateTags'), record('PutObject')];
const LIST = JSON.stringify({ Records: RECORDS });
const PRETTY = JSON.stringify({ Records: RECORDS }, undefined, 2);
const LINES = RECORDS.map((one) => JSON.stringify(one)).join('\n');
const WRAPPED = RECORDS.map((one) => JSON.stringify({ Message: JSON.stringify(one), detail: one })).join('\r\n');
const BARE = JSON.stringify([...RECORDS, 1, null, 'x', [], {}]);
const LATE = JSON.stringify({ a: [{ eventVersion: 1 }], Records: [record('RunInstances', { pad: 'x'.repeat(150_000) }), ...RECORDS], b: '}]' });
