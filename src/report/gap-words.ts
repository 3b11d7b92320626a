/** What could not be read or judged, in words: the same in every format for people and in the digest. */

import { unjudgedWords } from '../audit/gaps/gap.ts';
import { grouped, plural } from '../collections.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { Rejected, RejectedKind } from '../ledger/reading.ts';
import type { Gaps, ReportGap } from './gaps.ts';
import type { Report } from './report.ts';
import { minuteWords } from './words.ts';

/** `2 accounts could not be read, 1 list could not be read completely, 14 instances could not be judged`; empty when there is nothing. */
export function gapPhrases({
  unreachedAccounts,
  unreadLists,
  unjudged,
}: Pick<Gaps, 'unreachedAccounts' | 'unreadLists' | 'unjudged'>): readonly string[] {
  const resources = unjudgedWords(unjudged);
  return [
    unreachedAccounts === 0 ? '' : `${plural(unreachedAccounts, 'account')} could not be read`,
    unreadLists === 0 ? '' : `${plural(unreadLists, 'list')} could not be read completely`,
    resources === '' ? '' : `${resources} could not be judged`,
  ].filter((phrase) => phrase !== '');
}

/** What the reader has to know beside the findings, as of the end of the report: gaps, and inputs that were rejected. */
export function unseenPhrases(report: Report): readonly string[] {
  return [...unjudgedPhrases(report), ...rejectedPhrases(report.input.rejected)];
}

/** How many of each kind, in words. `records` that could not be judged were read, so they are counted as records and never as inputs. */
const REJECTED_WORDS: Readonly<Record<RejectedKind, (count: number) => string>> = {
  records: (count) => `${plural(count, 'record')} could not be judged`,
  account: (count) => `${plural(count, 'account or list', 'accounts or lists')} not read`,
  past: (count) => `${plural(count, 'account and region', 'accounts and regions')} not covered by the records`,
  snapshot: (count) => plural(count, 'gap in the snapshot', 'gaps in the snapshot'),
  input: (count) => `${plural(count, 'input')} not read`,
};

/** `150 records could not be judged`, `2 inputs not read`; empty when everything was read and judged. */
export function rejectedPhrases(rejected: readonly Pick<Rejected, 'of' | 'records'>[]): readonly string[] {
  const counts = new Map<RejectedKind, number>();
  for (const { of = 'input', records = 1 } of rejected) counts.set(of, (counts.get(of) ?? 0) + records);
  return REJECTED_KINDS.flatMap((kind) => {
    const count = counts.get(kind) ?? 0;
    return count === 0 ? [] : [REJECTED_WORDS[kind](count)];
  });
}

const REJECTED_KINDS: readonly RejectedKind[] = ['records', 'account', 'past', 'snapshot', 'input'];

/** The accounts and lists that were not read, and the resources that could not be judged; empty when there are none. */
export function unjudgedPhrases({ gaps, judgements }: Pick<Report, 'gaps' | 'judgements'>): readonly string[] {
  const unknown = judgements.filter(({ result }) => result === 'unknown');
  const unjudged: Record<string, number> = {};
  const types = new Map(unknown.map(({ resourceId, resourceType }) => [resourceId, resourceType]));
  for (const type of types.values()) unjudged[type] = (unjudged[type] ?? 0) + 1;
  return gapPhrases(gaps ?? { unreachedAccounts: 0, unreadLists: 0, unjudged });
}

/** A row of the list of what could not be read or judged. */
export interface UnseenRow {
  readonly what: string;
  readonly why: string;
  /** Where, by which rule and when. */
  readonly context: string;
}

/**
 * Everything that could not be read or judged: rejected inputs, gaps that still stand and gaps that ended, single resources. `nameOf` is what
 * a list of an account is called, by default as it is: `securityGroups`.
 */
export function unseenRows(
  { input, gaps, judgements }: Report,
  nameOf: (list: string) => string = (list) => list,
): readonly UnseenRow[] {
  return [
    ...input.rejected.map(({ path, reason }) => ({ what: path, why: reason, context: '' })),
    ...(gaps?.list ?? [])
      .toSorted((a, b) => Number(b.still) - Number(a.still))
      .map((gap) => gapRow(gap.kind === 'list' ? { ...gap, name: nameOf(gap.name) } : gap)),
    ...judgements
      .filter(({ result }) => result === 'unknown')
      .map(({ resourceId, rule, reason, accountId, region }) => ({
        what: resourceId,
        why: reason,
        context: `${rule}, ${accountId} ${region}`,
      })),
  ];
}

/** A gap as a row. */
export function gapRow(gap: ReportGap): UnseenRow {
  const { kind, name, reason, first, last, still, looks } = gap;
  const seen = looks === 1 ? minuteWords(first) : `${minuteWords(first)} to ${minuteWords(last)}, ${looks} times`;
  const when = still ? seen : `${seen}; read and judged since`;
  const place = `${gap.accountId} ${gap.region}`;
  if (kind === 'account') return { what: `account ${place}`, why: `nothing could be read: ${reason}`, context: when };
  if (kind === 'list') return { what: `${scopeKey(gap)} ${name}`, why: reason, context: when };
  return { what: resourcesOf(gap), why: reason, context: `${name}, ${place}, ${when}` };
}

/** `i-1, i-2 and 12 more`. */
function resourcesOf({ resources = [], count = resources.length }: ReportGap): string {
  const more = count - resources.length;
  return more > 0 ? `${resources.join(', ')} and ${grouped(more)} more` : resources.join(', ');
}

/** `at least ` before counts of a period in which runs of an older version did not record theirs, else empty. */
export function atLeastWords({ gaps }: Pick<Report, 'gaps'>): string {
  return (gaps?.unrecorded ?? 0) > 0 ? 'at least ' : '';
}

/** What a report without an open finding may say of it, without a full stop. "No open findings" alone only where nothing is missing. */
export function noFindingWords(report: Report): string {
  if (unseenPhrases(report).length === 0) return 'No open findings';
  const { gaps, input, findings, judgements, summary } = report;
  const { pass = 0, gone = 0, unknown = 0 } = summary.judged ?? {};
  const seen = input.records + findings.length + judgements.length + pass + gone + unknown;
  return gaps === undefined && seen === 0 ? 'Nothing was judged' : 'No open findings in what could be judged';
}

/** Whether everything was read and judged, in words. `proven` is true only if that is known of every run. */
export function completenessOf(report: Report): { readonly proven: boolean; readonly words: string } {
  const { gaps, input, findings, judgements } = report;
  const isEmpty = input.files + input.records + findings.length + judgements.length === 0;
  const { tags, mirroring } = report.summary.coverage;
  if (gaps === undefined && isEmpty && tags.length + mirroring.length > 0) {
    // What could not be read may have been all that there was to judge.
    const words =
      input.rejected.length === 0
        ? 'The account was read, and has nothing to judge.'
        : 'Nothing in the account could be judged.';
    return { proven: false, words };
  }
  if (gaps === undefined)
    return isEmpty
      ? { proven: false, words: 'Nothing was read or judged.' }
      : { proven: true, words: 'All inputs were read, and every resource could be judged.' };
  const { runs, looks, unrecorded } = gaps;
  if (runs === 0) return { proven: false, words: 'No run is recorded in this period: nothing was read or judged.' };
  if (unrecorded > 0)
    return {
      proven: false,
      words: `${plural(unrecorded, 'run')} of an older version did not record what could not be read or judged.`,
    };
  const accounts =
    looks === 0
      ? 'No account was looked at completely in this period.'
      : `${plural(looks, 'complete look')} at an account and region could read and judge everything.`;
  return { proven: true, words: `Everything given was read. ${accounts}` };
}
