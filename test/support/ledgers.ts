/** Real in-memory ledgers for tests. */

import type { FullLedger } from '../../src/ledger/change-log.ts';
import { openSqliteLedger } from '../../src/local/sqlite-ledger.ts';

/** An empty ledger that lasts as long as the test. */
export function aLedger(): FullLedger & { close(): void } {
  return openSqliteLedger(':memory:');
}
