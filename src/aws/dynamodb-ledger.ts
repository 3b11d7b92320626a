/** placeholder */
import type { Ledger } from '../ledger/ledger.ts';
import type { Clients } from './clients.ts';
export function dynamoDbLedger(
  _clients: Clients,
  _options: { readonly table: string; readonly region: string },
): Ledger {
  throw new Error('later');
}
