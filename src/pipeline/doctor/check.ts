/** A check of `doctor`: what it asks, what it needs, where it is asked, and how. */

import type { Config } from '../../config.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { Judged } from './line.ts';
import type { DoctorReads } from './reads.ts';

/** What `doctor` looks after. */
export interface DoctorInput {
  readonly config: Pick<
    Config,
    'alertTopicArn' | 'alerts' | 'assumeRole' | 'hash' | 'mirroring' | 'organization' | 'trail'
  >;
  readonly ownAccountId: string;
  /** The watched accounts, our own among them. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  readonly homeRegion: string;
  /** The URL of the queue that `watch` reads. */
  readonly queueUrl?: string | undefined;
  /** The table of the ledger. */
  readonly table?: string | undefined;
  readonly now: Date;
}

/** The parts of the answer, in their order. */
export const GROUPS = ['identity', 'permissions', 'trail', 'delivery', 'mirroring'] as const;

interface CheckFacts {
  readonly group: (typeof GROUPS)[number];
  /** The question, for people. */
  readonly asks: string;
  /** The permissions that asking takes; all of them only read. */
  readonly permissions: readonly string[];
  /** The permissions that the question is about: `doctor` says whether the credentials have them. */
  readonly tries: readonly string[];
  /** Why it is not asked with this configuration and these options; undefined if it is. */
  readonly leftOut?: (input: DoctorInput) => string | undefined;
}

/** A check, and where it is asked: once, in each region of our own account, in each other account, or in each account and region. */
export type Check = CheckFacts &
  (
    | { readonly each: 'once'; readonly judge: (reads: DoctorReads, input: DoctorInput) => Promise<readonly Judged[]> }
    | {
        readonly each: 'region' | 'account';
        readonly judge: (reads: DoctorReads, input: DoctorInput, place: string) => Promise<readonly Judged[]>;
      }
    | {
        readonly each: 'scope';
        readonly judge: (reads: DoctorReads, input: DoctorInput, scope: Scope) => Promise<readonly Judged[]>;
      }
  );
