import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { changeLogContract } from '../../contract/change-log.ts';
import { floodsContract } from '../../contract/floods.ts';
import { ledgerContract } from '../../contract/ledger.ts';

ledgerContract('a table in memory', async () => {
  const table = memoryTable();
  return { ledger: ledgerOn(table), again: async () => ledgerOn(table) };
});

floodsContract('a table in memory', async () => ({ ledger: ledgerOn(memoryTable()) }));

changeLogContract('a table in memory', async () => ledgerOn(memoryTable()));
