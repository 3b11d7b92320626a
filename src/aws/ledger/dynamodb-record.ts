/** Records observations in the ledger's table: findings in transactions, complete looks once, and nothing that says nothing new. */

import pLimit from 'p-limit';
import { uniqueBy } from '../../collections.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import { changesOf, type FindingUpdate, findingUpdates, type RecordedUpdate } from '../../ledger/finding-updates.ts';
import type { Changes, Observation } from '../../ledger/ledger.ts';
import { coveringOf } from '../../ledger/looks/covering.ts';
import { mayPassOver, type OwnLook, ownLooksOf, sortedUpdates, withOnlyLooks } from '../../ledger/looks/own-looks.ts';
import { judgesScopes } from '../../ledger/sight/in-sight.ts';
import { isRefused } from './cancellation.ts';
import { LIST_MADE, makeList, readList } from './dynamodb-list.ts';
import { beginLook, finishLook, newestIn, newestKey } from './dynamodb-looks.ts';
import { type LooksRead, looksFor, looksOnce, newestKeys, untouchedLooks } from './dynamodb-looks-around.ts';
import { findingKey, newRow, type RowWrite, rowWrite, toRow, withRowUpdate } from './dynamodb-rows.ts';
import { runItems } from './dynamodb-runs.ts';
import type { AlsoWritten, ItemKey, LedgerTable, TableItem } from './dynamodb-table.ts';
import { retried } from './retried.ts';

const PARALLEL = 8;
/**
 * A finding takes up to two of the 100 items of a transaction: its own, and its place in the list. A sweep, which looks at one account and
 * region, takes one more.
 */
const PER_TRANSACTION = 49;

/** Rows, and their places in the list, as `LedgerTable.putAll` takes them. */
export interface RowTransaction extends AlsoWritten {
  readonly items: readonly TableItem[];
  readonly set: readonly TableItem[];
  readonly deleted: readonly ItemKey[];
}

/** Keeps a transaction below DynamoDB's 4 MB, whatever its items hold. */
const MOST_BYTES_PER_TRANSACTION = 3 * 1024 * 1024;

/** What all transactions of an observation share. */
interface Recording extends LooksRead {
  readonly table: LedgerTable;
  /** The time of outcomes without their own, and of expiry. */
  readonly at: Date;
  /** The faults of findings that DynamoDB does not take, by finding id. Their neighbours are recorded all the same. */
  readonly refused: Map<string, unknown>;
}

/**
 * Records an observation. If it is interrupted, recording it again writes the rest. A complete look goes in this order: what it found, what
 * is listed and passed by it, the look itself, what was listed meanwhile, and that it is recorded. So whoever records something older
 * meanwhile either sees the look, with everything that was known and that it changed, or is seen by it.
 */
export async function recordObservation(table: LedgerTable, observed: Observation): Promise<Changes> {
  const own = await newestOwn(table, observed);
  const observation = withOnlyLooks(observed, own);
  const updates = findingUpdates(observation);
  const { each, good } = sortedUpdates(updates, own);
  const at = observation.repairedAt ?? observation.at;
  const recording: Recording = { table, at, own, looksOf: looksOnce(table, updates), refused: new Map() };
  const recorded = [...(await recordEach(recording, each))];
  for (const [key, look] of own) {
    const passed = good.get(key) ?? [];
    recorded.push(...(await recordEach(recording, await openUpdates(table, look, passed))));
    await beginLook(table, look);
    recorded.push(...(await recordEach(recording, await listedUpdates(table, look, { each, good: passed }))));
    await finishLook(table, look);
  }
  const limit = pLimit(PARALLEL);
  await Promise.all(runItems(observation).map((item) => limit(() => table.put(item))));
  if (recording.refused.size > 0) throw notKept(recording.refused);
  return changesOf(recorded);
}

/** The complete looks of an observation, without those that are older than one in the ledger. Makes the list of an older ledger first. */
async function newestOwn(table: LedgerTable, { reading, at }: Observation): Promise<ReadonlyMap<string, OwnLook>> {
  const own = ownLooksOf(reading);
  if (own.size === 0) return own;
  const items = await table.get([LIST_MADE, ...[...own.values()].map(({ scope }) => newestKey(scope))]);
  await listOlder(table, items, at);
  return new Map(
    [...own].flatMap(([key, look]): readonly [string, OwnLook][] => {
      const { begun, done } = newestIn(items, look.scope);
      return begun > look.covering.at ? [] : [[key, { ...look, before: coveringOf({ judged: done }) }]];
    }),
  );
}

/** Lists what an older version wrote, unless that is done; `now` is the time of the look that is recorded. `items` has that of `LIST_MADE`, if it exists. */
export function listOlder(table: LedgerTable, items: readonly TableItem[], now?: Date): Promise<void> {
  const at = now ?? new Date();
  const recording: Recording = { table, at, own: new Map(), looksOf: async () => [], refused: new Map() };
  return makeList(table, items, now, async (ids) => {
    await recordEach(
      recording,
      ids.map((id) => nothingAbout(id, at)),
    );
  });
}

/** What a look says about the open findings that it passed. */
async function openUpdates(
  table: LedgerTable,
  { scope }: OwnLook,
  passed: readonly FindingUpdate[],
): Promise<readonly FindingUpdate[]> {
  if (passed.length === 0) return [];
  const list = await readList(table, scope);
  const open = new Set(list.flatMap(({ id, listed }) => (listed === 'open' ? [id] : [])));
  return passed.filter(({ id }) => open.has(id));
}

/**
 * What a look says about the findings that are listed, and nothing about those that it may take off the list, or that it could not judge.
 * What it found, and an older look has resolved meanwhile, is said again.
 */
async function listedUpdates(
  table: LedgerTable,
  look: OwnLook,
  { each, good }: { readonly each: readonly FindingUpdate[]; readonly good: readonly FindingUpdate[] },
): Promise<readonly FindingUpdate[]> {
  const { scope, covering } = look;
  const byId = new Map(good.map((update) => [update.id, update]));
  const list = await readList(table, scope);
  const known = new Set(list.flatMap(({ id, listed }) => (listed === 'open' ? [id] : [])));
  const resolvedMeanwhile = each.filter(
    ({ id, at, about, findings }) =>
      at.getTime() === covering.at &&
      findings.some(({ status }) => status !== 'resolved') &&
      about !== undefined &&
      judgesScopes(about.rule) &&
      scopeKey(about) === scopeKey(scope) &&
      !known.has(id),
  );
  const ofList = list.flatMap(({ id, listed }) => {
    const update = byId.get(id);
    if (update !== undefined) return [update];
    const isOver = listed === 'until the next look' || (listed === 'open' && mayPassOver(look, id));
    return isOver ? [nothingAbout(id, new Date(covering.at))] : [];
  });
  return uniqueBy([...resolvedMeanwhile, ...ofList], ({ id }) => id);
}

function nothingAbout(id: string, at: Date): FindingUpdate {
  return { id, at, findings: [], judgements: [], outcomes: [] };
}

async function recordEach(recording: Recording, updates: readonly FindingUpdate[]): Promise<readonly RecordedUpdate[]> {
  const recorded: RecordedUpdate[] = [];
  for (let from = 0; from < updates.length; from += PER_TRANSACTION)
    recorded.push(...(await recordBatch(recording, updates.slice(from, from + PER_TRANSACTION))));
  return recorded;
}

/** Records a batch in one transaction, or in halves if DynamoDB does not take it: a finding that is refused fails alone. */
async function recordBatch(recording: Recording, batch: readonly FindingUpdate[]): Promise<readonly RecordedUpdate[]> {
  const half = Math.ceil(batch.length / 2);
  const inHalves = async (): Promise<readonly RecordedUpdate[]> => [
    ...(await recordBatch(recording, batch.slice(0, half))),
    ...(await recordBatch(recording, batch.slice(half))),
  ];
  try {
    return (await recordAtOnce(recording, batch)) ?? (await inHalves());
  } catch (fault) {
    if (!isRefused(fault)) throw fault;
    const [only] = batch;
    if (batch.length > 1 || only === undefined) return inHalves();
    recording.refused.set(only.id, fault);
    return [];
  }
}

function notKept(refused: ReadonlyMap<string, unknown>): PipelineError {
  const [[id, cause] = ['', undefined]] = refused;
  const which = refused.size === 1 ? `finding ${id}` : `${refused.size} findings, among them ${id},`;
  return new PipelineError('ledger-failed', `the ledger does not take ${which}: ${messageOf(cause)}`, {
    resourceId: id,
    awsCode: cause instanceof PipelineError ? cause.concerns.awsCode : undefined,
    cause,
  });
}

/**
 * Reads a batch, folds its updates in, and writes what changed. If someone else wrote one of its items meanwhile, reads again. Undefined,
 * with nothing written, if that is too much for one transaction.
 */
function recordAtOnce(
  recording: Recording,
  batch: readonly FindingUpdate[],
): Promise<readonly RecordedUpdate[] | undefined> {
  const { table, at } = recording;
  return retried(async () => {
    const items = await table.get([...batch.map(({ id }) => findingKey(id)), ...newestKeys(batch)]);
    const rows = new Map(items.map((item) => [item.sk, item]));
    const steps = await Promise.all(
      batch.map(async (update) => {
        const item = rows.get(update.id);
        const before = item === undefined ? newRow(update.id) : toRow(item);
        const { looks, newest } = await looksFor(recording, update, before, items);
        const after = withRowUpdate(before, update, at, looks);
        return { update, before, after, write: rowWrite(before, after, at, newest) };
      }),
    );
    const { items: rowItems, ...also } = transactionOf(steps.flatMap(({ write }) => write ?? []));
    const written = rowItems.length === 0 ? [] : [...rowItems, ...untouchedLooks(recording, batch, items)];
    if (isTooLarge(written) && batch.length > 1) return undefined;
    if (!(await table.putAll(written, also))) return null;
    return steps.map(({ update, before, after }) => ({ update, before: before.history, after: after.history }));
  });
}

/** True if these items are too large for one transaction. */
export function isTooLarge(items: readonly TableItem[]): boolean {
  return items.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0) > MOST_BYTES_PER_TRANSACTION;
}

/** The writes of rows as one transaction. */
export function transactionOf(writes: readonly RowWrite[]): RowTransaction {
  return {
    items: writes.map(({ item }) => item),
    set: writes.flatMap(({ listed }) => listed ?? []),
    deleted: writes.flatMap(({ unlisted }) => unlisted ?? []),
  };
}
