/** What the ledger's items hold: a finding's history, and runs in parts of bounded size. */

import { createHash } from 'node:crypto';
import { atLeast, type Finding, type Judgement } from '../../audit/finding.ts';
import {
  findingsOfOutcome,
  type History,
  MAX_OUTCOMES,
  NO_HISTORY,
  toEntry,
  withFinding,
  withJudgement,
} from '../../ledger/fold.ts';
import type {
  Coverage,
  InputManifestEntry,
  LedgerEntry,
  LedgerQuery,
  LedgerRun,
  Observation,
} from '../../ledger/ledger.ts';
import { currentStateOf, wasOpenIn } from '../../ledger/timeline.ts';
import type { Outcome } from '../../remediation/outcome.ts';
import type { ItemKey, TableItem } from './dynamodb-table.ts';

/** Resolved findings, runs and what was mailed are kept for thirteen months: a year's audit and the month to do it in. */
export const HISTORY_MS: number = 400 * 86_400_000;
const INPUTS_PER_ITEM = 400;
/** Partitions of the findings: the first digit of their ids. */
const SHARDS = [...'0123456789abcdef'];

/** The partitions in which findings lie. */
export const FINDING_PARTITIONS: readonly string[] = SHARDS.map((shard) => `finding#${shard}`);

/** What an item of a finding holds. */
interface Stored {
  readonly history: History;
  /** Times of mails by `generation:stage`. */
  readonly notified: Readonly<Record<string, string>>;
  readonly outcomes: readonly { readonly at: string; readonly result: Outcome['result']; readonly reason: string }[];
}

/** A finding's item, read. */
export interface Row extends Stored {
  readonly id: string;
  readonly version: number;
}

/** Where the item of a finding lies. */
export function findingKey(id: string): ItemKey {
  return { pk: `finding#${id.charAt(0)}`, sk: id };
}

/** The row of a finding that was never written. */
export function newRow(id: string): Row {
  return { id, version: 0, history: NO_HISTORY, notified: {}, outcomes: [] };
}

/** A finding's item, read. Throws SyntaxError when its body is no JSON of ours. */
export function toRow({ sk, version, body }: TableItem): Row {
  return { id: sk, version, ...(JSON.parse(body) as Stored) };
}

/** The item with which `after` follows `before`; null when nothing of it changed. What is resolved goes when nobody asks any more. */
export function itemAfter(before: Row, after: Row, at: Date): TableItem | null {
  const body = bodyOf(after);
  if (body === bodyOf(before)) return null;
  const resolved = currentStateOf(after.history.timeline)?.state === 'resolved';
  const expiry = resolved ? { expiresAt: new Date(at.getTime() + HISTORY_MS) } : {};
  return { ...findingKey(after.id), version: before.version + 1, body, ...expiry };
}

function bodyOf({ history, notified, outcomes }: Stored): string {
  return JSON.stringify({ history, notified, outcomes } satisfies Stored);
}

/** What an observation tells of one finding. */
export interface FindingUpdate {
  readonly findings: Finding[];
  readonly judgements: Judgement[];
  readonly outcomes: Outcome[];
}

/** What an observation tells by finding id, in its own order: findings, then judgements, then what outcomes may belong to. */
export function updatesOf({ findings, judgements, outcomes }: Observation): ReadonlyMap<string, FindingUpdate> {
  const told = new Map<string, FindingUpdate>();
  const of = (id: string): FindingUpdate => {
    const known = told.get(id) ?? { findings: [], judgements: [], outcomes: [] };
    told.set(id, known);
    return known;
  };
  for (const finding of findings) of(finding.id).findings.push(finding);
  for (const judgement of judgements) if (judgement.result !== 'unknown') of(judgement.id).judgements.push(judgement);
  for (const outcome of outcomes) for (const id of findingsOfOutcome(outcome)) of(id).outcomes.push(outcome);
  return told;
}

/** The row with what was told of it at a time. An outcome names no finding: it belongs to those of its resource that there are. */
export function folded(row: Row, { findings, judgements, outcomes }: FindingUpdate, at: Date): Row {
  let { history } = row;
  for (const finding of findings) history = withFinding(history, finding, at);
  for (const judgement of judgements) history = withJudgement(history, judgement, at);
  if (history.latest === undefined) return { ...row, history };
  const own = outcomes.map(({ result, reason }) => ({ at: at.toISOString(), result, reason }));
  const all = new Map([...row.outcomes, ...own].map((each) => [JSON.stringify(each), each]));
  const sorted = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  return { ...row, history, outcomes: sorted.slice(-MAX_OUTCOMES) };
}

/** The row as an entry that the query asks for; null for what was never a finding or does not match. */
export function entryFor({ history, notified, outcomes }: Row, query: LedgerQuery): LedgerEntry | null {
  const { period } = query;
  if (period !== undefined && !wasOpenIn(history.timeline, period.since.getTime(), period.until.getTime())) return null;
  const done = outcomes.map(({ at, ...outcome }) => ({ at: new Date(at), ...outcome }));
  const entry = toEntry(history, { notified: {}, outcomes: done });
  if (entry === null || !matches(entry, query)) return null;
  const current = Object.entries(notified).flatMap(([name, at]) => {
    const [generation, stage] = name.split(':');
    return Number(generation) === entry.generation ? [[stage, new Date(at)]] : [];
  });
  return { ...entry, notified: Object.fromEntries(current) };
}

function matches({ finding }: LedgerEntry, query: LedgerQuery): boolean {
  return (
    (query.ids?.includes(finding.id) ?? true) &&
    (query.status?.includes(finding.status) ?? true) &&
    (query.accountIds?.includes(finding.accountId) ?? true) &&
    (query.regions?.includes(finding.region) ?? true) &&
    (query.rules?.includes(finding.rule) ?? true) &&
    (query.minSeverity === undefined || atLeast(finding.severity, query.minSeverity))
  );
}

interface RunPart {
  readonly coverage: readonly Coverage[];
  readonly inputs: readonly InputManifestEntry[];
}

/** A run as items of bounded size; its sort key is its time and its content, so that the same run is written over itself. */
export function runItems({ at, coverage = [], inputs = [] }: Observation): readonly TableItem[] {
  const time = at.toISOString();
  const content = createHash('sha256')
    .update(JSON.stringify([coverage, inputs]))
    .digest('hex')
    .slice(0, 16);
  const expiresAt = new Date(at.getTime() + HISTORY_MS);
  const items: TableItem[] = [];
  for (let from = 0; from < Math.max(coverage.length, inputs.length); from += INPUTS_PER_ITEM) {
    const to = from + INPUTS_PER_ITEM;
    const part: RunPart = { coverage: coverage.slice(from, to), inputs: inputs.slice(from, to) };
    const sk = `${time}#${content}#${String(items.length).padStart(5, '0')}`;
    items.push({ pk: `run#${time.slice(0, 7)}`, sk, version: 1, body: JSON.stringify(part), expiresAt });
  }
  return items;
}

/** The runs that these items are parts of, by time. */
export function toRuns(items: readonly TableItem[]): readonly LedgerRun[] {
  const runs = new Map<string, { at: Date; coverage: Coverage[]; inputs: InputManifestEntry[] }>();
  for (const { sk, body } of items.toSorted((a, b) => (a.sk < b.sk ? -1 : 1))) {
    const [time = '', content] = sk.split('#');
    const run = runs.get(`${time}#${content}`) ?? { at: new Date(time), coverage: [], inputs: [] };
    const { coverage, inputs } = JSON.parse(body) as RunPart;
    run.coverage.push(...coverage);
    run.inputs.push(...inputs);
    runs.set(`${time}#${content}`, run);
  }
  return [...runs.values()];
}

/** The partitions in which the runs of a period lie, one a month. */
export function runPartitions(since: Date, until: Date): readonly string[] {
  const partitions: string[] = [];
  const month = new Date(Date.UTC(since.getUTCFullYear(), since.getUTCMonth(), 1));
  while (month < until) {
    partitions.push(`run#${month.toISOString().slice(0, 7)}`);
    month.setUTCMonth(month.getUTCMonth() + 1);
  }
  return partitions;
}
