/** The cause of a finding in one past, by simulating the history again without each call, then without sets of two, three and four. */

import type { Account } from '../account.ts';
import type { Call, CallName } from '../call.ts';
import { EXCLUDE_TAG } from '../histories/world.ts';
import { aboutOf, after } from '../simulate.ts';
import type { Breach, Judge, Part, View } from './judge.ts';
import { type Past, reachOf, relevantTo } from './relevant.ts';

/** Whose calls it was. `unknown`: it was so before the first call, or would be so without any four of them. */
export type Answer =
  | { readonly kind: 'call' | 'calls'; readonly eventIDs: readonly string[] }
  | { readonly kind: 'unknown' };

const UNKNOWN: Answer = { kind: 'unknown' };
const LARGEST_SET = 4;

/**
 * The cause of a breach that is there after all calls. Only calls count that succeeded and changed something about the resource or
 * what it depends on: who also removed what was missing already stays out of it. Calls that fail without the one left out just fail.
 *
 * 1. Among the calls without which the breach is not there: the newest without which the resource is in order.
 * 2. Else the smallest set of calls without which it is in order. Every smaller one was tried, so none of it can be left out. Of
 *    several of that size the newest: the one whose newest call is newer, then the next, and so on.
 * 3. Else the newest call without which the breach is not there.
 *
 * Two sessions that do the same are a breach only if copies arrive. Who opened the way or started the sensor helped, and is not counted.
 *
 * Sets grow call by call from the empty one, of those that may help. `everything` tries every call instead; a test compares the two.
 */
export function causeIn(past: Past, breach: Breach, judge: Judge, mayHelp: MayHelp = helpful): Answer {
  const { resourceId } = breach;
  const part = relevantTo(resourceId, past);
  const { initial } = part;
  const calls = without(new Set(), initial, part.calls).effective;
  const isCounted = (call: Call): boolean => breach.rule !== 'mirror-duplicate' || !onlyHelpsCopies(call);
  const scope = {
    calls,
    instance: eventsOf(calls.filter((call) => aboutOf(call).includes(resourceId))),
    source: eventsOf(reachOf(resourceId, past, { sensors: false, users: false }).calls),
    path: eventsOf(reachOf(resourceId, past, { sensors: true, users: false }).calls),
  };
  const withAll = without(new Set(), initial, calls);
  const base = judge(withAll.account, breach);
  let sets: readonly Tried[] = [{ ...withAll, out: new Set(), view: base }];
  const notThere: Tried[] = [];
  for (let size = 1; size <= LARGEST_SET; size += 1) {
    sets = grown(sets, base, scope, (...tried) => mayHelp(...tried).filter(isCounted)).map((out) => {
      const replayed = without(out, initial, calls);
      return { ...replayed, out, view: judge(replayed.account, breach) };
    });
    if (size === 1) notThere.push(...sets.filter(({ view }) => !view.broken));
    const answer = newest(
      sets.filter(({ view }) => isInOrder(view, base)),
      calls,
    );
    if (answer !== undefined) return { kind: size === 1 ? 'call' : 'calls', eventIDs: answer };
  }
  const eventIDs = newest(notThere, calls);
  return eventIDs === undefined ? UNKNOWN : { kind: 'call', eventIDs };
}

/** In order: passes, and breaks no other rule that it does not break with all calls. */
function isInOrder(view: View, base: View): boolean {
  return view.passes && newlyBroken(view, base) === undefined;
}

function newlyBroken({ others }: View, base: View): View['others'][number] | undefined {
  return others.find((rule) => !base.others.includes(rule));
}

/** The history without some of its calls: the account after it, and the calls that changed something on the way. */
interface Replayed {
  readonly account: Account;
  readonly effective: readonly Call[];
}

interface Tried extends Replayed {
  readonly out: ReadonlySet<Call>;
  readonly view: View;
}

function without(out: ReadonlySet<Call>, initial: Account, calls: readonly Call[]): Replayed {
  const effective: Call[] = [];
  let account = initial;
  for (const call of calls) {
    if (out.has(call)) continue;
    const next = after(account, call);
    if (next !== account) effective.push(call);
    account = next;
  }
  return { account, effective };
}

/** Each set with one more call, every set once. */
function grown(sets: readonly Tried[], base: View, scope: Scope, mayHelp: MayHelp): readonly ReadonlySet<Call>[] {
  const found = new Map<string, ReadonlySet<Call>>();
  for (const tried of sets) {
    for (const call of mayHelp(tried, base, scope)) {
      if (tried.out.has(call)) continue;
      const larger = new Set([...tried.out, call]);
      found.set(placesOf(larger, scope.calls).join(' '), larger);
    }
  }
  return [...found.values()];
}

/** The places of a set's calls in the history, the newest first. */
function placesOf(set: ReadonlySet<Call>, calls: readonly Call[]): readonly number[] {
  return [...set].map((call) => calls.indexOf(call)).sort((a, b) => b - a);
}

/** The events of the newest of some sets of one size, in the order of the history. */
function newest(sets: readonly Tried[], calls: readonly Call[]): readonly string[] | undefined {
  const [first] = sets.map(({ out }) => placesOf(out, calls)).sort((a, b) => compare(b, a));
  return first?.toReversed().flatMap((place) => calls[place]?.eventID ?? []);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((place, index) => place !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/**
 * The calls of a past that can matter to a resource, and those of them that are about its instance, about it as a source, and about
 * the path of its copies, by event. The sessions of others are on neither: they matter only to whether a target or filter can be deleted. Where
 * that decides, the later call that uses it, or that deletes it, decides too and is newer.
 */
interface Scope {
  readonly calls: readonly Call[];
  readonly instance: ReadonlySet<string>;
  readonly source: ReadonlySet<string>;
  readonly path: ReadonlySet<string>;
}

function eventsOf(calls: Iterable<Call>): ReadonlySet<string> {
  return new Set([...calls].map(({ eventID }) => eventID));
}

/** Which calls may put a resource in order when they are left out as well. */
export type MayHelp = (tried: Tried, base: View, scope: Scope) => readonly Call[];

/** Every call. Slow, and plainly right. */
export const everything: MayHelp = (_tried, _base, { calls }) => calls;

/**
 * Let T be a smallest set without which the resource is in order, and S a part of it without which it is not. The reason is in one
 * part of the account, so among the rest of T there is a call on that part, or else the reason would stay. Let c be the oldest such
 * call. The calls of T before it are on other parts, on which nothing in this part depends; so c does the same without S as without
 * all of T but c. There it changes something, or T could do without it.
 *
 * So it is enough to add calls on the part that the reason is in, and of these only those that change something.
 */
const helpful: MayHelp = ({ view, effective }, base, scope) => {
  const part = reasonNotInOrder(view, base);
  return effective.filter((call) => isOn(part, call, scope));
};

/** The part of the account that keeps a resource from being in order. */
function reasonNotInOrder(view: View, base: View): Part | 'any' {
  const rule = view.broken ? view.rule : newlyBroken(view, base);
  // It breaks nothing, but is gone or exempt.
  return rule === undefined ? 'source' : (view.reasons[rule] ?? 'any');
}

/** Whether a call is on a part of the account, or on something that this part depends on. */
function isOn(part: Part | 'any', call: Call, { instance, source, path }: Scope): boolean {
  switch (part) {
    case 'instance':
      return instance.has(call.eventID);
    case 'source':
      return source.has(call.eventID) && mattersToMirroring(call);
    case 'core':
    case 'groups':
    case 'acls':
    case 'routes':
    case 'filters': {
      const of = partOf(call.eventName);
      return path.has(call.eventID) && (of === 'core' ? mattersToMirroring(call) : of === part);
    }
    case 'any':
      return path.has(call.eventID);
  }
}

/** Of the tags of an instance, only the one that excludes it from mirroring matters to that. */
function mattersToMirroring(call: Call): boolean {
  switch (call.eventName) {
    case 'CreateTags':
      return EXCLUDE_TAG.key in call.params.tags;
    case 'DeleteTags':
      return call.params.tags === 'all' || call.params.tags.some(({ key }) => key === EXCLUDE_TAG.key);
    default:
      return true;
  }
}

/** Calls that decide whether copies arrive, and not which sessions there are. */
function onlyHelpsCopies({ eventName, params }: Call): boolean {
  if (partOf(eventName) !== 'core') return true;
  return (
    /^(Start|Stop)Instances$/.test(eventName) ||
    (/^Modify(Instance|NetworkInterface)Attribute$/.test(eventName) && 'groupIds' in params)
  );
}

function partOf(eventName: CallName): Part {
  for (const [pattern, part] of RULE_CALLS) if (pattern.test(eventName)) return part;
  return 'core';
}

const RULE_CALLS: readonly (readonly [RegExp, Part])[] = [
  [/SecurityGroup/, 'groups'],
  [/NetworkAcl/, 'acls'],
  [/Route/, 'routes'],
  [/FilterRule/, 'filters'],
];
