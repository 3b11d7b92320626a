/** Figures in words, the same in every format for people. */

import type { Finding, FindingDetail } from '../audit/finding.ts';
import { grouped, plural } from '../collections.ts';
import { type CoverageHistory, type CoveragePoint, highestRatioOf, ratioOf } from './coverage.ts';

/** `97.2 %`, rounded down: only a full share is `100 %`. `–` when nothing was checked. */
export function percent(ratio: number | null): string {
  if (ratio === null) return '–';
  const tenths = Math.floor(ratio * 1000 + 1e-9) / 10;
  return `${Number.isInteger(tenths) ? tenths.toFixed(0) : tenths.toFixed(1)} %`;
}

/**
 * The newest coverage in words: `97.2 % tagged (486 of 500)`, with the number that could not be judged, or `mirrored: not measured`.
 * One phrase says it when neither was measured.
 */
export function coveragePhrases({ tags, mirroring }: CoverageHistory): readonly string[] {
  if (tags.length + mirroring.length === 0) return ['coverage not measured (no complete look at an account)'];
  const isNothing = (points: readonly CoveragePoint[]): boolean =>
    isUnmeasured(points) && unknownWords(points.at(-1), '', '') === '';
  if (isNothing(tags) && isNothing(mirroring)) return ['coverage not measured (nothing was judged)'];
  return [coverageWords('tagged', tags), coverageWords('mirrored', mirroring)];
}

function isUnmeasured(points: readonly CoveragePoint[]): boolean {
  return (points.at(-1)?.checked ?? 0) === 0;
}

function coverageWords(what: string, points: readonly CoveragePoint[]): string {
  const last = points.at(-1);
  if (last === undefined || isUnmeasured(points)) return `${what}: not measured${unknownWords(last, ' (', ')')}`;
  return `${shareWords(last)} ${what} (${countWords(last)})`;
}

/** `97.2 %`, or `0 to 91.4 %` if what could not be judged leaves that much open. */
export function shareWords(point: CoveragePoint): string {
  const least = percent(ratioOf(point));
  return point.unknown === undefined ? least : `${least.replace(' %', '')} to ${percent(highestRatioOf(point))}`;
}

/** `486 of 500`, with the number that could not be judged. These are among the total. */
export function countWords(point: CoveragePoint, noun = ''): string {
  const total = grouped(point.checked + (point.unknown ?? 0));
  return `${grouped(point.passed)} of ${total}${noun}${unknownWords(point, ', ', '')}`;
}

/** `, 14 could not be judged`; empty when everything could. */
export function unknownWords(point: CoveragePoint | undefined, before: string, after: string): string {
  return point?.unknown === undefined ? '' : `${before}${grouped(point.unknown)} could not be judged${after}`;
}

const UNITS: readonly (readonly [seconds: number, letter: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `3 d 4 h`, `12 min` or `0 s`: at most the two largest units. */
export function durationWords(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [size, letter] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${letter}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0 s';
}

/** `2026-11-20 10:00 UTC` of an ISO 8601 UTC time. */
export function minuteWords(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** Why a finding is muted: its exemption, what closed it, or the reason why nothing was to be judged. */
export function mutedWords({ detail, reason }: Pick<Finding, 'detail' | 'reason'>): string {
  if (detail.closedBy !== undefined) return `closed by ${detail.closedBy}: ${reason}`;
  return detail.exemption === undefined ? reason : exemptionWords(detail.exemption);
}

/** `sandbox (lee@example.com, until 2026-11-28)`. */
export function exemptionWords({ reason, owner, expires, still }: NonNullable<FindingDetail['exemption']>): string {
  return `${reason} (${owner}, until ${expires}${still === 'repair' ? ', repaired all the same' : ''})`;
}

/** `12.4 MB`, in powers of 1000. */
export function bytesWords(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? plural(bytes, 'byte') : `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}
