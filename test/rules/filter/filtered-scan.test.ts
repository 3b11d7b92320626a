/** Log files of every form, scanned for rules that only the values of fields tell, against JSON.parse of the whole file. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CloudTrailRecord } from '../../../src/cloudtrail/record.ts';
import { createLogScanner, scanLog, type Wanted } from '../../../src/cloudtrail/scanner/scan.ts';
import { type CallRule, callRuleOf, isFound } from '../../../src/rules/call-rule.ts';
import { askedFields } from '../../../src/rules/candidates.ts';
import { recordFilter } from '../../../src/rules/filter/record-filter.ts';
import { logNode, write, writing } from '../../support/arbitraries.ts';

const RUNS = Number(process.env.SCAN_RUNS ?? 2_000);

const PATTERNS: readonly object[] = [
  { eventType: [{ 'anything-but': 'AwsApiCall' }] },
  { eventCategory: ['Data'], eventSource: [{ exists: true }] },
  { errorMessage: [{ suffix: 'x' }, null] },
  { eventName: [{ 'equals-ignore-case': 'runinstances' }] },
  { requestParameters: { tags: [{ 'anything-but': 'none' }] } },
  { $or: [{ eventName: [{ 'anything-but': ['CreateTags', 'ListBuckets'] }] }, { eventType: ['AwsVpceEvent'] }] },
  { detail: { eventCategory: ['Data', 'NetworkActivity'] } },
];

const rules = PATTERNS.map((pattern, at) => {
  const made = callRuleOf({ name: `rule-${at}`, pattern });
  if ('problems' in made) throw new Error(JSON.stringify(made.problems));
  return made.rule;
});

function wantedBy({ pattern: { pattern, isForEvent } }: CallRule): Wanted {
  const alternatives = askedFields(pattern, isForEvent ? 'detail' : '');
  if (alternatives === undefined) throw new Error('has no fields that bytes tell');
  const byFields = { alternatives, mayMatch: recordFilter(alternatives) };
  return { eventNames: new Set(), or: { eventSources: new Set(), anyText: [], byFields } };
}

describe('a scan for the values of fields', () => {
  it.each(rules.map((rule) => [JSON.stringify(rule.written.pattern), rule] as const))(
    'returns every record that %s matches, in one piece and in several',
    (_, rule) => {
      const wanted = wantedBy(rule);
      let matching = 0;
      let unread = 0;
      const isMatch = (record: CloudTrailRecord): boolean => isFound(rule.pattern, record);
      fc.assert(
        fc.property(logNode, writing, fc.nat(), (node, how, cut) => {
          const bytes = Buffer.from(write(node, how));
          const all = scanLog(bytes, {});
          const expected = all.wanted.filter(({ record }) => isMatch(record)).map(({ index }) => index);
          const scan = scanLog(bytes, wanted);
          const found = ({ wanted: some }: Pick<typeof scan, 'wanted'>): readonly number[] =>
            some.filter(({ record }) => isMatch(record)).map(({ index }) => index);
          expect(found(scan)).toEqual(expected);
          expect(scan.records).toBe(all.records);
          const scanner = createLogScanner(wanted);
          const first = scanner.push(bytes.subarray(0, cut % (bytes.length + 1)));
          const second = scanner.push(bytes.subarray(cut % (bytes.length + 1)));
          expect(found({ wanted: [...first, ...second, ...scanner.end().wanted] })).toEqual(expected);
          matching += expected.length;
          unread += all.wanted.length - scan.wanted.length;
        }),
        { numRuns: RUNS / 2 },
      );
      expect(matching).toBeGreaterThan(2);
      expect(unread).toBeGreaterThan(10);
    },
  );
});
