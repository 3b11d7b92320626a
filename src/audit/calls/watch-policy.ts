/** What the two built-in rules on calls take from the configuration. */

/** A port range that may be open to the world. */
export interface AllowedPorts {
  readonly protocol: 'tcp' | 'udp';
  readonly from: number;
  readonly to: number;
}

/** The configuration of `security-group-open`. */
export interface OpenGroupPolicy {
  /** @default none */
  readonly allowedPorts: readonly AllowedPorts[];
  /** Ids of groups that may be open. @default none */
  readonly exceptGroups: readonly string[];
  /** Tags of groups that may be open; a tag without a value stands for any. @default none */
  readonly exceptTags: readonly { readonly key: string; readonly value?: string | undefined }[];
}

/** A day of the week. */
export type WeekDay = (typeof WEEK_DAYS)[number];

/** The days of the week, as ISO 8601 orders them. */
export const WEEK_DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** The configuration of `iam-user-after-hours`. */
export interface WorkingHoursPolicy {
  /** An IANA time zone, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** The days on which work begins. @default Monday to Friday */
  readonly days: readonly WeekDay[];
  /** Minutes since midnight. Hours that end before they begin go over midnight, and belong to the day on which they begin. */
  readonly hours: { readonly fromMinute: number; readonly toMinute: number };
  /** Days without work, `2026-12-25`. @default none */
  readonly holidays: readonly string[];
  /** ARNs of roles and users that may work at any time; `*` stands for any characters. @default none */
  readonly exempt: readonly string[];
}
