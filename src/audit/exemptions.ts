/** Exemptions: who decided that a finding needs no action, why, and until when. */

import type { Tag } from '../sighting/sighting.ts';
import type { Finding } from './finding.ts';

/** One entry of the list; entries are alternatives. All the parts of `match` that are given must hold. */
export interface Exemption {
  readonly match: {
    /** A resource id, `*` standing for any run of characters. */
    readonly resource?: string | undefined;
    /** A tag of the resource; without `value` the key alone is enough. */
    readonly tag?: { readonly key: string; readonly value?: string | undefined } | undefined;
    readonly vpc?: string | undefined;
    readonly account?: string | undefined;
  };
  /** A rule's id, or `*` for every rule. */
  readonly rule: string;
  readonly reason: string;
  readonly owner: string;
  /** `YYYY-MM-DD`; holds until the end of that day in UTC. */
  readonly expires: string;
}

/** What an exemption may ask of the resource besides what its finding says. */
export interface ExemptionSubject {
  readonly tags: readonly Tag[];
  readonly vpcId?: string | undefined;
}

/** The instant from which an exemption no longer holds. */
export function expiryOf(exemption: Exemption): Date {
  const end = new Date(`${exemption.expires}T00:00:00.000Z`);
  end.setUTCDate(end.getUTCDate() + 1);
  return end;
}

/**
 * The finding as the exemptions leave it: `muted` with the entry's reason while one holds; open, with a note that it came
 * back, when only expired ones match; unchanged otherwise. Of several that hold, the one that expires last speaks.
 */
export function exempt(
  finding: Finding,
  subject: ExemptionSubject,
  exemptions: readonly Exemption[],
  now: Date,
): Finding {
  const matching = exemptions
    .filter((exemption) => applies(exemption, finding, subject))
    .toSorted((a, b) => (a.expires < b.expires ? 1 : a.expires > b.expires ? -1 : 0));
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

/** Matches a glob of `*` alone, in time linear in the text for each star: no pattern from a file can make it slow. */
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
