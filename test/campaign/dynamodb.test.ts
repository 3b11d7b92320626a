/** The double of DynamoDB, where callers depend on more than the happy path. */

import { describe, expect, it } from 'vitest';
import { answerDynamoDb, Tables } from '../../campaign/aws/dynamodb.ts';

const keyOf = (name: number) => ({ pk: { S: 'p' }, sk: { S: `s${name}` } });

/** Asks for so many items in one call, and returns how many came and which keys were left. */
function askedFor(count: number, circumstances: { readonly page: number; readonly unprocessed?: number }) {
  const tables = new Tables();
  const keys = Array.from({ length: count }, (_, index) => keyOf(index));
  for (const key of keys) tables.put('t', key);
  const request = { RequestItems: { t: { Keys: keys, ConsistentRead: true } } };
  const answer = answerDynamoDb(tables, 'BatchGetItem', request, circumstances) as {
    readonly Responses: { readonly t: readonly unknown[] };
    readonly UnprocessedKeys: { readonly t?: { readonly Keys: readonly unknown[]; readonly ConsistentRead: boolean } };
  };
  return { found: answer.Responses.t, left: answer.UnprocessedKeys.t };
}

describe('BatchGetItem', () => {
  it('answers with every item, or leaves one out and names its key as it was asked for', () => {
    expect(askedFor(3, { page: 1000 })).toMatchObject({ found: [{}, {}, {}], left: undefined });
    expect(askedFor(3, { page: 1000, unprocessed: 0 })).toEqual({
      found: [keyOf(1), keyOf(2)],
      left: { Keys: [keyOf(0)], ConsistentRead: true },
    });
    expect(askedFor(3, { page: 1000, unprocessed: 0.99 }).left?.Keys).toEqual([keyOf(2)]);
  });

  it('always answers with at least one item', () => {
    expect(askedFor(1, { page: 1000, unprocessed: 0.5 }).found).toHaveLength(1);
    expect(askedFor(2, { page: 1, unprocessed: 0 })).toMatchObject({ found: [keyOf(0)], left: { Keys: [keyOf(1)] } });
  });
});
