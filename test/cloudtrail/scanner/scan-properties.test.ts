import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CloudTrailRecord } from '../../../src/cloudtrail/record.ts';
import { createLogScanner, type LogScan, scanLog, type Wanted } from '../../../src/cloudtrail/scanner/scan.ts';
import { logNode, recordNode, type Writing, write, writing } from '../../support/arbitraries.ts';

/** `SCAN_RUNS=40000 npx vitest run test/cloudtrail/scanner/scan-properties.test.ts` searches harder. */
const RUNS = Number(process.env.SCAN_RUNS ?? 2_000);
const RUN_INSTANCES: Wanted = {
  eventNames: new Set(['RunInstances', 'CreateTags']),
  eventSources: new Set(['ec2.amazonaws.com']),
};

const wantedSets: fc.Arbitrary<Wanted> = fc.constantFrom<Wanted>(
  {},
  RUN_INSTANCES,
  { eventNames: new Set(['RunInstances']) },
  { eventSources: new Set(['ec2.amazonaws.com']) },
  { anyText: ['xxx'], where: (record) => JSON.stringify(record).includes('xxx') },
);

/** What JSON.parse of the complete file finds. */
interface Expected {
  readonly records: number;
  readonly wanted: readonly unknown[];
  readonly rejected: number;
  readonly networkActivity: number;
  readonly insight: number;
}

const isInsight = (value: CloudTrailRecord): boolean =>
  value.eventType === 'AwsCloudTrailInsight' || value.eventCategory === 'Insight';
const isNetwork = (value: CloudTrailRecord): boolean =>
  !isInsight(value) && (value.eventType === 'AwsVpceEvent' || value.eventCategory === 'NetworkActivity');
const named = (value: CloudTrailRecord): boolean => typeof value.eventName === 'string' && value.eventName !== '';

function expectedOf(values: readonly unknown[], wanted: Wanted): Expected {
  const objects = values.filter(
    (value): value is CloudTrailRecord => typeof value === 'object' && value !== null && !Array.isArray(value),
  );
  const records = objects.filter((value) => named(value) || isInsight(value) || isNetwork(value));
  return {
    records: records.length,
    rejected: values.length - records.length,
    insight: records.filter(isInsight).length,
    networkActivity: records.filter(isNetwork).length,
    wanted: records.filter(
      (value) =>
        named(value) &&
        (wanted.eventNames?.has(value.eventName ?? '') ?? true) &&
        (wanted.eventSources === undefined ||
          (typeof value.eventSource === 'string' && wanted.eventSources.has(value.eventSource))) &&
        (wanted.where?.(value) ?? true),
    ),
  };
}

const seen = (scan: LogScan): Expected => ({
  records: scan.records,
  rejected: scan.rejectedCount,
  insight: scan.skipped.insight ?? 0,
  networkActivity: scan.skipped['network-activity'] ?? 0,
  wanted: scan.wanted.map(({ record }) => record),
});

const valuesOf = (text: string): readonly unknown[] => {
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed : ((parsed as { Records: unknown[] }).Records ?? []);
};

const scanInPieces = (bytes: Buffer, cuts: readonly number[], wanted: Wanted): LogScan => {
  const scanner = createLogScanner(wanted);
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const found = places.slice(1).flatMap((end, at) => scanner.push(bytes.subarray(places[at], end)));
  const scan = scanner.end();
  return { ...scan, wanted: [...found, ...scan.wanted] };
};

describe('scanLog', () => {
  it('finds what JSON.parse of the file finds, however it is formatted', () => {
    fc.assert(
      fc.property(logNode, writing, wantedSets, (node, how, wanted) => {
        const text = write(node, how);
        const scan = scanLog(Buffer.from(text), wanted);
        expect(seen(scan)).toEqual(expectedOf(valuesOf(text), wanted));
        expect(scan.incomplete).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  it('returns the bytes of a record verbatim, on one line', () => {
    fc.assert(
      fc.property(logNode, writing, (node, how) => {
        const bytes = Buffer.from(write(node, how));
        for (const { json, record } of scanLog(bytes, {}).wanted) {
          expect(json.includes('\n')).toBe(false);
          expect(JSON.parse(json.toString())).toEqual(record);
          if (!how.lines) expect(bytes.includes(json)).toBe(true);
        }
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('reads one record per line like a list of them', () => {
    const oneLine = (how: Writing): Writing => ({ ...how, lines: false });
    fc.assert(
      fc.property(fc.array(recordNode, { maxLength: 6 }), writing, wantedSets, (nodes, how, wanted) => {
        const lines = nodes.map((node, at) => write(node, oneLine({ ...how, seed: how.seed + at })));
        const scan = scanLog(Buffer.from(lines.join(how.lines ? '\r\n' : '\n')), wanted);
        expect(seen(scan)).toEqual(
          expectedOf(
            lines.map((line) => JSON.parse(line) as unknown),
            wanted,
          ),
        );
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('returns every complete record before the cut in a cut-off file, and says it is cut off', () => {
    fc.assert(
      fc.property(fc.array(recordNode, { minLength: 1, maxLength: 6 }), writing, fc.nat(), (nodes, how, place) => {
        const texts = nodes.map((node, at) => write(node, { ...how, seed: how.seed + at }));
        const text = Buffer.from(`{"Records":[${texts.join(',')}]}`);
        const cut = place % text.length;
        const whole = texts.filter(
          (_, at) =>
            Buffer.byteLength(
              texts
                .slice(0, at + 1)
                .join(',')
                .trimEnd(),
            ) +
              12 <=
            cut,
        );
        const scan = scanLog(text.subarray(0, cut), {});
        const expected = expectedOf(
          whole.map((one) => JSON.parse(one) as unknown),
          {},
        );
        expect(scan.wanted.map(({ record }) => record)).toEqual(expected.wanted);
        expect(scan.records).toBe(expected.records);
        if (cut > 0) expect(scan.incomplete).toBeDefined();
      }),
      { numRuns: RUNS },
    );
  });
});

describe('createLogScanner', () => {
  it('finds the same in chunks, cut anywhere, as in one piece', () => {
    fc.assert(
      fc.property(logNode, writing, wantedSets, fc.array(fc.nat(), { maxLength: 12 }), (node, how, wanted, cuts) => {
        const bytes = Buffer.from(write(node, how));
        const whole = scanLog(bytes, wanted);
        expect(scanInPieces(bytes, cuts, wanted)).toEqual(whole);
      }),
      { numRuns: RUNS },
    );
  });

  it('keeps its position across the windows of a long file', () => {
    fc.assert(
      fc.property(
        fc.array(logNode, { minLength: 1, maxLength: 4 }),
        writing,
        fc.array(fc.nat(), { maxLength: 6 }),
        (nodes, how, cuts) => {
          const lists = nodes.map((node, at) => valuesOf(write(node, { ...how, seed: how.seed + at })));
          const values = Array.from({ length: 400 }, () => lists).flat(2);
          const bytes = Buffer.from(JSON.stringify({ Records: values }));
          expect(seen(scanInPieces(bytes, cuts, RUN_INSTANCES))).toEqual(expectedOf(values, RUN_INSTANCES));
        },
      ),
      { numRuns: 25 },
    );
  });
});
