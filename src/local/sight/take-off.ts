/** Takes findings off the list of the local ledger's file. */

import type { Database } from 'libsql';
import type { Sight } from '../../ledger/ledger.ts';
import type { OwnLook } from '../../ledger/looks/own-looks.ts';
import { isListed } from '../../ledger/sight/in-sight.ts';
import { readEntries } from '../ledger-entries.ts';

/** Takes off the list what no sweep has to read again, once a complete look is recorded. To be called in a transaction. */
export function takeOffList(db: Database, looks: Iterable<OwnLook>): void {
  const takeOff = db.prepare('UPDATE finding SET in_sight = 0 WHERE id = ?');
  const over = (sight: Sight, newestLook: number | undefined): void => {
    for (const entry of readEntries(db, { listed: sight }))
      if (!isListed(entry, newestLook)) takeOff.run(entry.finding.id);
  };
  for (const { scope, covering } of looks) over(scope, covering.at);
  over('other-rules', undefined);
}
