/** The ledger's ports on DynamoDB, and the one in memory. */

import type { FullLedger } from '../../ledger/change-log.ts';
import type { Clients } from '../clients.ts';
import { lazily } from '../lazily.ts';
import type { ConfigVersions } from '../ledger/config-versions.ts';

/** The ledger's ports. */
export interface LedgerPorts {
  /** The ledger in a table. @default the home region */
  ledger(table: string, region?: string): FullLedger;
  /** A ledger in memory, for a function without a table. It ends with the process. */
  memoryLedger(): FullLedger;
  /** Which configurations functions used, in the ledger's table in the home region. */
  configVersions(table: string): ConfigVersions;
}

/** Each loads its adapter on its first call. */
export function ledgerPorts(clients: Clients, region: string): LedgerPorts {
  return {
    ledger: (table, tableRegion = region) =>
      lazily<FullLedger>(LEDGER_METHODS, async () =>
        (await import('../ledger/dynamodb-ledger.ts')).dynamoDbLedger(clients, { table, region: tableRegion }),
      ),
    memoryLedger: () =>
      lazily<FullLedger>(LEDGER_METHODS, async () => {
        const [{ ledgerOn }, { memoryTable }] = await Promise.all([
          import('../ledger/dynamodb-ledger.ts'),
          import('../ledger/memory-table.ts'),
        ]);
        return ledgerOn(memoryTable());
      }),
    configVersions: (table) =>
      lazily<ConfigVersions>({ newest: true, note: true }, async () => {
        const [{ configVersions }, { dynamoDbTable }] = await Promise.all([
          import('../ledger/config-versions.ts'),
          import('../ledger/dynamodb-table.ts'),
        ]);
        return configVersions(dynamoDbTable(clients, table, region));
      }),
  };
}

const LEDGER_METHODS = {
  record: true,
  entries: true,
  runs: true,
  claim: true,
  settle: true,
  keep: true,
  about: true,
  keepPolicy: true,
  policies: true,
  lastInOrder: true,
  countNew: true,
  hold: true,
  heldUntil: true,
  release: true,
  intend: true,
  intended: true,
  noteInstance: true,
  forget: true,
  hear: true,
  freshness: true,
  takeJudging: true,
  nameSilent: true,
} as const;
