/** The complete looks in the local ledger's file: what they say about findings that are recorded later, and until when findings were seen. */

import type { Database } from 'libsql';
import type { RuleId } from '../../audit/finding.ts';
import type { ScopeLook } from '../../audit/gaps/gap.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { FindingUpdate, LooksAround } from '../../ledger/finding-updates.ts';
import type { NewestLooks } from '../../ledger/fold.ts';
import { type Covering, coveringOf } from '../../ledger/looks/covering.ts';
import { mayPassOver, type OwnLook } from '../../ledger/looks/own-looks.ts';

/** Looks that are read to find one that says something about everything: those at an account that cannot be read say nothing. */
const MOST_LOOKS = 50;

/** The newest complete look at an account that says something about everything; undefined if none of the newest does. */
export function newestLook(db: Database, { accountId, region }: Scope): Covering | undefined {
  const rows = db
    .prepare('SELECT look FROM look WHERE account_id = ? AND region = ? ORDER BY at DESC, digest DESC LIMIT ?')
    .iterate(accountId, region, MOST_LOOKS) as Iterable<{ look: string }>;
  for (const { look } of rows) {
    const covering = coveringOf(JSON.parse(look) as ScopeLook);
    if (covering !== undefined) return covering;
  }
  return undefined;
}

/** The looks of an observation without those that are older than one in the ledger, each with the one before it. */
export function newestOwn(db: Database, looks: ReadonlyMap<string, OwnLook>): ReadonlyMap<string, OwnLook> {
  return new Map(
    [...looks].flatMap(([key, look]): readonly [string, OwnLook][] => {
      const before = newestLook(db, look.scope);
      return before !== undefined && before.at > look.covering.at ? [] : [[key, { ...look, before }]];
    }),
  );
}

/** What a look says about the listed findings that the look before may have judged and it did not: nothing, as far as is known now. */
export function passedOver(look: OwnLook, rules: ReadonlyMap<string, RuleId>): readonly FindingUpdate[] {
  const { scope, covering } = look;
  const passed = [...rules].filter(([id]) => mayPassOver(look, id));
  return passed.map(([id, rule]) => ({
    ...{ id, at: new Date(covering.at), about: { ...scope, rule } },
    ...{ findings: [], judgements: [], outcomes: [] },
  }));
}

/** The newest look of each account and region that has one. */
export function newestLooks(db: Database): NewestLooks {
  const scopes = db.prepare('SELECT DISTINCT account_id AS accountId, region FROM look').all() as Scope[];
  return new Map(
    scopes.flatMap((scope) => {
      const look = newestLook(db, scope);
      return look === undefined ? [] : [[scopeKey(scope), look] as const];
    }),
  );
}

/** A function that tells, for each update, which complete looks say something about it. Reads looks only for what is older than one. */
export function looksAround(
  db: Database,
  updates: readonly FindingUpdate[],
  own: ReadonlyMap<string, OwnLook>,
): (update: FindingUpdate) => LooksAround {
  const oldest = new Map<string, { readonly scope: Scope; readonly at: number }>();
  for (const { about, at } of updates) {
    if (about === undefined) continue;
    const key = scopeKey(about);
    const known = oldest.get(key)?.at ?? Number.POSITIVE_INFINITY;
    if (at.getTime() < known) oldest.set(key, { scope: about, at: at.getTime() });
  }
  const later = new Map([...oldest].map(([key, { scope, at }]) => [key, looksSince(db, scope, at)] as const));
  const last = new Map([...oldest].map(([key, { scope }]) => [key, newestLook(db, scope)] as const));
  return ({ about }) => {
    const key = about === undefined ? '' : scopeKey(about);
    return { later: later.get(key) ?? [], last: last.get(key), own: own.get(key)?.covering };
  };
}

function looksSince(db: Database, { accountId, region }: Scope, since: number): readonly Covering[] {
  const rows = db
    .prepare('SELECT look FROM look WHERE account_id = ? AND region = ? AND at >= ? ORDER BY at, digest')
    .all(accountId, region, since) as { look: string }[];
  return rows.flatMap(({ look }) => coveringOf(JSON.parse(look) as ScopeLook) ?? []);
}
