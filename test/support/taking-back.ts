/** One table row a recorded call: the account after it, what taking it back gives, and whom the records prove. */

import { expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { Sighting } from '../../src/sighting/sighting.ts';
import { accountBefore, causesOf, type Story } from './stories.ts';

/** When the call of each row is made, and when the earlier ones are, in minutes after noon. */
export const NOW = 30;
export const EARLIER = 10;

/** What a call did, and what is known of it. */
export interface TakenBack {
  readonly call: readonly Sighting[];
  /** Records before it that tell what its own lacks. Absent where its own tells everything. */
  readonly told?: readonly (readonly Sighting[])[];
  /** The account as it stands after the call. */
  readonly now: Inventory;
  /** The part of the account that the call changed, and what it was before. */
  readonly part: (account: Inventory) => unknown;
  readonly before: unknown;
  /** The resource and rule that the call broke; absent where it can only help. */
  readonly broke?: string;
  /** The cause if the earlier records are there, and if they are not. @default by the caller, and maybe the caller */
  readonly proven?: string;
  readonly unproven?: string;
  readonly judgedBy?: Pick<Story, 'required' | 'mirror'>;
}

/** Makes the tests of a row. */
export function itTakesBack({ call, told = [], now, part, before, broke, judgedBy, ...row }: TakenBack): void {
  const [sighting] = call;
  if (sighting === undefined) throw new Error('the call of a row must be one that we read');
  const { actor, eventName } = sighting.evidence;
  const story = { now, calls: [...told, call], ...judgedBy };

  it('gives the account before it', () => {
    expect(part(now)).not.toEqual(before);
    expect(part(accountBefore(story, EARLIER + 1))).toEqual(before);
  });

  if (broke === undefined) {
    it('names nobody, since it broke nothing', () => expect(causesOf(story)).toEqual({}));
    return;
  }
  const { proven = `by ${actor} (${eventName})` } = row;
  it(`is ${proven}${told.length === 0 ? '' : ' when earlier records tell what its own lacks'}`, () => {
    expect(causesOf(story)[broke]).toBe(proven);
  });
  if (told.length === 0) return;
  const { unproven = `maybe ${actor} (${eventName}): ` } = row;
  it(`is ${unproven}… when no record does`, () => {
    expect(causesOf({ ...story, calls: [call] })[broke]?.slice(0, unproven.length)).toBe(unproven);
  });
}
