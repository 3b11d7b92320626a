/** The ledger's one table: items under a partition and a sort key, whose content is one JSON text with a version. */

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

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item of the table. `version` counts its writes; 0 has never been written. */
export interface TableItem extends ItemKey {
  readonly version: number;
  /** JSON. */
  readonly body: string;
  /** When DynamoDB may delete it; absent for never. */
  readonly expiresAt?: Date | undefined;
}

/** A lease on a key: who puts it first has it until it ends, or for good once it is settled. */
export interface Lease extends ItemKey {
  readonly until: Date;
  readonly expiresAt: Date;
}

/** Calls on the table. Each throws PipelineError `ledger-failed`, with AWS's code and whether it may be tried again. */
export interface LedgerTable {
  /** The items that exist of these keys, as they are after every write that was answered. */
  get(keys: readonly ItemKey[]): Promise<readonly TableItem[]>;
  /** All items of a partition, or those whose sort key lies between two texts, in its order. */
  query(pk: string, between?: readonly [from: string, to: string]): Promise<readonly TableItem[]>;
  /** Writes the item whatever is there. */
  put(item: TableItem): Promise<void>;
  /**
   * Writes at most 100 items, all or none, and settles leases with them: false, with nothing written, when any item was written by
   * someone else since it was read as `version` - 1.
   */
  putAll(items: readonly TableItem[], settled?: readonly Lease[]): Promise<boolean>;
  /** True when the lease was free, or ended by `now`, and is taken. */
  take(lease: Lease, now: Date): Promise<boolean>;
  /** Gives a lease back, unless it is settled. */
  giveBack(key: ItemKey): Promise<void>;
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_PER_GET = 100;

/** The answers that mean: somebody else was there in between. */
const CONFLICTS: ReadonlySet<string> = new Set([
  'ConditionalCheckFailedException',
  'TransactionCanceledException',
  'TransactionConflictException',
]);

/** A table of our own account, in a region. */
export function dynamoDbTable(clients: Clients, TableName: string, region: string): LedgerTable {
  const call = async <T>(operation: string, send: (db: DynamoDBClient) => Promise<T>): Promise<T> => {
    try {
      return await awsCall(operation, { resourceId: TableName, region }, () =>
        send(clients.home(DynamoDBClient, region)),
      );
    } catch (fault) {
      if (!(fault instanceof AwsCallError)) throw fault;
      const { retryable, concerns } = fault;
      throw new PipelineError('ledger-failed', `the ledger: ${fault.message}`, {
        ...concerns,
        retryable,
        cause: fault,
      });
    }
  };
  /** False when someone else was first. */
  const conditionally = async (operation: string, send: (db: DynamoDBClient) => Promise<unknown>): Promise<boolean> => {
    try {
      await call(operation, send);
      return true;
    } catch (fault) {
      if (CONFLICTS.has(codeOf(fault) ?? '')) return false;
      throw fault;
    }
  };

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

    async query(pk, between) {
      const found: TableItem[] = [];
      let from: Record<string, AttributeValue> | undefined;
      do {
        const page = await call('Query', (db) =>
          db.send(
            new QueryCommand({
              TableName,
              ConsistentRead: true,
              KeyConditionExpression: between === undefined ? 'pk = :pk' : 'pk = :pk AND sk BETWEEN :from AND :to',
              ExpressionAttributeValues: {
                ':pk': { S: pk },
                ...(between && { ':from': { S: between[0] }, ':to': { S: between[1] } }),
              },
              ExclusiveStartKey: from,
            }),
          ),
        );
        found.push(...(page.Items ?? []).map(toItem));
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
      return found;
    },

    async put(item) {
      await call('PutItem', (db) => db.send(new PutItemCommand({ TableName, Item: fromItem(item) })));
    },

    putAll(items, settled = []) {
      if (items.length + settled.length === 0) return Promise.resolve(true);
      const versioned = items.map((item) => ({
        Put: { TableName, Item: fromItem(item), ...onlyAfter(item.version - 1) },
      }));
      const done = settled.map((lease) => ({ Put: { TableName, Item: fromLease(lease, true) } }));
      return conditionally('TransactWriteItems', (db) =>
        db.send(new TransactWriteItemsCommand({ TransactItems: [...versioned, ...done] })),
      );
    },

    take: (lease, now) =>
      conditionally('PutItem', (db) =>
        db.send(
          new PutItemCommand({
            TableName,
            Item: fromLease(lease, false),
            ConditionExpression: 'attribute_not_exists(pk) OR settled = :no AND leaseUntil <= :now',
            ExpressionAttributeValues: { ':no': { BOOL: false }, ':now': { N: String(now.getTime()) } },
          }),
        ),
      ),

    async giveBack(key) {
      await conditionally('DeleteItem', (db) =>
        db.send(
          new DeleteItemCommand({
            TableName,
            Key: toKey(key),
            ConditionExpression: 'settled = :no',
            ExpressionAttributeValues: { ':no': { BOOL: false } },
          }),
        ),
      );
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

function fromLease({ until, expiresAt, ...key }: Lease, settled: boolean): Record<string, AttributeValue> {
  const leaseUntil = { N: String(until.getTime()) };
  return { ...toKey(key), settled: { BOOL: settled }, leaseUntil, ...expiry(expiresAt) };
}

/** DynamoDB's time to live is in seconds. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
function expiry(at: Date | undefined): Record<string, AttributeValue> {
  return at === undefined ? {} : { expiresAt: { N: String(Math.ceil(at.getTime() / 1000)) } };
}
