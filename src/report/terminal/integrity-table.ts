/** The result of verifying a trail, as text for a terminal. */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import { byText, groupBy, plural } from '../../collections.ts';
import { visible } from '../escape.ts';
import type { Rejected } from '../report.ts';
import { minuteWords } from '../words.ts';
import { wrap } from './terminal-text.ts';

/** The number of objects with each status. */
export type IntegrityCounts = Readonly<Record<IntegrityCheck['status'], number>>;

/** The figures of one region of one account. */
export interface IntegrityRow {
  readonly accountId: string;
  readonly region: string;
  /** Start of the time covered by digests; absent when there are none. */
  readonly from?: string | undefined;
  /** End of that time. */
  readonly to?: string | undefined;
  readonly digests: IntegrityCounts;
  readonly logs: IntegrityCounts;
}

const STATUSES = [
  'valid',
  'invalid',
  'missing',
  'injected',
  'unverified',
] as const satisfies readonly (keyof IntegrityCounts)[];

/** Counts the checks by account and region, sorted by both. */
export function integrityRows(checks: readonly IntegrityCheck[]): readonly IntegrityRow[] {
  return [...groupBy(checks, ({ accountId = '', region = '' }) => `${accountId}\n${region}`)]
    .toSorted(byText(([place]) => place))
    .map(([, own]) => regionRow(own));
}

function regionRow(own: readonly IntegrityCheck[]): IntegrityRow {
  const digests = own.filter(({ type }) => type !== 'log');
  const known = digests.filter(({ status }) => status === 'valid' || status === 'invalid' || status === 'unverified');
  const froms = known.flatMap(({ from }) => (from === undefined ? [] : [from.toISOString()])).toSorted();
  const tos = known.flatMap(({ to }) => (to === undefined ? [] : [to.toISOString()])).toSorted();
  return {
    accountId: own[0]?.accountId ?? '',
    region: own[0]?.region ?? '',
    from: froms[0],
    to: tos.at(-1),
    digests: integrityCounts(digests),
    logs: integrityCounts(own.filter(({ type }) => type === 'log')),
  };
}

/** Counts the checks by status. */
export function integrityCounts(checks: readonly IntegrityCheck[]): IntegrityCounts {
  const counts = { valid: 0, invalid: 0, missing: 0, injected: 0, unverified: 0 };
  for (const { status } of checks) counts[status] += 1;
  return counts;
}

/** True for an object that should have been proven by now and is not. */
export const isUnproven = ({ status, notDue }: IntegrityCheck): boolean => status === 'unverified' && notDue !== true;

/** How many unverified objects are listed. The counts cover the rest. */
const MOST_UNVERIFIED = 10;

/**
 * A paragraph for each account and region, then every problem, the unverified objects, and the verdict last. A reason is given once for the
 * objects in a row that share it. Lines longer than `columns` are wrapped; without `columns` none is.
 */
export function renderIntegrity(
  checks: readonly IntegrityCheck[],
  unread: readonly Rejected[],
  { columns = Number.POSITIVE_INFINITY }: { readonly columns?: number | undefined } = {},
): string {
  const section = (title: string, own: readonly IntegrityCheck[], most?: number): readonly string[] =>
    sectionLines(title, own, columns, most);
  const wrong = checks.filter(({ status }) => status !== 'valid' && status !== 'unverified');
  const unproven = checks.filter(isUnproven);
  const open = checks.filter((check) => check.status === 'unverified' && !isUnproven(check));
  const lines = [
    ...integrityRows(checks).flatMap(regionLines),
    ...section(`${plural(wrong.length, 'problem')}:`, wrong),
    ...section(`${plural(unproven.length, 'object')} not proven:`, unproven, MOST_UNVERIFIED),
    ...section(`${plural(open.length, 'object')} that cannot be verified yet or here:`, open, MOST_UNVERIFIED),
    ...(unread.length === 0 ? [] : ['', `${plural(unread.length, 'input')} not read or not verified:`]),
    ...unread.flatMap(({ path, reason }) => [...indented(path, 2, columns), ...indented(reason, 4, columns)]),
    '',
    ...wrap(integrityVerdict(checks, unread), columns),
  ];
  return `${lines.join('\n').trimStart()}\n`;
}

function regionLines({ accountId, region, from, to, digests, logs }: IntegrityRow): readonly string[] {
  const span = from === undefined || to === undefined ? '' : `  ${minuteWords(from)} to ${minuteWords(to)}`;
  return [
    `${visible(accountId) || 'no account'}  ${visible(region) || 'no region'}${span}`,
    `  digests    ${countWords(digests)}`,
    `  log files  ${countWords(logs)}`,
  ];
}

function countWords(counts: IntegrityCounts): string {
  const words = STATUSES.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${status}`);
  return words.join(', ') || 'none';
}

function sectionLines(
  title: string,
  checks: readonly IntegrityCheck[],
  columns: number,
  most: number = checks.length,
): readonly string[] {
  if (checks.length === 0) return [];
  const shown = checks.slice(0, most);
  const rest = checks.length - shown.length;
  return [
    '',
    title,
    ...shown.flatMap(({ object, type, status, reason = '' }, at) => [
      ...indented(`${status} ${type}  ${object}`, 2, columns),
      // The next object with this reason stands right below, and then the reason of both.
      ...(reason === shown[at + 1]?.reason ? [] : indented(reason, 4, columns)),
    ]),
    ...(rest > 0 ? [`  and ${rest} more (-o json lists all)`] : []),
  ];
}

function indented(text: string, by: number, columns: number): readonly string[] {
  const indent = ' '.repeat(by);
  return wrap(text, columns - by).map((line) => indent + line);
}

/** The verdict in one sentence: intact, not intact, incomplete or nothing verified. */
export function integrityVerdict(checks: readonly IntegrityCheck[], unread: readonly Rejected[]): string {
  const wrong = checks.filter(({ status }) => status !== 'valid' && status !== 'unverified').length;
  if (wrong > 0) return `NOT INTACT: ${plural(wrong, 'problem')}.`;
  const valid = checks.filter(({ status }) => status === 'valid');
  const digests = valid.filter(({ type }) => type !== 'log').length;
  if (digests === 0) return 'NOTHING VERIFIED: no digest is valid.';
  const what = `${plural(digests, 'digest')} and ${plural(valid.length - digests, 'log file')} are unchanged since CloudTrail wrote them`;
  const isComplete = unread.length === 0 && !checks.some(isUnproven);
  return isComplete ? `Intact: ${what}.` : `INCOMPLETE: ${what}; the rest could not be verified.`;
}
