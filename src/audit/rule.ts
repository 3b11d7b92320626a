/** What a rule is: its name for people, how urgent it is, what it judges, what repairs it, and where it is counted. */

import type { IntegrityCheck } from '../cloudtrail/digests/digest-chain.ts';
import type { SessionFinding } from '../mirror/coverage.ts';
import type { MirroredResource } from './mirrored-resource.ts';
import type { MirrorContext, ResourceType, RuleAnswer, Severity } from './rule-answer.ts';
import type { Subject } from './subjects.ts';
import type { TagPolicy } from './tag-policy.ts';

/** The kinds of steps that repair findings. */
export type Repair = 'create-session' | 'modify-session' | 'delete-session';

/**
 * What a rule judges, and how. A `session` rule answers undefined for a session it has nothing to say about. A `call` rule judges
 * recorded calls; none is judged yet, so `judge` is null.
 */
type Judge =
  | {
      readonly judges: 'instance';
      readonly judge: (
        subject: Subject,
        context: { readonly policy: TagPolicy; readonly region: string },
      ) => RuleAnswer;
    }
  | {
      readonly judges: 'mirrored-resource';
      readonly judge: (resource: MirroredResource, context: MirrorContext) => RuleAnswer;
    }
  | {
      readonly judges: 'session';
      readonly judge: (session: SessionFinding, context: { readonly region: string }) => RuleAnswer | undefined;
    }
  | { readonly judges: 'log-object'; readonly judge: (check: IntegrityCheck) => RuleAnswer }
  | { readonly judges: 'call'; readonly judge: null };

/** The share of resources that comply, which reports and mails show by these names. */
export type CoverageFigure = 'tags' | 'mirroring';

/** Everything the program knows about one rule. Adding a rule means adding one file that exports one of these. */
export type Rule = Judge & {
  /** A heading: `Instance without its required tags`. */
  readonly title: string;
  /** Completes "3 instances …" in a subject line: `untagged`. */
  readonly phrase: string;
  /** One sentence: when there is a finding. */
  readonly when: string;
  /** Used unless the configuration's `severities` says otherwise. */
  readonly severity: Severity;
  /** The types of resources its findings are about. */
  readonly appliesTo: readonly ResourceType[];
  /** The steps that can resolve its findings; empty when only people can. */
  readonly repairedBy: readonly Repair[];
  /** What mails say we did where no step exists. */
  readonly notRepaired: string;
  /** True when a finding that we repaired before it was mailed is mailed all the same. */
  readonly mailedAfterRepair: boolean;
  /** True when a complete look at the account that no longer meets the resource resolves the finding. */
  readonly settledBySweep: boolean;
  /**
   * The figure its findings count against, if any. The rule that counts `all` says how many resources there are; one that counts
   * `failures` only adds resources that fail.
   */
  readonly countedIn: { readonly figure: CoverageFigure; readonly counts: 'all' | 'failures' } | null;
};
