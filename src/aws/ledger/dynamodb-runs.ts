/** The ledger's items about runs: each run in parts of limited size, and each complete look once more by account and region. */

import { createHash } from 'node:crypto';
import type { ScopeLook } from '../../audit/gaps/gap.ts';
import { byText, groupBy } from '../../collections.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { Coverage, InputManifestEntry, LedgerRun, Observation } from '../../ledger/ledger.ts';
import { looksOf, runOfLook, withoutJudged } from '../../ledger/looks/stored-looks.ts';
import type { RunReading } from '../../ledger/reading.ts';
import { HISTORY_MS } from './dynamodb-rows.ts';
import type { TableItem } from './dynamodb-table.ts';

/**
 * A part's lists take up to this many characters. DynamoDB's limit of an item is 400 KB, and a character is up to three bytes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const CHARS_PER_ITEM = 100_000;

/** One element of a run's long lists. */
type Element =
  | { readonly coverage: Coverage }
  | { readonly input: InputManifestEntry }
  | { readonly look: ScopeLook }
  | { readonly rejected: RunReading['rejected'][number] };

/** The body of a run's item. The first part has the counts; the lists go on from part to part. */
interface RunPart {
  readonly coverage: readonly Coverage[];
  readonly inputs: readonly InputManifestEntry[];
  /** Absent in the items of older versions. */
  readonly reading?: RunReading | undefined;
}

/** A run as items of limited size. A look that says something about everything is written apart (`beginLook`). The sort key is its time and a hash of its content, so recording it again overwrites it. */
export function runItems({ at, coverage = [], inputs = [], reading: read }: Observation): readonly TableItem[] {
  if (coverage.length === 0 && inputs.length === 0 && read === undefined) return [];
  const reading = read && withoutJudged(read);
  const content = hashOf(JSON.stringify(reading === undefined ? [coverage, inputs] : [coverage, inputs, reading]));
  const elements: readonly Element[] = [
    ...coverage.map((each) => ({ coverage: each })),
    ...inputs.map((each) => ({ input: each })),
    ...(reading?.looks ?? []).map((each) => ({ look: each })),
    ...(reading?.rejected ?? []).map((each) => ({ rejected: each })),
  ];
  const expiresAt = new Date(at.getTime() + HISTORY_MS);
  const time = at.toISOString();
  const others = looksOf(read).filter(({ judged }) => judged === undefined);
  const parts = batchesOf(elements).map((batch, index): TableItem => {
    const sk = `${time}#${content}#${String(index).padStart(5, '0')}`;
    return { pk: `run#${time.slice(0, 7)}`, sk, version: 1, body: JSON.stringify(partOf(batch, reading)), expiresAt };
  });
  return [...parts, ...others.map((look) => lookItem(look, at.getTime()))];
}

/** A complete look made at a time, in milliseconds since 1970. */
export function lookItem(look: ScopeLook, at: number): TableItem {
  const body = JSON.stringify(look);
  const sk = `${new Date(at).toISOString()}#${hashOf(body)}`;
  return { pk: lookPartition(look), sk, version: 1, body, expiresAt: new Date(at + HISTORY_MS) };
}

/** The partition that holds the complete looks at an account and region. */
export function lookPartition(scope: Scope): string {
  return `look#${scopeKey(scope)}`;
}

/** The looks in these items, each as a run, oldest first. */
export function toLookRuns(items: readonly TableItem[]): readonly LedgerRun[] {
  return items
    .toSorted(byText(({ sk }) => sk))
    .map(({ sk, body }) => runOfLook(new Date(sk.split('#')[0] ?? ''), JSON.parse(body)));
}

/** The elements in batches of limited size; one empty batch for a run without any. */
function batchesOf(elements: readonly Element[]): readonly (readonly Element[])[] {
  const batches: Element[][] = [[]];
  let chars = 0;
  for (const element of elements) {
    const length = JSON.stringify(element).length;
    if (chars > 0 && chars + length > CHARS_PER_ITEM) {
      batches.push([]);
      chars = 0;
    }
    batches.at(-1)?.push(element);
    chars += length;
  }
  return batches;
}

function partOf(batch: readonly Element[], reading: RunReading | undefined): RunPart {
  const part = {
    coverage: batch.flatMap((each) => ('coverage' in each ? [each.coverage] : [])),
    inputs: batch.flatMap((each) => ('input' in each ? [each.input] : [])),
  };
  if (reading === undefined) return part;
  const looks = batch.flatMap((each) => ('look' in each ? [each.look] : []));
  const rejected = batch.flatMap((each) => ('rejected' in each ? [each.rejected] : []));
  return { ...part, reading: { ...reading, looks, rejected } };
}

/** The runs in these items, oldest first. */
export function toRuns(items: readonly TableItem[]): readonly LedgerRun[] {
  const runOf = (sk: string): string => sk.split('#').slice(0, 2).join('#');
  const runs = groupBy(items.toSorted(byText(({ sk }) => sk)), ({ sk }) => runOf(sk));
  return [...runs].map(([run, ofRun]) => {
    const parts = ofRun.map(({ body }): RunPart => JSON.parse(body));
    const readings = parts.flatMap(({ reading }) => reading ?? []);
    const [first] = readings;
    return {
      at: new Date(run.split('#')[0] ?? ''),
      coverage: parts.flatMap(({ coverage }) => coverage),
      inputs: parts.flatMap(({ inputs }) => inputs),
      ...(first !== undefined && {
        reading: {
          ...first,
          looks: readings.flatMap(({ looks }) => looks),
          rejected: readings.flatMap(({ rejected }) => rejected),
        },
      }),
    };
  });
}

/** The partitions that hold the runs of a period: one per month. */
export function runPartitions(since: Date, until: Date): readonly string[] {
  const partitions: string[] = [];
  const month = new Date(Date.UTC(since.getUTCFullYear(), since.getUTCMonth(), 1));
  while (month < until) {
    partitions.push(`run#${month.toISOString().slice(0, 7)}`);
    month.setUTCMonth(month.getUTCMonth() + 1);
  }
  return partitions;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
