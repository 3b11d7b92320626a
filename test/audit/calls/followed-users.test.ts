import { describe, expect, it } from 'vitest';
import { followedUsers } from '../../../src/audit/calls/followed-users.ts';
import { iamUserSighting } from '../../../src/sighting/iam-users.ts';
import { anIamCall } from '../../support/iam-calls.ts';

const at = (second: number) => new Date(Date.parse('2026-03-14T02:00:00Z') + second * 1000).toISOString();
const made = (userName: string, second: number) => anIamCall('CreateUser', at(second), { userName });
const keyed = (userName: string, second: number) => anIamCall('CreateAccessKey', at(second), { userName });
const deleted = (userName: string, second: number) => anIamCall('DeleteUser', at(second), { userName });
const renamed = (userName: string, newUserName: string, second: number) =>
  anIamCall('UpdateUser', at(second), { userName, newUserName });

const follow = (records: readonly object[]) =>
  followedUsers(records.flatMap((record) => iamUserSighting(record as never) ?? []));

/** `erin (mallory): CreateUser UpdateUser`, and `, deleted` of a user that was. */
const users = (records: readonly object[]) =>
  follow(records)
    .map(({ name, renames, calls, deletion }) => {
      const names = renames.map(({ formerName }) => formerName).join(' ');
      const end = deletion === undefined ? '' : ', deleted';
      return `${name} (${names}): ${calls.map(({ evidence }) => evidence.eventName).join(' ')}${end}`;
    })
    .toSorted();

describe('followedUsers', () => {
  it.each<[what: string, records: readonly object[], expected: readonly string[]]>([
    ['nobody', [], []],
    ['one user', [made('a', 1), keyed('a', 2)], ['a (): CreateUser CreateAccessKey']],
    [
      'a user with another name',
      [made('a', 1), renamed('a', 'b', 2), keyed('b', 3)],
      ['b (a): CreateUser UpdateUser CreateAccessKey'],
    ],
    [
      'two that swap names',
      [made('a', 1), keyed('b', 2), renamed('a', 'x', 3), renamed('b', 'a', 4), renamed('x', 'b', 5)],
      ['a (b): CreateAccessKey UpdateUser', 'b (a x): CreateUser UpdateUser UpdateUser'],
    ],
    [
      'two of one name after each other',
      [made('a', 1), deleted('a', 2), made('a', 3)],
      ['a (): CreateUser', 'a (): CreateUser DeleteUser, deleted'],
    ],
    [
      'a user that is deleted twice',
      [made('a', 1), deleted('a', 2), deleted('a', 3)],
      ['a (): CreateUser DeleteUser DeleteUser, deleted'],
    ],
    [
      'a user whose making was not read after one that was deleted',
      [deleted('a', 1), renamed('a', 'b', 2)],
      ['a (): DeleteUser, deleted', 'b (a): UpdateUser'],
    ],
    [
      'a user of the name of one whose deletion was not read',
      [made('b', 1), made('a', 2), renamed('a', 'b', 3)],
      ['b (a): CreateUser UpdateUser CreateUser'],
    ],
    [
      'a user that is made and renamed in one second',
      [renamed('a', 'b', 1), made('a', 1)],
      ['b (a): CreateUser UpdateUser'],
    ],
    [
      'a call of the second of a deletion',
      [made('a', 1), keyed('a', 2), deleted('a', 2)],
      ['a (): CreateAccessKey', 'a (): CreateUser DeleteUser, deleted'],
    ],
    [
      'a name like a field of objects',
      [made('__proto__', 1), renamed('__proto__', 'constructor', 2)],
      ['constructor (__proto__): CreateUser UpdateUser'],
    ],
    ['a call that names nobody', [anIamCall('DeleteUser', at(1), null)], []],
  ])('tells %s', (_, records, expected) => {
    expect(users(records)).toEqual(expected);
    expect(users(records.toReversed())).toHaveLength(expected.length);
  });

  it('says since when a user is this one, where the records do', () => {
    const sinceOf = (...records: readonly object[]) => follow(records).at(-1)?.since?.toISOString();
    expect(sinceOf(made('a', 1), keyed('a', 2))).toBe(at(1));
    expect(sinceOf(keyed('a', 2))).toBeUndefined();
    expect(sinceOf(deleted('a', 1), keyed('a', 2))).toBe(at(1));
    expect(sinceOf(made('b', 1), renamed('a', 'b', 3))).toBeUndefined();
  });

  it('follows very many calls and renames before the test times out', () => {
    const records = Array.from({ length: 20_000 }, (_, n) => [
      keyed(`u${n % 7}`, n),
      renamed(`u${n % 7}`, `u${(n + 1) % 7}`, n),
    ]);
    const all = follow(records.flat());
    expect(all.reduce((sum, { calls }) => sum + calls.length, 0)).toBe(40_000);
  });
});
