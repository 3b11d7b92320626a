/** The part of DynamoDB that the ledger uses: single-table items, conditions, transactions and queries over a sort key. */

import { FakeFault, type Item, type Params } from './account.ts';

/** The items of each table, by key. */
export type FakeTables = Map<string, Map<string, Item>>;

type TableAction = (tables: FakeTables, params: Params) => object;

const scalar = (value: Item | undefined): string | number | boolean | undefined =>
  value === undefined ? undefined : (value.S ?? (value.N === undefined ? value.BOOL : Number(value.N)));

const keyOf = (item: Item): string => `${scalar(item.pk)}\n${scalar(item.sk)}`;

function tableOf(tables: FakeTables, name: string): Map<string, Item> {
  const table = tables.get(name) ?? new Map<string, Item>();
  tables.set(name, table);
  return table;
}

/** Evaluates `a OR b AND c`, where each part is `attribute_not_exists(x)`, `x = :v`, `x < :v` or `x <= :v`. */
function holds(expression: string | undefined, item: Item | undefined, values: Item, names: Item): boolean {
  if (expression === undefined) return true;
  return expression
    .split(' OR ')
    .some((all) => all.split(' AND ').every((term) => termHolds(term.trim(), item, values, names)));
}

function termHolds(term: string, item: Item | undefined, values: Item, names: Item): boolean {
  const absent = /^attribute_not_exists\((\S+)\)$/.exec(term)?.[1];
  if (absent !== undefined) return item?.[names[absent] ?? absent] === undefined;
  const [, name = '', operator, value = ''] = /^(\S+) (=|<|<=) (:\S+)$/.exec(term) ?? [];
  if (operator === undefined) throw new FakeFault('ValidationException', `cannot read ${term}`);
  const [actual, wanted] = [scalar(item?.[names[name] ?? name]), scalar(values[value])];
  if (actual === undefined || wanted === undefined) return false;
  return operator === '=' ? actual === wanted : operator === '<' ? actual < wanted : actual <= wanted;
}

const allowed = (table: Map<string, Item>, key: Item, request: Params): boolean =>
  holds(
    request.ConditionExpression,
    table.get(keyOf(key)),
    request.ExpressionAttributeValues ?? {},
    request.ExpressionAttributeNames ?? {},
  );

function isTooLarge(item: Item): boolean {
  return Buffer.byteLength(JSON.stringify(item)) > 400 * 1024;
}

function refuseLarge(item: Item): void {
  if (isTooLarge(item)) throw new FakeFault('ValidationException', 'Item size has exceeded the maximum allowed size');
}

const putItem: TableAction = (tables, params) => {
  const table = tableOf(tables, params.TableName);
  refuseLarge(params.Item);
  if (!allowed(table, params.Item, params))
    throw new FakeFault('ConditionalCheckFailedException', 'The conditional request failed');
  table.set(keyOf(params.Item), params.Item);
  return {};
};

const deleteItem: TableAction = (tables, params) => {
  const table = tableOf(tables, params.TableName);
  if (!allowed(table, params.Key, params))
    throw new FakeFault('ConditionalCheckFailedException', 'The conditional request failed');
  table.delete(keyOf(params.Key));
  return {};
};

/** Accepts at most 100 keys, as AWS does. Answers 60 of them and returns the others as unprocessed. */
const batchGetItem: TableAction = (tables, params) => {
  const [[name, { Keys }]] = Object.entries(params.RequestItems) as [[string, { Keys: Item[] }]];
  if (Keys.length > 100)
    throw new FakeFault('ValidationException', 'Too many items requested for the BatchGetItem call');
  const table = tableOf(tables, name);
  const answered = Keys.slice(0, 60);
  const rest = Keys.slice(60);
  return {
    Responses: { [name]: answered.flatMap((key) => table.get(keyOf(key)) ?? []) },
    UnprocessedKeys: rest.length > 0 ? { [name]: { Keys: rest } } : {},
  };
};

/** Evaluates `pk = :pk` with an optional `sk BETWEEN :from AND :to`. Orders items by `sk`, 50 per page or the `Limit`. */
const query: TableAction = (tables, params) => {
  const values = params.ExpressionAttributeValues;
  const ranged = String(params.KeyConditionExpression).includes('BETWEEN');
  const items = [...tableOf(tables, params.TableName).values()]
    .filter(({ pk }) => scalar(pk) === scalar(values[':pk']))
    .filter(({ sk }) => {
      const [at, from, to] = [String(scalar(sk)), String(scalar(values[':from'])), String(scalar(values[':to']))];
      return !ranged || (at >= from && at <= to);
    })
    .toSorted((a, b) => (String(scalar(a.sk)) < String(scalar(b.sk)) ? -1 : 1));
  if (params.ScanIndexForward === false) items.reverse();
  const size = Math.min(50, params.Limit ?? 50);
  const start = params.ExclusiveStartKey;
  const from = start === undefined ? 0 : items.findIndex((item) => keyOf(item) === keyOf(start)) + 1;
  const page = items.slice(from, from + size);
  const last = page.at(-1);
  return {
    Items: page,
    ...(last !== undefined && from + size < items.length && { LastEvaluatedKey: { pk: last.pk, sk: last.sk } }),
  };
};

const transactWriteItems: TableAction = (tables, params) => {
  const writes: Item[] = params.TransactItems;
  if (writes.length > 100)
    throw new FakeFault('ValidationException', 'Member must have length less than or equal to 100');
  const reasons = writes.map(({ Put, Delete, ConditionCheck }) => {
    const request = Put ?? Delete ?? ConditionCheck;
    if (Put !== undefined && isTooLarge(Put.Item)) return 'ValidationError';
    return allowed(tableOf(tables, request.TableName), Put?.Item ?? request.Key, request)
      ? 'None'
      : 'ConditionalCheckFailed';
  });
  if (writes.reduce((sum, { Put }) => sum + Buffer.byteLength(JSON.stringify(Put?.Item ?? '')), 0) > 4 * 1024 * 1024)
    throw new FakeFault('ValidationException', 'Transaction request cannot include more than 4 MB of data');
  if (reasons.some((reason) => reason !== 'None')) {
    throw new FakeFault(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons [${reasons.join(', ')}]`,
    );
  }
  for (const { Put, Delete } of writes) {
    if (Delete !== undefined) tableOf(tables, Delete.TableName).delete(keyOf(Delete.Key));
    if (Put === undefined) continue;
    tableOf(tables, Put.TableName).set(keyOf(Put.Item), Put.Item);
  }
  return {};
};

export const DYNAMODB_ACTIONS: Readonly<Record<string, TableAction>> = {
  PutItem: putItem,
  DeleteItem: deleteItem,
  BatchGetItem: batchGetItem,
  Query: query,
  TransactWriteItems: transactWriteItems,
};
