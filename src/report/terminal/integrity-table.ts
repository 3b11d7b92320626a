/** What the verification of a trail found out, as text for a terminal. */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import { plural } from '../../collections.ts';
import { visible } from '../escape.ts';
import type { Rejected } from '../report.ts';
import { minuteWords } from '../words.ts';

/** How many objects came out how. */
export type IntegrityCounts = Readonly<Record<IntegrityCheck['status'], number>>;

/** One account's region. */
export interface IntegrityRow {
  readonly accountId: string;
  readonly region: string;
  /** The time for which there are digests; absent where there are none. */
  readonly from?: string | undefined;
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

/** The checks counted by account and region, in their order. */
export function integrityRows(checks: readonly IntegrityCheck[]): readonly IntegrityRow[] {
  const places = new Map<string, IntegrityCheck[]>();
  for (const check of checks) {
    const place = `${check.accountId ?? ''}\n${check.region ?? ''}`;
    const own = places.get(place);
    if (own === undefined) places.set(place, [check]);
    else own.push(check);
  }
  return [...places].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, own]) => rowOf(own));
}

function rowOf(own: readonly IntegrityCheck[]): IntegrityRow {
  const digests = own.filter(({ type }) => type !== 'log');
  const known = digests.filter(({ status }) => status === 'valid' || status === 'invalid' || status === 'unverified');
  const froms = known.flatMap(({ from }) => (from === undefined ? [] : [from.toISOString()])).toSorted();
  const tos = known.flatMap(({ to }) => (to === undefined ? [] : [to.toISOString()])).toSorted();
  const [from] = froms;
  const to = tos.at(-1);
  return {
    accountId: own[0]?.accountId ?? '',
    region: own[0]?.region ?? '',
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    digests: integrityCounts(digests),
    logs: integrityCounts(own.filter(({ type }) => type === 'log')),
  };
}

/** The checks counted by how they came out. */
export function integrityCounts(checks: readonly IntegrityCheck[]): IntegrityCounts {
  const counts = { valid: 0, invalid: 0, missing: 0, injected: 0, unverified: 0 };
  for (const { status } of checks) counts[status] += 1;
  return counts;
}

/** How many objects of a kind are named in full among those that are unverified; the counts tell of the rest. */
const MOST_UNVERIFIED = 10;

/** A paragraph for each account's region, then everything that is wrong, what is unverified and why, and the verdict last. */
export function renderIntegrity(checks: readonly IntegrityCheck[], unread: readonly Rejected[]): string {
  const wrong = checks.filter(({ status }) => status !== 'valid' && status !== 'unverified');
  const open = checks.filter(({ status }) => status === 'unverified');
  const lines = [
    ...integrityRows(checks).flatMap(rowLines),
    ...section(`${plural(wrong.length, 'problem')}:`, wrong),
    ...section(`${plural(open.length, 'object')} that nothing speaks for or against yet:`, open, MOST_UNVERIFIED),
    ...(unread.length === 0 ? [] : ['', `${plural(unread.length, 'input')} not read or not proven:`]),
    ...unread.flatMap(({ path, reason }) => [`  ${visible(path)}`, `    ${visible(reason)}`]),
    '',
    integrityVerdict(checks, unread),
  ];
  return `${lines.join('\n').trimStart()}\n`;
}

function rowLines({ accountId, region, from, to, digests, logs }: IntegrityRow): readonly string[] {
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

function section(title: string, checks: readonly IntegrityCheck[], most: number = checks.length): readonly string[] {
  if (checks.length === 0) return [];
  const rest = checks.length - most;
  return [
    '',
    title,
    ...checks
      .slice(0, most)
      .flatMap(({ object, type, status, reason = '' }) => [
        `  ${status} ${type}  ${visible(object)}`,
        `    ${visible(reason)}`,
      ]),
    ...(rest > 0 ? [`  and ${rest} more (-o json has all)`] : []),
  ];
}

/** All of it in one sentence: intact, not intact, incomplete or nothing verified. */
export function integrityVerdict(checks: readonly IntegrityCheck[], unread: readonly Rejected[]): string {
  const wrong = checks.filter(({ status }) => status !== 'valid' && status !== 'unverified').length;
  if (wrong > 0) return `NOT INTACT: ${plural(wrong, 'problem')}.`;
  const valid = checks.filter(({ status }) => status === 'valid');
  const digests = valid.filter(({ type }) => type !== 'log').length;
  if (digests === 0) return 'NOTHING VERIFIED: no digest holds.';
  const what = `${plural(digests, 'digest')} and ${plural(valid.length - digests, 'log file')} are as CloudTrail wrote them`;
  return unread.length > 0 ? `INCOMPLETE: ${what}; the rest could not be verified.` : `Intact: ${what}.`;
}
