/** DynamoDB: tables with `pk` and `sk`, conditions, transactions, batches, and pages as small as the caller's bad luck wants. */

import { FakeFault } from '../../test/support/fake-ec2/account.ts';
import { type Attributes, conditionHolds, type Expression, ExpressionError } from './expressions.ts';
import { updated } from './updates.ts';

/** A table: partitions of items by sort key. */
type Table = Map<string, Map<string, Attributes>>;

// biome-ignore lint/suspicious/noExplicitAny: a request is whatever the SDK sends
type Request = Record<string, any>;

/** Circumstances of one request. */
export interface Circumstances {
  /** How many items a page holds at most. */
  readonly page: number;
  /** Which key of a batch of several is left out, from 0 to 1. @default none */
  readonly unprocessed?: number | undefined;
}

/** What a request consumed. */
export interface Units {
  read: number;
  write: number;
}

type Operation = (tables: Tables, request: Request, circumstances: Circumstances) => object;

/** All tables of an account. */
export class Tables {
  readonly units: Units = { read: 0, write: 0 };
  private readonly tables = new Map<string, Table>();
  private table(name: string): Table {
    const found = this.tables.get(name) ?? new Map<string, Map<string, Attributes>>();
    this.tables.set(name, found);
    return found;
  }
  get(name: string, key: Attributes): Attributes | undefined {
    const item = this.table(name).get(text(key.pk))?.get(text(key.sk));
    this.units.read += item === undefined ? 1 : Math.ceil(bytesOf(item) / 4096);
    return item;
  }
  put(name: string, item: Attributes): void {
    const bytes = bytesOf(item);
    if (bytes > 400 * 1024)
      throw new FakeFault('ValidationException', 'Item size has exceeded the maximum allowed size');
    const table = this.table(name);
    const partition = table.get(text(item.pk)) ?? new Map<string, Attributes>();
    table.set(text(item.pk), partition.set(text(item.sk), item));
    this.units.write += Math.ceil(bytes / 1024);
  }
  remove(name: string, key: Attributes): void {
    this.table(name).get(text(key.pk))?.delete(text(key.sk));
    this.units.write += 1;
  }
  /** The items of a partition by sort key, or of the whole table. */
  items(name: string, pk?: string): Attributes[] {
    const partitions =
      pk === undefined ? [...this.table(name).values()] : [this.table(name).get(pk) ?? new Map<string, Attributes>()];
    return partitions.flatMap((each) => [...each].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item));
  }
}

const text = (value: unknown): string => {
  const [content] = Object.values((value ?? {}) as object);
  if (typeof content !== 'string')
    throw new FakeFault('ValidationException', 'The provided key element does not match');
  return content;
};
const bytesOf = (item: Attributes): number => Buffer.byteLength(JSON.stringify(item));
const keyOf = ({ pk, sk }: Attributes): Attributes => ({ ...(pk && { pk }), ...(sk && { sk }) });

function expression(request: Request, name: string): Expression {
  return {
    text: request[name],
    names: request.ExpressionAttributeNames ?? {},
    values: request.ExpressionAttributeValues ?? {},
  };
}

function needsCondition(tables: Tables, request: Request, key: Attributes): void {
  if (!conditionHolds(expression(request, 'ConditionExpression'), tables.get(request.TableName, key)))
    throw new FakeFault('ConditionalCheckFailedException', 'The conditional request failed');
}

/** Each kind of write of a transaction, also as an operation of its own. */
const WRITES: Readonly<
  Record<string, { key(request: Request): Attributes; run(tables: Tables, request: Request): void }>
> = {
  Put: { key: ({ Item }) => keyOf(Item), run: (tables, { TableName, Item }) => tables.put(TableName, Item) },
  Delete: { key: ({ Key }) => Key, run: (tables, { TableName, Key }) => tables.remove(TableName, Key) },
  Update: {
    key: ({ Key }) => Key,
    run(tables, request) {
      const before = tables.get(request.TableName, request.Key) ?? request.Key;
      tables.put(request.TableName, updated(before, expression(request, 'UpdateExpression')));
    },
  },
  ConditionCheck: { key: ({ Key }) => Key, run: () => undefined },
};

const write =
  (kind: string): Operation =>
  (tables, request) => {
    const { key, run } = WRITES[kind] ?? {};
    if (key === undefined || run === undefined) throw new FakeFault('ValidationException', kind);
    const before = tables.get(request.TableName, key(request));
    needsCondition(tables, request, key(request));
    run(tables, request);
    const after = tables.get(request.TableName, key(request));
    const { ReturnValues = 'NONE' } = request;
    if (ReturnValues === 'ALL_OLD') return { Attributes: before };
    return ReturnValues === 'ALL_NEW' ? { Attributes: after } : {};
  };

const transactWrite: Operation = (tables, { TransactItems }) => {
  const steps = (TransactItems as Request[]).map((each) => {
    const [[kind, request]] = Object.entries(each) as [[string, Request]];
    const { key, run } = WRITES[kind] ?? {};
    if (key === undefined || run === undefined) throw new FakeFault('ValidationException', kind);
    return { request, key: key(request), run };
  });
  if (steps.length > 100)
    throw new FakeFault('ValidationException', 'Member must have length less than or equal to 100');
  if (JSON.stringify(TransactItems).length > 4 * 1024 * 1024)
    throw new FakeFault('ValidationException', 'Transaction request size exceeds 4 MB');
  const names = steps.map(({ request, key }) => `${request.TableName}\n${JSON.stringify(key)}`);
  if (new Set(names).size < names.length)
    throw new FakeFault('ValidationException', 'Transaction request cannot include multiple operations on one item');
  const refused = steps.map(
    ({ request, key }) =>
      !conditionHolds(expression(request, 'ConditionExpression'), tables.get(request.TableName, key)),
  );
  if (refused.includes(true)) {
    const reasons = refused.map((isRefused) => (isRefused ? 'ConditionalCheckFailed' : 'None'));
    const fault = new FakeFault(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.join(', ')}]`,
    );
    throw Object.assign(fault, { fields: { CancellationReasons: reasons.map((Code) => ({ Code })) } });
  }
  for (const { run, request } of steps) run(tables, request);
  return {};
};

const batchGet: Operation = (tables, { RequestItems }, { page, unprocessed }) => {
  const Responses: Record<string, Attributes[]> = {};
  const UnprocessedKeys: Record<string, Request> = {};
  for (const [name, asked] of Object.entries(RequestItems as Record<string, Request>)) {
    const keys: Attributes[] = asked.Keys;
    if (keys.length > 100)
      throw new FakeFault('ValidationException', 'Too many items requested for the BatchGetItem call');
    if (new Set(keys.map((key) => JSON.stringify(key))).size < keys.length)
      throw new FakeFault('ValidationException', 'Provided list of item keys contains duplicates');
    const skipped =
      unprocessed === undefined || keys.length < 2 || keys.length > page ? -1 : Math.floor(unprocessed * keys.length);
    const left = keys.filter((_, index) => index >= page || index === skipped);
    Responses[name] = keys.flatMap((key): Attributes[] => {
      const item = left.includes(key) ? undefined : tables.get(name, key);
      return item === undefined ? [] : [item];
    });
    if (left.length > 0) UnprocessedKeys[name] = { ...asked, Keys: left };
  }
  return { Responses, UnprocessedKeys };
};

const batchWrite: Operation = (tables, { RequestItems }, { page }) => {
  const UnprocessedItems: Record<string, Request[]> = {};
  for (const [name, requests] of Object.entries(RequestItems as Record<string, Request[]>)) {
    if (requests.length > 25) throw new FakeFault('ValidationException', 'Too many items in the BatchWriteItem call');
    for (const { PutRequest, DeleteRequest } of requests.slice(0, page)) {
      if (PutRequest !== undefined) tables.put(name, PutRequest.Item);
      else tables.remove(name, DeleteRequest.Key);
    }
    if (requests.length > page) UnprocessedItems[name] = requests.slice(page);
  }
  return { UnprocessedItems };
};

const query: Operation = (tables, request, { page }) => {
  const { TableName, Limit = 1_000_000, ScanIndexForward = true, ExclusiveStartKey, KeyConditionExpression } = request;
  if (request.IndexName !== undefined) throw new FakeFault('ValidationException', 'the table has no index');
  const key = expression(request, 'KeyConditionExpression');
  const place = KeyConditionExpression === undefined ? undefined : /(#?\w+)\s*=\s*(:\w+)/.exec(KeyConditionExpression);
  const pk = place?.[2] === undefined ? undefined : text(key.values[place[2]]);
  const all = tables.items(TableName, pk).filter((item) => conditionHolds(key, item));
  const ordered = ScanIndexForward ? all : all.toReversed();
  const name = ({ pk: p, sk: s }: Attributes): string => JSON.stringify([p, s]);
  const from =
    ExclusiveStartKey === undefined ? 0 : ordered.findIndex((each) => name(each) === name(ExclusiveStartKey)) + 1;
  const read = ordered.slice(from, from + Math.min(Limit, page));
  tables.units.read += Math.max(1, Math.ceil(read.reduce((sum, item) => sum + bytesOf(item), 0) / 4096));
  const Items = read.filter((item) => conditionHolds(expression(request, 'FilterExpression'), item));
  const last = read.at(-1);
  const LastEvaluatedKey = from + read.length < ordered.length && last !== undefined ? keyOf(last) : undefined;
  return { Items, Count: Items.length, ScannedCount: read.length, LastEvaluatedKey };
};

const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetItem: (tables, { TableName, Key }) => ({ Item: tables.get(TableName, Key) }),
  PutItem: write('Put'),
  DeleteItem: write('Delete'),
  UpdateItem: write('Update'),
  TransactWriteItems: transactWrite,
  TransactGetItems: (tables, { TransactItems }) => ({
    Responses: (TransactItems as Request[]).map(({ Get }) => ({ Item: tables.get(Get.TableName, Get.Key) })),
  }),
  BatchGetItem: batchGet,
  BatchWriteItem: batchWrite,
  Query: query,
  Scan: query,
};

/** Answers a request. Throws FakeFault as DynamoDB would. */
export function answerDynamoDb(tables: Tables, action: string, request: Request, circumstances: Circumstances): object {
  const operation = OPERATIONS[action];
  if (operation === undefined) throw new FakeFault('UnknownOperationException', action);
  try {
    return operation(tables, request, circumstances);
  } catch (fault) {
    if (fault instanceof ExpressionError)
      throw new FakeFault('ValidationException', `Invalid expression: ${fault.message}`);
    throw fault;
  }
}
