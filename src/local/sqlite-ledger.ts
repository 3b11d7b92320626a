/** The local ledger: one SQLite file, which several processes may use at once. */

import { setImmediate as turn } from 'node:timers/promises';
import Database from 'libsql';
import { SEVERITIES } from '../audit/finding.ts';
import { messageOf, PipelineError } from '../errors.ts';
import type { FullLedger } from '../ledger/change-log.ts';
import { changesOf, findingUpdates, type RecordedUpdate, withUpdate } from '../ledger/finding-updates.ts';
import { type History, NO_HISTORY, toEntry } from '../ledger/fold.ts';
import { withInstance, withoutLaunch } from '../ledger/intended-launches.ts';
import type { Changes, Observation } from '../ledger/ledger.ts';
import { ownLooksOf, sortedUpdates, withOnlyLooks } from '../ledger/looks/own-looks.ts';
import { currentStateOf } from '../ledger/timeline.ts';
import { keepCalls, readCalls } from './change-log.ts';
import { hear, nameSilent, readFreshness, takeJudging } from './freshness/spoken-rows.ts';
import type { ClaimHolders } from './inbox/file-claims.ts';
import { keepPolicy, readLastInOrder, readPolicies } from './judged-policies.ts';
import { editLaunches, intend, readLaunches } from './launches/intended-launches.ts';
import { holdersOf, settleClaims, takeClaims } from './ledger-claims.ts';
import { readEntries } from './ledger-entries.ts';
import { readRuns, writeRun } from './ledger-runs.ts';
import { inTransaction, prepareFile } from './ledger-schema.ts';
import { countNew, heldUntil, hold, release } from './mails/floods.ts';
import { isReadOnly, openReadOnly } from './read-only-ledger.ts';
import { looksAround, newestOwn, passedOver } from './sight/complete-looks.ts';
import { listedIn } from './sight/listed.ts';
import { takeOffList } from './sight/take-off.ts';

/**
 * Opens a ledger file and creates it if it is missing. `:memory:` is a ledger that ends with the process. Several processes may
 * write at once: each observation and each claim is one transaction, and a killed process leaves none half written.
 *
 * This and every method throw PipelineError `ledger-failed` if the file is not a ledger, is of a newer version, or stays locked
 * for half a minute. With `reading` a file that is read-only is opened all the same, and only methods that write throw.
 */
export function openSqliteLedger(
  path: string,
  { reading = false }: { readonly reading?: boolean } = {},
): FullLedger & ClaimHolders & { close(): void } {
  const db = guarded(path, 'opening', () => {
    try {
      return openAndPrepare(path);
    } catch (error) {
      if (reading && isReadOnly(path)) return openReadOnly(path, error);
      throw error;
    }
  });
  const within = async <T>(operation: string, work: () => T): Promise<T> => {
    // SQLite answers at once, so a run that only asks the ledger would keep signals and timers waiting until its end.
    await turn();
    return guarded(path, operation, work);
  };
  return {
    record: (observation) => within('recording', () => inTransaction(db, () => record(db, observation))),
    entries: (query) => within('reading', () => readEntries(db, query)),
    runs: (query) => within('reading', () => readRuns(db, query)),
    claim: (claims, claiming) => within('claiming', () => inTransaction(db, () => takeClaims(db, claims, claiming))),
    settle: (claims, settling) => within('settling', () => inTransaction(db, () => settleClaims(db, claims, settling))),
    holders: (claims) => within('reading', () => holdersOf(db, claims)),
    keep: (calls, now) => within('keeping calls in', () => inTransaction(db, () => keepCalls(db, calls, now))),
    about: (scope, resourceIds) => within('reading', () => readCalls(db, scope, resourceIds)),
    keepPolicy: (scope, policy, at) =>
      within('keeping a policy in', () => inTransaction(db, () => keepPolicy(db, scope, policy, at))),
    policies: (scope) => within('reading', () => readPolicies(db, scope)),
    lastInOrder: (findingIds) => within('reading', () => readLastInOrder(db, findingIds)),
    countNew: (end, ids) => within('counting in', () => inTransaction(db, () => countNew(db, end, ids))),
    hold: (until, ids) => within('writing', () => inTransaction(db, () => hold(db, until, ids))),
    heldUntil: (now) => within('reading', () => heldUntil(db, now)),
    release: (now, ids) => within('writing', () => release(db, now, ids)),
    intend: (scope, slot, now) =>
      within('noting a launch in', () => inTransaction(db, () => intend(db, scope, slot, now))),
    intended: (scope) => within('reading', () => readLaunches(db, scope)),
    noteInstance: (scope, launch, instanceId, now) =>
      within('noting a launch in', () =>
        inTransaction(db, () => void editLaunches(db, scope, withInstance(launch, instanceId, now))),
      ),
    forget: (scope, launch) =>
      within('noting a launch in', () => inTransaction(db, () => void editLaunches(db, scope, withoutLaunch(launch)))),
    hear: (heard, now) => within('noting deliveries in', () => inTransaction(db, () => hear(db, heard, now))),
    freshness: () => within('reading', () => readFreshness(db)),
    takeJudging: (now) => within('writing', () => inTransaction(db, () => takeJudging(db, now))),
    nameSilent: (scopes, now) => within('writing', () => inTransaction(db, () => nameSilent(db, scopes, now))),
    close: () => {
      db.close();
    },
  };
}

function openAndPrepare(path: string): Database.Database {
  const opened = new Database(path);
  try {
    prepareFile(opened, path);
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

function guarded<T>(path: string, operation: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    const retryable = cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_BUSY';
    // SQLite has no message for its code 14 (CANTOPEN).
    const why = /: 14"\)$/.test(messageOf(cause))
      ? 'the file cannot be opened; check that its folder exists and is writable'
      : messageOf(cause);
    const message = `${path}: ${operation} the ledger failed: ${why}`;
    throw new PipelineError('ledger-failed', message, { cause, path, retryable });
  }
}

/** Of a complete look, only what is listed is read and written beside what it found: everything else was in order before and is so now. */
function record(db: Database.Database, observation: Observation): Changes {
  const looks = newestOwn(db, ownLooksOf(observation.reading));
  const { each, good } = sortedUpdates(findingUpdates(observation), looks);
  const said = new Set([...each, ...[...good.values()].flat()].map(({ id }) => id));
  const listed = [...looks].flatMap(([key, look]) => {
    const rules = listedIn(db, look.scope);
    const passed = (good.get(key) ?? []).filter(({ id }) => rules.has(id));
    return [...passed, ...passedOver(look, rules).filter(({ id }) => !said.has(id))];
  });
  const updates = [...each, ...listed];
  const around = looksAround(db, updates, looks);
  const read = db.prepare('SELECT history FROM finding WHERE id = ?');
  const recorded = updates.map((update): RecordedUpdate => {
    const stored = (read.get(update.id) as { history: string } | undefined)?.history;
    const before: History = stored === undefined ? NO_HISTORY : JSON.parse(stored);
    return { update, before, after: withUpdate(before, update, around(update)) };
  });
  writeHistories(db, recorded);
  writeOutcomes(db, recorded, observation.repairedAt ?? observation.at);
  writeRun(db, withOnlyLooks(observation, looks));
  takeOffList(db, looks.values());
  return changesOf(recorded);
}

function writeHistories(db: Database.Database, recorded: readonly RecordedUpdate[]): void {
  const write = db.prepare(
    `INSERT INTO finding
       (id, account_id, region, rule, severity, status, first_opened, resolved_at, generation, history, in_sight)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, status = excluded.status,
       first_opened = excluded.first_opened, resolved_at = excluded.resolved_at, generation = excluded.generation,
       history = excluded.history, in_sight = excluded.in_sight`,
  );
  for (const { update, before, after } of recorded) {
    const observed = update.about;
    if (observed === undefined || after === before) continue;
    const history = JSON.stringify(after);
    if (history === JSON.stringify(before)) continue;
    const entry = toEntry(after, { mails: [], outcomes: [] });
    const { finding, resolvedAt = null, generation = 0 } = entry ?? {};
    write.run(
      update.id,
      observed.accountId,
      observed.region,
      observed.rule,
      finding === undefined ? null : SEVERITIES.indexOf(finding.severity),
      finding?.status ?? null,
      entry === null ? null : (currentStateOf(after.timeline)?.firstOpenedAt ?? entry.openedAt.getTime()),
      resolvedAt?.getTime() ?? null,
      generation,
      history,
      entry === null ? 0 : 1,
    );
  }
}

/** An outcome names a resource and not a finding: it is kept only if the finding exists. */
function writeOutcomes(db: Database.Database, recorded: readonly RecordedUpdate[], at: Date): void {
  const add = db.prepare('INSERT OR IGNORE INTO outcome (finding_id, at, result, reason) VALUES (?, ?, ?, ?)');
  for (const { update } of recorded.filter(({ after }) => after.latest !== undefined))
    for (const { result, reason, at: answeredAt = at } of update.outcomes)
      add.run(update.id, answeredAt.getTime(), result, reason);
}
