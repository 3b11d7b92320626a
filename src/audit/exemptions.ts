/** Exemptions: who decided that a finding needs no action, why, and until when. */

import { compareText } from '../collections.ts';
import type { Tag } from '../sighting/sighting.ts';
import type { Finding } from './finding.ts';

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
 * expired, it stays open and its reason says so. If several match, the one that expires last counts.
 */
export function exempt(
  finding: Finding,
  subject: ExemptionSubject,
  exemptions: readonly Exemption[],
  now: Date,
): Finding {
  const matching = exemptions
    .filter((exemption) => applies(exemption, finding, subject))
    .toSorted((a, b) => compareText(b.expires, a.expires));
  const [last] = matching;
  if (last === undefined) return finding;
  const { reason, owner, expires } = last;
  if (now < expiryOf(last))
    return { ...finding, status: 'muted', detail: { ...finding.detail, exemption: { reason, owner, expires } } };
  const note = `The exemption of ${owner} (${reason}) expired on ${expires}.`;
  return {
    ...finding,
    reason: `${finding.reason} ${note}`,
    detail: { ...finding.detail, expiredExemption: { reason, owner, expires } },
  };
}

function applies({ match, rule }: Exemption, finding: Finding, subject: ExemptionSubject): boolean {
  if (rule !== '*' && rule !== finding.rule) return false;
  if (match.resource !== undefined && !matchesGlob(match.resource, finding.resourceId)) return false;
  if (match.account !== undefined && match.account !== finding.accountId) return false;
  if (match.vpc !== undefined && match.vpc !== (finding.detail.vpcId ?? subject.vpcId)) return false;
  if (match.tag === undefined) return true;
  const { key, value } = match.tag;
  return subject.tags.some((tag) => tag.key === key && (value === undefined || tag.value === value));
}

/** Matches a glob whose only wildcard is `*`. Takes time linear in the text for each `*`, so no pattern can make it slow. */
function matchesGlob(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.split('*');
  if (rest.length === 0) return glob === text;
  if (!text.startsWith(head)) return false;
  const tail = rest.pop() ?? '';
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
