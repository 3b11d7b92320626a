/** Unpacks the findings embedded in the page. */

import {
  NAME_PLACEHOLDER,
  type PackedPage,
  type PackedRow,
  type PackedTime,
  RESOURCE_PLACEHOLDER,
  type TextIndex,
} from '../packed.ts';

/** A record that belongs to a finding, in text. Absent texts are empty. */
export interface PageEvidence {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventTime: PackedTime;
  readonly actor: string;
  readonly from: string;
  readonly logFile: string;
  readonly note: string;
  /** `cause` or `resolution`; empty for context. */
  readonly role: string;
}

/** A finding as the page shows it. Absent texts are empty; the parts that only the details need are functions. */
export interface PageFinding {
  readonly id: string;
  /** Index into `PACKED_SEVERITIES`. */
  readonly severity: number;
  /** Index into `PACKED_STATUSES`. */
  readonly status: number;
  readonly rule: string;
  readonly account: string;
  readonly region: string;
  readonly type: string;
  readonly resource: string;
  readonly name: string;
  readonly owner: string;
  readonly vpc: string;
  readonly reason: string;
  /** The cause in brief: an actor, `possibly` an actor, or why nobody is named. */
  readonly cause: string;
  /** Who is proven to be the cause. */
  readonly actor: string;
  readonly firstSeen: PackedTime;
  readonly lastSeen: PackedTime;
  readonly fix: () => string;
  readonly evidence: () => readonly PageEvidence[];
  readonly extras: () => readonly (readonly [label: string, value: string])[];
  /** Everything the search looks at, in lower case; computed at the first search. */
  readonly searchText: () => string;
}

/** The findings of the page in the order in which they were packed. */
export function unpack({ strings, rows }: PackedPage): readonly PageFinding[] {
  const text = (index: TextIndex): string => strings[index] ?? '';
  return rows.map((row) => unpackRow(row, text));
}

function unpackRow(row: PackedRow, text: (index: TextIndex) => string): PageFinding {
  const [id, severity, status, rule, account, region, type, resource, name, owner, vpc, reason, cause, actor] = row;
  const [, , , , , , , , , , , , , , firstSeen, lastSeen, fix, evidence, extras] = row;
  const filled = (index: TextIndex): string =>
    text(index)
      .replaceAll(RESOURCE_PLACEHOLDER, () => text(resource))
      .replaceAll(NAME_PLACEHOLDER, () => text(name));
  let searchText: string | null = null;
  const finding: PageFinding = {
    id: text(id),
    severity,
    status,
    rule: text(rule),
    account: text(account),
    region: text(region),
    type: text(type),
    resource: text(resource),
    name: text(name),
    owner: text(owner),
    vpc: text(vpc),
    reason: filled(reason),
    cause: text(cause),
    actor: text(actor),
    firstSeen,
    lastSeen,
    fix: () => filled(fix),
    evidence: () =>
      evidence.map(([eventID, eventName, eventTime, actor, sourceIPAddress, userAgent, logFile, note, role]) => ({
        eventID: text(eventID),
        eventName: text(eventName),
        eventTime,
        actor: text(actor),
        from: [text(sourceIPAddress), text(userAgent)].filter((part) => part !== '').join(', '),
        logFile: text(logFile),
        note: text(note),
        role: text(role),
      })),
    extras: () => extras.map(([label, value]) => [text(label), text(value)] as const),
    searchText: () => {
      searchText ??= searchTextOf(finding);
      return searchText;
    },
  };
  return finding;
}

function searchTextOf(finding: PageFinding): string {
  const { resource, name, owner, vpc, reason, cause, account, region, rule, id } = finding;
  const records = finding.evidence().flatMap((one) => [one.eventID, one.eventName, one.actor, one.logFile]);
  const extras = finding.extras().map(([, value]) => value);
  return [resource, name, owner, vpc, reason, cause, account, region, rule, id, ...records, ...extras]
    .join('\n')
    .toLowerCase();
}
