/** The form of the rows: records, and what they say about each security group. */

import { named, rule } from '../../../support/group-calls.ts';
import type { Open } from '../../../support/open-groups.ts';

type Json = Readonly<Record<string, unknown>>;

/** What is expected of the last delivery. Whatever isn't named must not be said. */
export interface Expected {
  /** All groups that are open; `perhaps` where they may only not be said to be in order. @default none */
  readonly open?: readonly Partial<Open>[] | 'perhaps' | undefined;
  /** All groups that are proven to be in order again or gone, and who is named for it. @default none */
  readonly closed?: readonly { readonly group: string; readonly by: readonly string[] }[] | undefined;
  /** What could not be judged, and why: parts of the text. @default nothing */
  readonly unknown?: readonly string[] | undefined;
  /** The state of findings in the ledger, by group, and who ended them. @default not looked at */
  readonly ledger?:
    | readonly { readonly group: string; readonly status: string; readonly by?: readonly string[] }[]
    | undefined;
  /** Groups of which it may be said that they are in order: the records show all that ever was in them. @default none */
  readonly proven?: readonly string[] | undefined;
}

/** One row. */
export interface Row {
  readonly name: string;
  readonly records?: readonly Json[] | undefined;
  /** Instead of `records`: one delivery after another, into one ledger. */
  readonly deliveries?: readonly (readonly Json[])[] | undefined;
  /** `watch.securityGroupOpen`. @default no port is allowed */
  readonly policy?: object | undefined;
  readonly expected: Expected;
}

export const GROUP = 'sg-0a1b2c3d4e5f60001';
export const OTHER = 'sg-0a1b2c3d4e5f60002';
export const ALL = '0.0.0.0/0';
export const NOTHING: Expected = {};

export const SSH = ['tcp/22 from 0.0.0.0/0'];
export const RDP = rule('tcp', 3389, ALL);
/** The id of a rule, and that rule open to the world. */
export const A = 'sgr-0a1b2c3d4e5f6000a';
export const wide = named(A, rule('tcp', 22, ALL));
/** Who does the second thing; dana did the first. */
export const erin = { by: 'erin' };

/** One group is open on these ports. */
export function isOpen(ports: readonly string[], more: Partial<Open> = {}): Expected {
  return { open: [{ group: GROUP, ports, since: 1, by: ['dana'], ...more }] };
}

/** The group was open, and somebody closed it. */
export function isClosed(by: readonly string[] = ['erin'], group: string = GROUP): Expected {
  return { closed: [{ group, by }] };
}

/** Nobody can say. */
export function isUnknown(...why: readonly string[]): Expected {
  return { unknown: why };
}
