/** Every past that leaves the same records and the same account as the true one, as far as the alternatives go. */

import { type Account, accountKey, TABLE_NAMES, type TableName } from '../account.ts';
import type { Call } from '../call.ts';
import { SESSIONS_PER_INTERFACE } from '../calls/sessions.ts';
import { perform, replay, shownBy } from '../simulate.ts';
import type { Alternative, Question } from './alternatives.ts';
import { lostIn } from './lost-values.ts';
import { isReached, type Past, reachOf } from './relevant.ts';

/** At most so many combinations of alternatives are tried after each alone: first pairs, then three, and so on. */
const MOST_COMBINATIONS = 24;

/**
 * The true past first, then the others: with each alternative to what the records of `past.calls` leave out, alone and together.
 * `known` names cells that are known from elsewhere and so have no alternative.
 */
export function indistinguishable(question: Question, known: ReadonlySet<string>): readonly Past[] {
  const { past, resourceId } = question;
  const evidence = evidenceOf(past);
  const isSame = (other: Past): boolean => isPossible(other.initial) && leaves(other, evidence);
  const all = past.calls.flatMap((call) => lostIn(call, question)).filter(({ cell }) => !known.has(cell));
  const reach = reachOf(resourceId, withEveryVersion(past, all));
  const isRelevant = (other: Past): boolean =>
    changedKeys(past.initial, other.initial).some(([table, key]) => isReached(table, key, reach.ids));
  const byCell = new Map<string, Alternative[]>();
  const seen = new Set([keyOf(past)]);
  for (const alternative of all) {
    const other = alternative.edit(past);
    if (seen.has(keyOf(other)) || (other.calls === past.calls && !isRelevant(other))) continue;
    // What one record hides may agree with the account only together with what another one hides.
    if (other.calls === past.calls && !isSame(other)) continue;
    seen.add(keyOf(other));
    byCell.set(alternative.cell, [...(byCell.get(alternative.cell) ?? []), alternative]);
  }
  // What two records hide together is seen only in a pair.
  const cells = [...byCell].sort(
    ([one], [other]) => Number(other.startsWith('call:')) - Number(one.startsWith('call:')),
  );
  const others = combinationsOf(cells.map(([, alternatives]) => alternatives))
    .map((alternatives) => alternatives.reduce((each, { edit }) => edit(each), past))
    .filter(isSame);
  return [past, ...others, ...swapped(past, reach.calls).filter(isSame)];
}

function keyOf({ initial, calls }: Past): string {
  return `${accountKey(initial)} ${calls.map(({ eventID, params }) => `${eventID} ${JSON.stringify(params)}`).join()}`;
}

/**
 * The true past with every alternative value beside the true ones, under keys of their own. What cannot matter to a resource here
 * cannot matter to it in any combination of them.
 */
function withEveryVersion(past: Past, alternatives: readonly Alternative[]): Past {
  let initial = past.initial;
  const calls = [...past.calls];
  for (const [index, { edit }] of alternatives.entries()) {
    const other = edit(past);
    for (const [table, key] of changedKeys(past.initial, other.initial)) {
      const version = other.initial[table][key];
      if (version !== undefined) initial = { ...initial, [table]: { ...initial[table], [`${key}#${index}`]: version } };
    }
    if (other.calls !== past.calls) calls.push(...other.calls.filter((call) => !past.calls.includes(call)));
  }
  return { initial, calls };
}

function changedKeys(a: Account, b: Account): readonly (readonly [TableName, string])[] {
  return TABLE_NAMES.filter((table) => a[table] !== b[table]).flatMap((table) =>
    [...new Set([...Object.keys(a[table]), ...Object.keys(b[table])])]
      .filter((key) => a[table][key] !== b[table][key])
      .map((key) => [table, key] as const),
  );
}

/** At most one alternative of each cell, and at least one in all; the smallest combinations first. */
function combinationsOf(cells: readonly (readonly Alternative[])[]): readonly (readonly Alternative[])[] {
  const combined: (readonly Alternative[])[] = [];
  let longest: readonly { readonly alternatives: readonly Alternative[]; readonly next: number }[] = [
    { alternatives: [], next: 0 },
  ];
  const alone = cells.reduce((count, cell) => count + cell.length, 0);
  while (longest.length > 0 && combined.length < alone + MOST_COMBINATIONS) {
    longest = longest.flatMap(({ alternatives, next }) =>
      cells
        .slice(next)
        .flatMap((cell, index) =>
          cell.map((alternative) => ({ alternatives: [...alternatives, alternative], next: next + index + 1 })),
        ),
    );
    combined.push(...longest.map(({ alternatives }) => alternatives));
    longest = longest.slice(0, MOST_COMBINATIONS);
  }
  return combined.slice(0, alone + MOST_COMBINATIONS);
}

/** Calls within one second may have been made in the other order. */
function swapped({ initial, calls }: Past, relevant: ReadonlySet<Call>): readonly Past[] {
  return calls.flatMap((call, index) => {
    const next = calls[index + 1];
    if (next?.eventTime !== call.eventTime || !relevant.has(call) || !relevant.has(next)) return [];
    return [{ initial, calls: [...calls.slice(0, index), next, call, ...calls.slice(index + 2)] }];
  });
}

/** What is left of a past: what each record shows, by event, and the account. */
interface LeftBehind {
  readonly shown: ReadonlyMap<string, string>;
  readonly final: string;
}

function evidenceOf({ initial, calls }: Past): LeftBehind {
  const { accounts, outcomes } = replay(initial, calls);
  const shown = new Map<string, string>();
  for (const [index, call] of calls.entries()) {
    const outcome = outcomes[index];
    if (outcome !== undefined) shown.set(call.eventID, shownBy(call, outcome));
  }
  return { shown, final: accountKey(accounts.at(-1) ?? initial) };
}

function leaves({ initial, calls }: Past, { shown, final }: LeftBehind): boolean {
  let account = initial;
  for (const call of calls) {
    const outcome = perform(account, call);
    if (shownBy(call, outcome) !== shown.get(call.eventID)) return false;
    if (!('error' in outcome)) account = outcome.account;
  }
  return accountKey(account) === final;
}

/** Whether EC2 would let an account be so. */
function isPossible({ sessions, targets, filters, filterRules, interfaces }: Account): boolean {
  const numbers = new Set<string>();
  const counts = new Map<string, number>();
  const sensors = new Set(Object.values(targets).map(({ interfaceId }) => interfaceId));
  for (const { interfaceId, targetId, filterId, number } of Object.values(sessions)) {
    numbers.add(`${interfaceId} ${number}`);
    counts.set(interfaceId, (counts.get(interfaceId) ?? 0) + 1);
    if (interfaces[interfaceId] === undefined || sensors.has(interfaceId)) return false;
    if (targets[targetId] === undefined || filters[filterId] === undefined) return false;
  }
  const rules = new Set(Object.values(filterRules).map((rule) => `${rule.filterId} ${rule.direction} ${rule.number}`));
  return (
    sensors.size === Object.keys(targets).length &&
    numbers.size === Object.keys(sessions).length &&
    rules.size === Object.keys(filterRules).length &&
    [...counts.values()].every((count) => count <= SESSIONS_PER_INTERFACE)
  );
}
