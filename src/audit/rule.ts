/** What defines a rule: its title and severity, what it judges and how, what repairs it, and where it counts. */

import type { IntegrityCheck } from '../cloudtrail/digests/digest-chain.ts';
import type { SecurityGroup } from '../inventory/security-group.ts';
import type { SessionFinding } from '../mirror/coverage.ts';
import type { LastingGap } from './gaps/gap.ts';
import type { JudgedTraffic } from './measured-traffic.ts';
import type { MirroredResource } from './mirrored-resource.ts';
import type { GroupContext } from './open-groups/group-context.ts';
import type { MirrorContext, ResourceType, RuleAnswer, Severity } from './rule-answer.ts';
import type { Subject } from './subjects.ts';
import type { TagPolicy } from './tag-policy.ts';

/** The kinds of steps that repair findings. */
export type Repair = 'create-session' | 'modify-session' | 'delete-session';

/**
 * What a rule judges, how, and the types of resources its findings are about. A `mirrored-resource` rule is asked only about the
 * types it lists. A `traffic` rule judges what CloudWatch counted of an instance, and returns undefined where the figures prove nothing: a look
 * that does not meet its resource proves nothing either. A `session` rule returns undefined for sessions it does not apply to. A `call` rule is about
 * recorded calls, which `audit/calls/` judges, so its `judge` is null.
 */
type Judge =
  | {
      readonly judges: 'instance';
      readonly appliesTo: readonly ['AWS::EC2::Instance'];
      readonly judge: (
        subject: Subject,
        context: { readonly policy: TagPolicy; readonly region: string },
      ) => RuleAnswer;
    }
  | {
      readonly judges: 'mirrored-resource';
      readonly appliesTo: readonly MirroredResource['resourceType'][];
      readonly judge: (resource: MirroredResource, context: MirrorContext) => RuleAnswer;
    }
  | {
      readonly judges: 'traffic';
      readonly appliesTo: readonly ['AWS::EC2::Instance'];
      readonly judge: (traffic: JudgedTraffic) => RuleAnswer | undefined;
    }
  | {
      readonly judges: 'session';
      readonly appliesTo: readonly ['AWS::EC2::TrafficMirrorSession'];
      readonly judge: (session: SessionFinding, context: { readonly region: string }) => RuleAnswer | undefined;
    }
  | {
      readonly judges: 'log-object';
      readonly appliesTo: readonly ('AWS::S3::Object' | 'AWS::Account')[];
      readonly judge: (check: IntegrityCheck) => RuleAnswer;
    }
  | {
      readonly judges: 'account';
      readonly appliesTo: readonly ['AWS::Account'];
      readonly judge: (lasting: LastingGap) => RuleAnswer;
    }
  | {
      readonly judges: 'security-group';
      readonly appliesTo: readonly ['AWS::EC2::SecurityGroup'];
      readonly judge: (group: SecurityGroup, context: GroupContext) => RuleAnswer;
    }
  | { readonly judges: 'call'; readonly appliesTo: readonly ResourceType[]; readonly judge: null };

/** A share of compliant resources that reports and mails show. */
export type CoverageFigure = 'tags' | 'mirroring';

/** Everything the program knows about one rule. To add a rule, add one file that exports one of these. */
export type Rule = Judge & {
  /** A heading: `Instance without its required tags`. */
  readonly title: string;
  /** Completes "3 instances …" in a subject line: `untagged`. */
  readonly phrase: string;
  /** One sentence: when there is a finding. */
  readonly when: string;
  /** The default; `severities` in the configuration overrides it. */
  readonly severity: Severity;
  /** The steps that can resolve its findings; empty when only people can. */
  readonly repairedBy: readonly Repair[];
  /** What mails say under "What we did" if no step was taken. */
  readonly notRepaired: string;
  /** True if a finding is mailed even when we repaired it before any mail went out. */
  readonly mailedAfterRepair: boolean;
  /** True if a sweep that no longer finds the resource resolves the finding. */
  readonly settledBySweep: boolean;
  /**
   * The coverage figure its findings count against, if any. A rule that counts `all` contributes every resource it judges; one
   * that counts `failures` contributes only those that fail.
   */
  readonly countedIn: { readonly figure: CoverageFigure; readonly counts: 'all' | 'failures' } | null;
};

/** True if the rule's findings can be about this type of resource. */
export function appliesTo(rule: Rule, resourceType: ResourceType): boolean {
  return rule.appliesTo.some((type) => type === resourceType);
}
