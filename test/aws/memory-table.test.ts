import { ledgerOn } from '../../src/aws/dynamodb-ledger.ts';
import { memoryTable } from '../../src/aws/memory-table.ts';
import { ledgerContract } from '../contract/ledger.ts';

ledgerContract('a table in memory', async () => {
  const table = memoryTable();
  return { ledger: ledgerOn(table), again: async () => ledgerOn(table) };
});
