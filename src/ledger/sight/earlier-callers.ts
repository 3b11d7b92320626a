/** Names who else gave a user something after hours: the newest observation, which words the reason, may not know of earlier calls. */

import type { Finding } from '../../audit/finding.ts';
import { listed, truncate } from '../../collections.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import type { FindingState, Timeline } from '../timeline.ts';

type Known = Pick<Evidence, 'eventID' | 'eventName' | 'eventTime' | 'actor'>;

const REASON_LENGTH = 1000;
const ACTOR_LENGTH = 100;
/** How many other actors are named. */
const MOST_NAMED = 5;

/**
 * The reason, and who made those of the finding's calls that it does not name anybody for: the first of them with its call. `evidence` is that
 * of all observations; what is older than the last time the finding was resolved is about another user of the name. The reasons of other
 * rules, which are about the newest call, stay as they are.
 */
export function withEarlierCallers(
  { rule, reason, detail }: Pick<Finding, 'rule' | 'reason' | 'detail'>,
  evidence: readonly (Known & { readonly role?: string | undefined })[],
  since: number,
): string {
  if (rule !== 'iam-user-after-hours' || evidence.length < 2) return reason;
  const worded = new Set(idsIn(detail.made));
  const calls = evidence
    .filter(({ role, eventTime }) => role !== 'resolution' && Date.parse(eventTime) >= since)
    .toSorted((one, other) => (one.eventTime < other.eventTime ? -1 : 1));
  const [first, ...later] = calls.filter(({ eventID, actor }) => !worded.has(eventID) && !isNamed(actor, reason));
  if (first === undefined) return reason;
  const others = new Set(later.map(({ actor }) => actor).filter((actor) => actor !== first.actor));
  const names = [...others].map((actor) => truncate(actor, ACTOR_LENGTH));
  const start =
    first === calls[0]
      ? `; the first such call that is known was ${first.eventName} by ${truncate(first.actor, ACTOR_LENGTH)}, at ${first.eventTime.replace('.000Z', 'Z')}`
      : `; such calls were also made by ${listed([truncate(first.actor, ACTOR_LENGTH), ...names], MOST_NAMED)}`;
  const more = first === calls[0] && names.length > 0 ? `, and others were by ${listed(names, MOST_NAMED)}` : '';
  const words = `${start}${more}`;
  return `${truncate(reason, Math.max(0, REASON_LENGTH - words.length))}${words}`;
}

/** When the finding was last resolved before it was opened as it is now, in milliseconds; 0 if it never was. */
export function endBefore({ facts, base }: Timeline, { openedAt }: Pick<FindingState, 'openedAt'>): number {
  const end = facts.findLast(({ state, at }) => state === 'resolved' && at <= (openedAt ?? 0));
  return end?.at ?? base?.resolvedAt ?? 0;
}

function idsIn(made: unknown): readonly unknown[] {
  return Array.isArray(made) ? made.map((one: { readonly eventID?: unknown }) => one?.eventID) : [];
}

/** True if the text has the name as words of its own: a caller may have a name that is part of another. */
function isNamed(actor: string, text: string): boolean {
  const plain = (each: string): string => ` ${each.replaceAll(/[,;]/g, ' ')} `;
  return plain(text).includes(plain(actor));
}
