/** Reads the mails as a person does: which findings each tells of. */

import type { Mail } from '../aws/cloud.ts';

/** A finding in a mail. */
export interface Told {
  readonly mail: Mail;
  /** `new` for a finding that is told of for the first time, `resolved` for an all-clear. */
  readonly as: 'new' | 'resolved' | 'reminder' | 'other';
  readonly rule: string;
  readonly resourceId: string;
  /** When it was last seen, where the mail says that nothing has checked it since. */
  readonly lastSeen?: number | undefined;
}

const KINDS: Readonly<Record<string, Told['as']>> = {
  findings: 'new',
  burst: 'new',
  reminder: 'reminder',
  resolved: 'resolved',
};

/** An instance, or a task by its own ARN or that of its attachment. */
const RESOURCE = String.raw`(?:i-[0-9a-f]{17}|arn:aws:ecs:[\w:-]+\/[\w/-]+)`;
const ALONE = new RegExp(`^(${RESOURCE})(?: \\(.*\\))?$`);
const LISTED = new RegExp(`^- (${RESOURCE})[^:]*: (.*)$`);

/** What mails say of a finding instead of its rule. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/^missing or invalid|required tags/, 'instance-untagged'],
  [new RegExp(`^${RESOURCE} is not mirrored`), 'instance-unmirrored'],
  [new RegExp(`^${RESOURCE} is mirrored to`), 'mirror-rogue'],
];

/** Every finding that the mails name. A mail of new findings may also list what was resolved; those lines say so. */
export function findingsTold(mails: readonly Mail[]): readonly Told[] {
  return mails.flatMap(findingsIn);
}

/** How many findings the mails count without naming them: a long list ends with `- and 40 more`. */
export function findingsUnnamed(mails: readonly Mail[]): number {
  const counts = mails.flatMap(({ body }) =>
    [...body.matchAll(/^- and (\d+) more$/gm)].map(([, count]) => Number(count)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function findingsIn(mail: Mail): readonly Told[] {
  const kind = KINDS[mail.attributes.kind ?? ''] ?? 'other';
  const lines = unwrapped(mail.body);
  return lines.flatMap((line, index): readonly Told[] => {
    const alone = ALONE.exec(line)?.[1];
    if (alone !== undefined) {
      const own = lines.slice(index, lines.indexOf('', index));
      const rule = own.map((each) => /^Rule: ([a-z-]+)$/.exec(each)?.[1]).find((each) => each !== undefined) ?? '';
      return [{ mail, as: kind, rule, resourceId: alone, lastSeen: lastSeenIn(own.join('\n')) }];
    }
    const [, resourceId, text = ''] = LISTED.exec(line) ?? [];
    if (resourceId === undefined) return [];
    const resolved = /^([a-z-]+) resolved\b/.exec(text)?.[1];
    if (resolved !== undefined) return [{ mail, as: 'resolved', rule: resolved, resourceId }];
    const rule = PHRASES.find(([phrase]) => phrase.test(text))?.[1] ?? /^([a-z-]+): /.exec(text)?.[1];
    return rule === undefined ? [] : [{ mail, as: kind, rule, resourceId, lastSeen: lastSeenIn(text) }];
  });
}

function lastSeenIn(text: string): number | undefined {
  const [, day, time] =
    /last seen:? (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC \([^)]*\), and not checked since/i.exec(text) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}

/** The lines of a mail without its line breaks: what continues a line is indented. */
function unwrapped(body: string): readonly string[] {
  return body.replaceAll(/\n {2}/g, ' ').split('\n');
}
