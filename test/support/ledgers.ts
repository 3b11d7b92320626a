/** Real in-memory ledgers for tests. */

import type { Ledger } from '../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../src/local/sqlite-ledger.ts';

/** An empty ledger that lasts as long as the test. */
export function aLedger(): Ledger & { close(): void } {
  return openSqliteLedger(':memory:');
}
