/** A simulation's accounts: reads and changes of inventories, and idempotent creates as in EC2. */

import { createHash } from 'node:crypto';
import { PipelineError } from '../../errors.ts';
import { type Inventory, type Scope, scopeKey } from '../../inventory/inventory.ts';
import { throwRefusal } from './mirror-quotas.ts';

/** A create call: EC2 answers a repeated client token as it did the first time. */
export interface CreateCall {
  readonly operation: string;
  readonly inventory: Inventory;
  readonly request: { readonly clientToken: string };
}

/** The accounts as they are now. */
export interface AccountState {
  /** Throws PipelineError `inventory-unreadable` if there is no such account and region. */
  read(scope: Scope, operation: string): Inventory;
  /** Like `read`, and also throws if a list is missing that decides EC2's answers to writes. */
  readForWriting(scope: Scope, operation: string): Inventory;
  change(inventory: Inventory, changed: Partial<Inventory>): void;
  /** Calls `create` once per client token. Throws AwsCallError if the token was used with other parameters. */
  createOnce<T>(call: CreateCall, create: () => T): T;
}

/** Without one of these lists nothing can be written. */
const NEEDED = ['networkInterfaces', 'trafficMirrorTargets', 'trafficMirrorFilters', 'trafficMirrorSessions'] as const;

/** State that starts with these inventories. `onChange` is called after each change. */
export function accountState(initial: readonly Inventory[], onChange: () => void = () => undefined): AccountState {
  const inventories = new Map(initial.map((inventory) => [scopeKey(inventory), inventory]));
  /** The request and the answer of each client token. */
  const answered = new Map<string, { readonly request: string; readonly answer: unknown }>();

  const read = (scope: Scope, operation: string): Inventory => {
    const inventory = inventories.get(scopeKey(scope));
    if (inventory !== undefined) return inventory;
    const message = `${operation} in ${scopeKey(scope)}: the account file does not describe this account and region`;
    throw new PipelineError('inventory-unreadable', message, { ...scope, operation });
  };

  return {
    read,
    readForWriting(scope, operation) {
      const inventory = read(scope, operation);
      const absent = NEEDED.filter((name) => inventory[name] === undefined);
      if (absent.length === 0) return inventory;
      const message = `${operation} in ${scopeKey(scope)}: the account file does not list ${absent.join(', ')}`;
      throw new PipelineError('inventory-unreadable', message, { ...scope, operation });
    },
    change(inventory, changed) {
      inventories.set(scopeKey(inventory), { ...inventory, ...changed });
      onChange();
    },
    // The answer stays the same even if the created resource was changed or deleted since. EC2 does the same.
    createOnce<T>({ operation, inventory, request }: CreateCall, create: () => T): T {
      const { clientToken } = request;
      const key = `${scopeKey(inventory)}:${operation}:${clientToken}`;
      const parameters = JSON.stringify(request);
      const before = answered.get(key);
      if (before !== undefined && before.request !== parameters) {
        const message = `The client token '${clientToken}' was used with other parameters`;
        throwRefusal(operation, inventory, { code: 'IdempotentParameterMismatch', message });
      }
      if (before !== undefined) return before.answer as T;
      const answer = create();
      answered.set(key, { request: parameters, answer });
      return answer;
    },
  };
}

/** An id as AWS writes them (`tms-` and 17 hexadecimal digits), derived from the token and not taken yet. */
export function freshId(prefix: string, token: string, isTaken: (id: string) => boolean): string {
  for (let attempt = 0; ; attempt += 1) {
    const id = `${prefix}-${createHash('sha256').update(`${prefix}:${token}:${attempt}`).digest('hex').slice(0, 17)}`;
    if (!isTaken(id)) return id;
  }
}

/** A VNI of 24 bits, derived from the token and not taken yet. */
export function freshNetworkId(token: string, isTaken: (networkId: number) => boolean): number {
  let networkId = createHash('sha256').update(token).digest().readUIntBE(0, 3);
  while (isTaken(networkId)) networkId = (networkId + 1) % 2 ** 24;
  return networkId;
}
