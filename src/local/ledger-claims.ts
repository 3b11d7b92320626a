/** Claims in the local ledger's file, and the mails that settled ones become. */

import type { Database } from 'libsql';
import type { Claim, Claiming, Settling } from '../ledger/ledger.ts';
import { MAX_MAILS, mailOf } from '../ledger/mails/noted-mails.ts';

/** Takes the claims that are free, or that the owner has already, and returns them. */
export function takeClaims(
  db: Database,
  claims: readonly Claim[],
  { now, leaseSeconds, owner }: Claiming,
): readonly Claim[] {
  // While a claim is not done, `at` is the end of its lease. One of an older version has no owner.
  const take = db.prepare(
    `INSERT INTO claim (kind, key, done, at, owner) VALUES (?, ?, 0, ?, ?)
     ON CONFLICT (kind, key) DO UPDATE SET at = excluded.at, owner = excluded.owner
       WHERE done = 0 AND (at <= ? OR owner = excluded.owner)`,
  );
  const leaseEnds = now.getTime() + leaseSeconds * 1000;
  return claims.filter(({ kind, key }) => take.run(kind, key, leaseEnds, owner, now.getTime()).changes === 1);
}

/** By key, the owner of each claim that is not settled, and `done` for those that are. One of an older version has no owner: it is left out. */
export function holdersOf(db: Database, claims: readonly Claim[]): ReadonlyMap<string, string> {
  const read = db.prepare('SELECT done, owner FROM claim WHERE kind = ? AND key = ?');
  return new Map(
    claims.flatMap(({ kind, key }) => {
      const row = read.get(kind, key) as { done: number; owner: string | null } | undefined;
      const holder = row?.done === 1 ? 'done' : row?.owner;
      return holder == null ? [] : [[key, holder] as const];
    }),
  );
}

/** Settles claims. An alert that is done becomes a mail, and its claim is free again, whoever has it by now: they meet the mail. */
export function settleClaims(db: Database, claims: readonly Claim[], { now, owner, how }: Settling): void {
  const finish = db.prepare(
    `INSERT INTO claim (kind, key, done, at, owner) VALUES (?, ?, 1, ?, ?)
     ON CONFLICT (kind, key) DO UPDATE SET done = 1, at = excluded.at WHERE done = 0`,
  );
  const release = db.prepare('DELETE FROM claim WHERE kind = ? AND key = ? AND done = 0 AND owner = ?');
  const free = db.prepare("DELETE FROM claim WHERE kind = 'alert' AND key = ?");
  for (const claim of claims) {
    const { kind, key } = claim;
    if (how === 'released') release.run(kind, key, owner);
    else if (kind === 'alert') {
      noteMail(db, claim, now);
      free.run(key);
    } else finish.run(kind, key, now.getTime(), owner);
  }
}

function noteMail(db: Database, claim: Claim, now: Date): void {
  const mail = mailOf(claim, now);
  if (mail === null) return;
  const { findingId, stage, of, at } = mail;
  const add = db.prepare('INSERT OR IGNORE INTO mail (finding_id, stage, told_of, at) VALUES (?, ?, ?, ?)');
  add.run(findingId, stage, of.getTime(), at.getTime());
  const trim = db.prepare(
    `DELETE FROM mail WHERE finding_id = ?1 AND (stage, told_of) NOT IN
       (SELECT stage, told_of FROM mail WHERE finding_id = ?1 ORDER BY at DESC LIMIT ${MAX_MAILS})`,
  );
  trim.run(findingId);
  // A look may have resolved the finding before the mail was noted, and taken it off the list as nobody had heard of it.
  db.prepare('UPDATE finding SET in_sight = 1 WHERE id = ? AND in_sight = 0 AND status IS NOT NULL').run(findingId);
}
