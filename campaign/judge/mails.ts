/** Reads the mails as a person does: which findings each tells of. */

import type { Mail } from '../aws/cloud.ts';

/** A finding in a mail. */
export interface Told {
  readonly mail: Mail;
  /** `new` for a finding that is told of for the first time, `resolved` for an all-clear. */
  readonly as: 'new' | 'resolved' | 'reminder' | 'other';
  readonly rule: string;
  readonly resourceId: string;
}

const KINDS: Readonly<Record<string, Told['as']>> = {
  findings: 'new',
  burst: 'new',
  reminder: 'reminder',
  resolved: 'resolved',
};
const RESOURCE = /\bi-[0-9a-f]{17}\b/g;

/** Every finding in the mails. A mail of new findings may also list what it resolved or repaired; those lines say so. */
export function findingsTold(mails: readonly Mail[]): readonly Told[] {
  return mails.flatMap((mail) => (mail.attributes.kind === 'burst' ? burstLines(mail) : linesOf(mail)));
}

function linesOf(mail: Mail): readonly Told[] {
  const kind = KINDS[mail.attributes.kind ?? ''] ?? 'other';
  const told: Told[] = [];
  let rule = '';
  let as = kind;
  for (const line of mail.body.split('\n')) {
    const header = /^--- (.*) ---$/.exec(line)?.[1];
    if (header !== undefined) {
      rule = /\b(instance-[a-z]+|mirror-[a-z]+)\b/.exec(header)?.[1] ?? '';
      as = /resolved|repaired|fixed/i.test(header) ? 'resolved' : /still|reminder/i.test(header) ? 'reminder' : kind;
    }
    const alone = /^(i-[0-9a-f]{17})$/.exec(line)?.[1];
    if (alone !== undefined && rule !== '') told.push({ mail, as, rule, resourceId: alone });
    const [, resourceId, named] = /^- (i-[0-9a-f]{17}): ([a-z-]+)/.exec(line) ?? [];
    if (resourceId !== undefined && named !== undefined) told.push({ mail, as: 'resolved', rule: named, resourceId });
  }
  return told;
}

/** A flood is told of in one mail by its numbers; it names at least some of the resources. */
function burstLines(mail: Mail): readonly Told[] {
  const rules = (JSON.parse(mail.attributes.rule ?? '[]') as string[]).filter((rule) => rule !== '');
  const ids = [...new Set(mail.body.match(RESOURCE) ?? [])];
  return rules.flatMap((rule) => ids.map((resourceId) => ({ mail, as: 'new' as const, rule, resourceId })));
}
