/** What is wrong with one resource of an account, by the product's own audit. */

import { type AuditPolicy, audit } from '../../../../src/audit/audit.ts';
import type { Finding, RuleId } from '../../../../src/audit/finding.ts';
import type { MirroredResource } from '../../../../src/audit/mirrored-resource.ts';
import type { IneffectiveReason } from '../../../../src/mirror/verdict.ts';
import { type Account, accountKey } from '../account.ts';
import { inventoryOf, type ReadLists } from '../snapshot.ts';
import { lookedAt } from './looked-at.ts';

/** The rule that a resource broke. */
export interface Breach {
  readonly rule: RuleId;
  readonly resourceId: string;
}

/** One resource as one rule sees it. */
export interface View {
  readonly rule: RuleId;
  /** True when it breaks the rule. */
  readonly broken: boolean;
  /** True when it exists, is subject to the rule, and passes. */
  readonly passes: boolean;
  /** The other rules that it breaks. */
  readonly others: readonly RuleId[];
  /** For each rule that it breaks, the part that has to change before it is kept. */
  readonly reasons: Readonly<Partial<Record<RuleId, Part | 'any'>>>;
}

/**
 * Parts of an account that decide a rule: the instance alone; the source, with its interfaces and the sessions on them; the core,
 * which is everything but the four kinds of rules, sensors too. With the same core, a session is judged by each kind of rules on its
 * own: its copies have to pass them all.
 */
export type Part = 'instance' | 'source' | 'core' | 'groups' | 'acls' | 'routes' | 'filters';

export type Judge = (account: Account, breach: Breach) => View;

/** Everything in a history happens before this. */
export const JUDGED_AT: Date = new Date('2026-03-20T00:00:00Z');

/** The open findings of an account. */
export function openFindings(account: Account, policy: AuditPolicy): readonly Finding[] {
  return auditOf(account, policy, new Map()).findings.filter(({ status }) => status === 'open');
}

/** A judge that remembers what it has judged. */
export function judgeBy(policy: AuditPolicy): Judge {
  const lists: ReadLists = new Map();
  const views = new Map<string, View>();
  return (account, breach) => {
    const part = lookedAt(account, breach.resourceId);
    const key = `${breach.rule} ${breach.resourceId}\n${accountKey(part)}`;
    const known = views.get(key);
    if (known !== undefined) return known;
    const view = viewOf(part, breach, policy, lists);
    views.set(key, view);
    return view;
  };
}

/** How one resource of an account is judged. */
export function viewOf(account: Account, { rule, resourceId }: Breach, policy: AuditPolicy, lists: ReadLists): View {
  const { findings, judgements, resources } = auditOf(account, policy, lists);
  const about = findings.filter((finding) => finding.resourceId === resourceId);
  const open = about.filter(({ status }) => status === 'open').map((finding) => finding.rule);
  const broken = open.includes(rule);
  const isPassed = judgements.some(
    (judgement) => judgement.resourceId === resourceId && judgement.rule === rule && judgement.result === 'pass',
  );
  const isExempt = about.some((finding) => finding.status === 'muted' && finding.rule === 'instance-unmirrored');
  const resource = resources.find((each) => each.resourceId === resourceId);
  return {
    rule,
    broken,
    passes: !broken && isSubject(rule, resourceId, account, { isPassed, isExempt }),
    others: open.filter((other) => other !== rule),
    reasons: Object.fromEntries(open.map((each) => [each, reasonOf(each, resource)])),
  };
}

/** Whether two sessions do the same depends on everything; a dead one is dead because of its core or of one kind of rules. */
function reasonOf(rule: RuleId, resource: MirroredResource | undefined): Part | 'any' {
  if (rule === 'instance-untagged') return 'instance';
  if (rule === 'mirror-duplicate') return 'any';
  if (rule !== 'mirror-ineffective') return 'source';
  for (const { verdict } of resource?.interfaces ?? []) if (verdict.kind === 'ineffective') return PARTS[verdict.code];
  return 'any';
}

const PARTS: Readonly<Record<IneffectiveReason, Part>> = {
  TARGET_RESOURCE_GONE: 'core',
  FILTER_EMPTY: 'filters',
  FILTER_ONE_WAY: 'filters',
  NLB_NO_UDP_4789: 'core',
  BLOCKED_SG: 'groups',
  BLOCKED_NACL: 'acls',
  NO_ROUTE: 'routes',
  CROSS_AZ: 'core',
  TARGET_WITHDRAWN: 'core',
  FILTER_GONE: 'core',
  WRONG_TARGET: 'core',
  WRONG_FILTER: 'core',
};

/**
 * Whether a resource that does not break a rule is subject to it. Every session is subject to the rule on orphans, which has no
 * judgement for the sessions that pass. An exempt source passes the rules on its mirroring without being subject to them; only a
 * rogue session counts on an exempt source too.
 */
function isSubject(
  rule: RuleId,
  resourceId: string,
  account: Account,
  { isPassed, isExempt }: { readonly isPassed: boolean; readonly isExempt: boolean },
): boolean {
  switch (rule) {
    case 'mirror-orphan':
      return account.sessions[resourceId] !== undefined;
    case 'instance-unmirrored':
    case 'mirror-ineffective':
    case 'mirror-duplicate':
      return isPassed && !isExempt;
    default:
      return isPassed;
  }
}

function auditOf(account: Account, policy: AuditPolicy, lists: ReadLists): ReturnType<typeof audit> {
  const inventory = inventoryOf(account, lists);
  return audit({ inventory, sightings: [], scope: 'all', now: JUDGED_AT }, policy);
}
