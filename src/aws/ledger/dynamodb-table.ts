/** The ledger's one table. Its items have a partition key, a sort key, a version, and one JSON text as their content. */

import {
  type AttributeValue,
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { AwsCallError, awsCodeOf, PipelineError } from '../../errors.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import { CONFLICTS, cancellationOf, cancelled } from './cancellation.ts';

/** The key of an item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item. `version` counts its writes; 0 means never written. */
export interface TableItem extends ItemKey {
  readonly version: number;
  /** JSON. */
  readonly body: string;
  /** When DynamoDB may delete it. Absent means never. */
  readonly expiresAt?: Date | undefined;
}

/** A lease on a key. Its owner has it until it ends, and nobody can take it again once it is settled. */
export interface Lease extends ItemKey {
  readonly owner: string;
  readonly until: Date;
  readonly expiresAt: Date;
}

/** What a transaction writes besides items. */
export interface AlsoWritten {
  /** Items that are written even over existing ones. */
  readonly set?: readonly TableItem[] | undefined;
  /** Leases that end for ever. */
  readonly settled?: readonly Lease[] | undefined;
  /** Items or leases that are deleted, if they exist. */
  readonly deleted?: readonly ItemKey[] | undefined;
}

/** A range of sort keys. Both ends are included. */
export type SortKeys = readonly [from: string, to: string];

/** Calls on the table. Each throws PipelineError `ledger-failed`, with AWS's code and whether a retry may help. */
export interface LedgerTable {
  /** The existing items of these keys. Reads are strongly consistent. */
  get(keys: readonly ItemKey[]): Promise<readonly TableItem[]>;
  /** The items of a partition in the order of their sort keys, or those from one sort key to another, or only the last `newest`. */
  query(pk: string, between?: SortKeys, options?: { readonly newest?: number }): Promise<readonly TableItem[]>;
  /** Writes the item, even over an existing one. */
  put(item: TableItem): Promise<void>;
  /** Writes one item, for half of what a transaction costs. Returns false, and writes nothing, if someone else wrote it since it was read. */
  replace(item: TableItem): Promise<boolean>;
  /**
   * Writes up to 100 items, with what else is written, all or none. Returns false, and writes nothing, if someone else wrote an item
   * since it was read as `version` - 1.
   */
  putAll(items: readonly TableItem[], also?: AlsoWritten): Promise<boolean>;
  /** Takes the lease. False if another owner has it at `now` or it is settled. */
  take(lease: Lease, now: Date): Promise<boolean>;
  /** Releases a lease, unless another owner has it or it is settled. */
  giveBack(key: ItemKey, owner: string): Promise<void>;
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_PER_GET = 100;

/** A table of our own account. */
export function dynamoDbTable(clients: Clients, TableName: string, region: string): LedgerTable {
  const { call, conditionally } = tableCalls(clients, TableName, region);
  return {
    async get(keys) {
      const found: TableItem[] = [];
      let left = keys.map(toKey);
      while (left.length > 0) {
        const [asked, later] = [left.slice(0, KEYS_PER_GET), left.slice(KEYS_PER_GET)];
        const answer = await call('BatchGetItem', (db) =>
          db.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: asked, ConsistentRead: true } } })),
        );
        found.push(...(answer.Responses?.[TableName] ?? []).map(toItem));
        left = [...((answer.UnprocessedKeys?.[TableName]?.Keys as Keys | undefined) ?? []), ...later];
      }
      return found;
    },

    async query(pk, between, { newest } = {}) {
      const found: TableItem[] = [];
      let from: Record<string, AttributeValue> | undefined;
      do {
        const asked = { ...queryOf(TableName, pk, between, from), ...(newest !== undefined && newestFirst(newest)) };
        const page = await call('Query', (db) => db.send(new QueryCommand(asked)));
        found.push(...(page.Items ?? []).map(toItem));
        from = page.LastEvaluatedKey;
      } while (from !== undefined && found.length < (newest ?? Number.POSITIVE_INFINITY));
      return newest === undefined ? found : found.slice(0, newest).toReversed();
    },

    async put(item) {
      await call('PutItem', (db) => db.send(new PutItemCommand({ TableName, Item: fromItem(item) })));
    },

    replace: (item) =>
      conditionally('PutItem', (db) =>
        db.send(new PutItemCommand({ TableName, Item: fromItem(item), ...onlyAfter(item.version - 1) })),
      ),

    putAll(items, { set = [], settled = [], deleted = [] } = {}) {
      if (items.length + set.length + settled.length + deleted.length === 0) return Promise.resolve(true);
      const versioned = items.map((item) => ({
        Put: { TableName, Item: fromItem(item), ...onlyAfter(item.version - 1) },
      }));
      const over = set.map((item) => ({ Put: { TableName, Item: fromItem(item) } }));
      const done = settled.map((lease) => ({ Put: { TableName, Item: fromLease(lease, true) } }));
      const gone = deleted.map((key) => ({ Delete: { TableName, Key: toKey(key) } }));
      return conditionally('TransactWriteItems', (db) =>
        db.send(new TransactWriteItemsCommand({ TransactItems: [...versioned, ...over, ...done, ...gone] })),
      );
    },

    take: (lease, now) =>
      conditionally('PutItem', (db) =>
        db.send(
          new PutItemCommand({
            TableName,
            Item: fromLease(lease, false),
            ConditionExpression: `attribute_not_exists(pk) OR settled = :no AND leaseUntil <= :now OR ${IS_OWNERS}`,
            ...ownersValues(lease.owner, { ':now': { N: String(now.getTime()) } }),
          }),
        ),
      ),

    async giveBack(key, owner) {
      await conditionally('DeleteItem', (db) =>
        db.send(
          new DeleteItemCommand({
            TableName,
            Key: toKey(key),
            ConditionExpression: IS_OWNERS,
            ...ownersValues(owner),
          }),
        ),
      );
    },
  };
}

/** True for a lease that the owner has. A lease of an older version has no owner: it is free when it ends. */
const IS_OWNERS = 'settled = :no AND #owner = :owner';

/** The names and values of `IS_OWNERS`; `owner` is a reserved word. */
function ownersValues(
  owner: string,
  others: Record<string, AttributeValue> = {},
): Pick<PutItemCommand['input'], 'ExpressionAttributeNames' | 'ExpressionAttributeValues'> {
  return {
    ExpressionAttributeNames: { '#owner': 'owner' },
    ExpressionAttributeValues: { ':no': { BOOL: false }, ':owner': { S: owner }, ...others },
  };
}

function newestFirst(Limit: number): Pick<QueryCommand['input'], 'Limit' | 'ScanIndexForward'> {
  return { Limit, ScanIndexForward: false };
}

function queryOf(
  TableName: string,
  pk: string,
  between: SortKeys | undefined,
  ExclusiveStartKey: Record<string, AttributeValue> | undefined,
): QueryCommand['input'] {
  return {
    TableName,
    ConsistentRead: true,
    KeyConditionExpression: between === undefined ? 'pk = :pk' : 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: {
      ':pk': { S: pk },
      ...(between && { ':from': { S: between[0] }, ':to': { S: between[1] } }),
    },
    ExclusiveStartKey,
  };
}

type Send<T> = (db: DynamoDBClient) => Promise<T>;

interface TableCalls {
  call<T>(operation: string, send: Send<T>): Promise<T>;
  /** False if someone else was first. */
  conditionally(operation: string, send: Send<unknown>): Promise<boolean>;
}

function tableCalls(clients: Clients, table: string, region: string): TableCalls {
  const call = async <T>(operation: string, send: Send<T>): Promise<T> => {
    try {
      return await awsCall(operation, { resourceId: table, region }, () => send(clients.home(DynamoDBClient, region)));
    } catch (fault) {
      if (!(fault instanceof AwsCallError)) throw fault;
      const { retryable, concerns, message } = fault;
      throw new PipelineError('ledger-failed', `the ledger: ${message}`, { ...concerns, retryable, cause: fault });
    }
  };
  return {
    call,
    async conditionally(operation, send) {
      try {
        await call(operation, send);
        return true;
      } catch (fault) {
        const reason = cancellationOf(fault) ?? codeOf(fault) ?? '';
        if (CONFLICTS.has(reason)) return false;
        throw cancelled(fault, reason);
      }
    },
  };
}

type Keys = Record<string, AttributeValue>[];

function codeOf(fault: unknown): string | undefined {
  return awsCodeOf(fault) ?? (fault instanceof PipelineError ? fault.concerns.awsCode : undefined);
}

function onlyAfter(
  version: number,
): Pick<PutItemCommand['input'], 'ConditionExpression' | 'ExpressionAttributeValues'> {
  if (version === 0) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return { ConditionExpression: 'version = :read', ExpressionAttributeValues: { ':read': { N: String(version) } } };
}

function toKey({ pk, sk }: ItemKey): Record<string, AttributeValue> {
  return { pk: { S: pk }, sk: { S: sk } };
}

function toItem(row: Record<string, AttributeValue>): TableItem {
  const [pk = '', sk = '', body = ''] = [row.pk?.S, row.sk?.S, row.body?.S];
  return { pk, sk, body, version: Number(row.version?.N ?? 0) };
}

function fromItem({ version, body, expiresAt, ...key }: TableItem): Record<string, AttributeValue> {
  return { ...toKey(key), version: { N: String(version) }, body: { S: body }, ...expiry(expiresAt) };
}

function fromLease({ until, expiresAt, owner, ...key }: Lease, settled: boolean): Record<string, AttributeValue> {
  const leaseUntil = { N: String(until.getTime()) };
  return { ...toKey(key), settled: { BOOL: settled }, owner: { S: owner }, leaseUntil, ...expiry(expiresAt) };
}

/** DynamoDB's time-to-live attribute, in seconds. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
function expiry(at: Date | undefined): Record<string, AttributeValue> {
  return at === undefined ? {} : { expiresAt: { N: String(Math.ceil(at.getTime() / 1000)) } };
}
