import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { changeLogContract } from '../../contract/change-log.ts';
import { ledgerContract } from '../../contract/ledger.ts';

ledgerContract('a table in memory', async () => {
  const table = memoryTable();
  return { ledger: ledgerOn(table), again: async () => ledgerOn(table) };
});

changeLogContract('a table in memory', async () => ledgerOn(memoryTable()));
