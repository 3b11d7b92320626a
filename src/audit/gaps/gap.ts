/** What a run could not read or judge in an account and region, summed up by cause so that it stays small. */

import { groupBy, plural } from '../../collections.ts';
import type { Inventory, Scope } from '../../inventory/inventory.ts';
import { RESOURCE_NOUNS, type ResourceType } from '../rule-answer.ts';

/** One thing that could not be read or judged, and why. An attacker may have chosen text in `reason` and `resources`. */
export interface Gap {
  /** `account`: nothing could be read. `list`: a list, or some of its items. `rule`: resources that rules could not judge. */
  readonly kind: 'account' | 'list' | 'rule';
  /** The account's id, the list's name (`securityGroups`), or the ids of the rules (`instance-unmirrored, mirror-duplicate`). */
  readonly name: string;
  readonly reason: string;
  /** For rules: how many resources they could not judge for this reason. */
  readonly count?: number | undefined;
  /** For rules: the first of these resources. */
  readonly resources?: readonly string[] | undefined;
}

/**
 * By which rules a complete look judged everything. A resource of the account was in order by such a rule at that time, or not there, unless
 * the look found otherwise or the id of its finding is among the exceptions.
 */
export interface JudgedRules {
  /** When the account was read, ISO 8601 UTC. What the look shows is dated then. */
  readonly at: string;
  /** The ids of the rules. */
  readonly rules: readonly string[];
  /** The starts of the ids of findings that could not be judged, the first 12 characters of each. */
  readonly except: readonly string[];
}

/** A run's look at one account and region. */
export interface ScopeLook extends Scope {
  /** True if everything in it was to be judged (a sweep); false if only what records touched. */
  readonly complete: boolean;
  /** Empty when everything could be read and judged. */
  readonly gaps: readonly Gap[];
  /** Resources that at least one rule could not judge, by type. Each counts once. */
  readonly unjudged: Readonly<Record<string, number>>;
  /** What a complete look that read the account says about everything in it. Absent in looks of older versions. */
  readonly judged?: JudgedRules | undefined;
}

/** The part of a judgement that is summed up. */
interface Judged {
  readonly rule: string;
  readonly resourceType: ResourceType;
  readonly resourceId: string;
  readonly result: 'pass' | 'gone' | 'unknown';
  readonly reason: string;
}

/** What could not be read or judged in one complete look after another. */
export interface LastingGap extends Scope {
  /** As `causesOf` names it. */
  readonly cause: string;
  /** Empty once it is over. */
  readonly gaps: readonly Gap[];
  readonly unjudged: ScopeLook['unjudged'];
  /** The time of the first of these looks. */
  readonly since: Date;
}

/** Reasons that are kept for a look, those about the most resources first. The rest is counted together. */
const MAX_REASONS = 10;
/** Resources that are named for a reason. All are counted. */
const MAX_NAMED = 5;
const MAX_REASON_CHARS = 300;
const MAX_ID_CHARS = 200;

/** The look at a scope of which nothing could be read. */
export function failedLook({ accountId, region }: Scope, complete: boolean, reason: string): ScopeLook {
  return {
    accountId,
    region,
    complete,
    gaps: [{ kind: 'account', name: accountId, reason: shortened(reason) }],
    unjudged: {},
  };
}

/** The look at a scope that was read: its lists that are missing or incomplete, and what its `unknown` judgements are about. */
export function lookAt(
  { accountId, region, unread, incomplete }: Inventory,
  complete: boolean,
  judgements: readonly Judged[],
): ScopeLook {
  const unknown = judgements.filter(({ result }) => result === 'unknown');
  const lists = Object.entries({ ...incomplete, ...unread });
  return {
    accountId,
    region,
    complete,
    gaps: [
      ...lists.map(([name, reason]): Gap => ({ kind: 'list', name, reason: shortened(reason) })),
      ...ruleGaps(unknown),
    ],
    unjudged: countsByType(unknown),
  };
}

/** By reason: one verdict on an interface answers several rules. */
function ruleGaps(unknown: readonly Judged[]): readonly Gap[] {
  const groups = [...groupBy(unknown, ({ reason, resourceId }) => generalized(reason, resourceId))].toSorted(
    ([, a], [, b]) => b.length - a.length,
  );
  const named = groups.slice(0, MAX_REASONS).map(([reason, group]) => gapOf(reason, group));
  const rest = groups.slice(MAX_REASONS).flatMap(([, group]) => group);
  return rest.length === 0 ? named : [...named, gapOf(`${groups.length - MAX_REASONS} other reasons`, rest)];
}

function gapOf(reason: string, group: readonly Judged[]): Gap {
  const rules = new Set(group.map(({ rule }) => rule));
  const ids = [...new Set(group.map(({ resourceId }) => resourceId.slice(0, MAX_ID_CHARS)))].toSorted();
  const name = [...rules].toSorted().join(', ').slice(0, MAX_REASON_CHARS);
  return { kind: 'rule', name, reason, count: ids.length, resources: ids.slice(0, MAX_NAMED) };
}

/** The start of the reason, without what differs from resource to resource: its own id, interfaces, sessions and private addresses. */
function generalized(reason: string, resourceId: string): string {
  return shortened(reason)
    .replaceAll(resourceId, 'it')
    .replace(/\beni-[0-9a-z-]+/g, 'an interface')
    .replace(/\b(session )?tms-[0-9a-z-]+/g, 'a session')
    .replace(/\b\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?\b/g, 'its address');
}

function countsByType(unknown: readonly Judged[]): ScopeLook['unjudged'] {
  const counts: Record<string, number> = {};
  const counted = new Set<string>();
  for (const { resourceType, resourceId } of unknown) {
    if (counted.has(resourceId)) continue;
    counted.add(resourceId);
    counts[resourceType] = (counts[resourceType] ?? 0) + 1;
  }
  return counts;
}

/** `14 instances and 2 tasks`; empty when there are none. */
export function unjudgedWords(unjudged: ScopeLook['unjudged']): string {
  const counts = Object.entries(RESOURCE_NOUNS).flatMap(([type, noun]) => {
    const count = unjudged[type] ?? 0;
    return count === 0 ? [] : [plural(count, noun)];
  });
  return [counts.slice(0, -1).join(', '), ...counts.slice(-1)].filter((part) => part !== '').join(' and ');
}

/**
 * The gaps of a look by what someone would have to fix: nothing in the account could be read (the empty name), a list could not be
 * read (its name), or everything was read and some resources still could not be judged (`resources`). While a list is missing,
 * resources that could not be judged are not a cause of their own: they may need that list.
 */
export function causesOf({ gaps }: ScopeLook): ReadonlyMap<string, readonly Gap[]> {
  const ofAccount = gaps.filter(({ kind }) => kind === 'account');
  if (ofAccount.length > 0) return new Map([[WHOLE_ACCOUNT, ofAccount]]);
  const lists = gaps.filter(({ kind }) => kind === 'list');
  if (lists.length > 0) return new Map(lists.map((gap) => [gap.name, [gap]]));
  return gaps.length === 0 ? new Map() : new Map([[RESOURCES, gaps]]);
}

/** The cause when nothing in an account could be read. */
export const WHOLE_ACCOUNT = '';
/** The cause when everything was read and some resources still could not be judged. */
export const RESOURCES = 'resources';

function shortened(reason: string): string {
  return reason.length <= MAX_REASON_CHARS ? reason : `${reason.slice(0, MAX_REASON_CHARS - 1)}…`;
}
