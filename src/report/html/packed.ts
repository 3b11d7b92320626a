/** The shape in which findings travel from the report to the page's script. Imports nothing: both sides read it. */

/** Severities as a row numbers them. */
export const PACKED_SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
/** Statuses as a row numbers them. */
export const PACKED_STATUSES = ['open', 'resolved', 'muted'] as const;

/** Stands for the resource's id in a reason or fix, and lets a thousand findings share one text. */
export const RESOURCE_PLACEHOLDER = '\u0001';
/** Stands for the resource's name in a reason or fix. */
export const NAME_PLACEHOLDER = '\u0002';

/** An index into `strings`; -1 when the text is absent. */
export type TextIndex = number;
/** Epoch milliseconds; JSON turns a time that could not be parsed into null. */
export type PackedTime = number | null;

/** One record that proves a finding. */
export type PackedEvidence = readonly [
  eventID: TextIndex,
  eventName: TextIndex,
  eventTime: PackedTime,
  actor: TextIndex,
  sourceIPAddress: TextIndex,
  userAgent: TextIndex,
  logFile: TextIndex,
  note: TextIndex,
  /** Absent for context. */
  role: TextIndex,
];

/** One finding. `reason` and `fix` may hold placeholders; `extras` are further facts with their labels. */
export type PackedRow = readonly [
  id: TextIndex,
  severity: number,
  status: number,
  rule: TextIndex,
  account: TextIndex,
  region: TextIndex,
  type: TextIndex,
  resource: TextIndex,
  name: TextIndex,
  owner: TextIndex,
  vpc: TextIndex,
  reason: TextIndex,
  /** The cause in brief. */
  cause: TextIndex,
  /** Who is proven to be the cause; absent without proof. */
  actor: TextIndex,
  firstSeen: PackedTime,
  lastSeen: PackedTime,
  fix: TextIndex,
  evidence: readonly PackedEvidence[],
  extras: readonly (readonly [label: TextIndex, value: TextIndex])[],
];

/** The JSON embedded in the page. All texts are cut and visible; the page shows them unchanged. */
export interface PackedPage {
  readonly strings: readonly string[];
  readonly rows: readonly PackedRow[];
  /** What each rule is called in a heading. */
  readonly titles: Readonly<Record<string, string>>;
}
