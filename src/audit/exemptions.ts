/** Exemptions: who decided that a finding needs no action, why, and until when. */

import { compareText, matchesGlob } from '../collections.ts';
import type { Tag } from '../sighting/sighting.ts';
import type { Finding, RuleId } from './finding.ts';

/** One exemption. It applies when all given parts of `match` do. */
export interface Exemption {
  readonly match: {
    /** A resource id. `*` stands for any characters. */
    readonly resource?: string | undefined;
    /** A tag of the resource. Without `value`, any value matches. */
    readonly tag?: { readonly key: string; readonly value?: string | undefined } | undefined;
    readonly vpc?: string | undefined;
    readonly account?: string | undefined;
  };
  /** A rule's id, or `*` for every rule. */
  readonly rule: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day in UTC, `YYYY-MM-DD`. */
  readonly expires: string;
  /** `repair`: the finding is muted, and repaired all the same. @default what is exempted is not repaired either */
  readonly still?: 'repair' | undefined;
}

/** Properties of the resource that exemptions match and the finding does not contain. */
export interface ExemptionSubject {
  readonly tags: readonly Tag[];
  readonly vpcId?: string | undefined;
}

/** The instant at which an exemption expires. */
export function expiryOf(exemption: Exemption): Date {
  const end = new Date(`${exemption.expires}T00:00:00.000Z`);
  end.setUTCDate(end.getUTCDate() + 1);
  return end;
}

/**
 * Applies the exemptions to a finding. While one is in force, the finding is `muted` with its reason. If all that match have
 * expired, it stays open and its reason says so. If several match, one that forbids the repair counts before one that does not, then
 * the one that expires last.
 */
export function exempt(
  finding: Finding,
  subject: ExemptionSubject,
  exemptions: readonly Exemption[],
  now: Date,
): Finding {
  const { rule, resourceId, accountId, detail } = finding;
  const about = { resourceId, accountId, tags: subject.tags, vpcId: detail.vpcId ?? subject.vpcId };
  const matching = exemptions
    .filter((exemption) => isForRule(exemption, rule) && isAbout(exemption, about))
    .toSorted((a, b) => compareText(b.expires, a.expires));
  const inForce = matching.filter((exemption) => now < expiryOf(exemption));
  const current = inForce.find(({ still }) => still === undefined) ?? inForce[0];
  if (current !== undefined) {
    const { reason, owner, expires, still } = current;
    const exemption = { reason, owner, expires, ...(still !== undefined && { still }) };
    return { ...finding, status: 'muted', detail: { ...detail, exemption } };
  }
  const [last] = matching;
  if (last === undefined) return finding;
  const { reason, owner, expires } = last;
  const note = `The exemption of ${owner} (${reason}) expired on ${expires}.`;
  return {
    ...finding,
    reason: `${finding.reason} ${note}`,
    detail: { ...detail, expiredExemption: { reason, owner, expires } },
  };
}

/** The decisions against repairs: by the id of an interface or a session, the rules whose repairs are forbidden, each with the reason. */
export type ForbiddenRepairs = ReadonlyMap<string, ReadonlyMap<RuleId, string>>;

/** A resource that a rule judged: repairing the rule's findings on it would change these interfaces or sessions. */
export interface Repairable extends ExemptionSubject {
  readonly rule: RuleId;
  readonly accountId: string;
  readonly resourceId: string;
  readonly changes: readonly string[];
}

/**
 * What may not be repaired, because an exemption in force covers it and does not say `still: repair`. It does not matter whether
 * there is a finding now: a source that must not be mirrored must not be mirrored by the repair of another finding either.
 */
export function forbiddenRepairs(
  judged: Iterable<Repairable>,
  exemptions: readonly Exemption[],
  now: Date,
): ForbiddenRepairs {
  const forbidding = exemptions.filter((each) => each.still === undefined && now < expiryOf(each));
  const forbidden = new Map<string, Map<RuleId, string>>();
  if (forbidding.length === 0) return forbidden;
  for (const one of judged) {
    const found = forbidding.find((each) => isForRule(each, one.rule) && isAbout(each, one));
    if (found === undefined) continue;
    const words = `exempted by ${found.owner} until ${found.expires}: ${found.reason}`;
    for (const id of one.changes) forbidden.set(id, (forbidden.get(id) ?? new Map()).set(one.rule, words));
  }
  return forbidden;
}

function isForRule({ rule }: Exemption, wanted: RuleId): boolean {
  return rule === '*' || rule === wanted;
}

function isAbout({ match }: Exemption, subject: Omit<Repairable, 'rule' | 'changes'>): boolean {
  if (match.resource !== undefined && !matchesGlob(match.resource, subject.resourceId)) return false;
  if (match.account !== undefined && match.account !== subject.accountId) return false;
  if (match.vpc !== undefined && match.vpc !== subject.vpcId) return false;
  if (match.tag === undefined) return true;
  const { key, value } = match.tag;
  return subject.tags.some((tag) => tag.key === key && (value === undefined || tag.value === value));
}
