/** The audit: judges each resource of an account by each rule, from the account's inventory and the recorded calls. */

import type { Inventory } from '../inventory/inventory.ts';
import { type AccountIndex, indexAccount } from '../mirror/account-index.ts';
import type { MirrorPolicy } from '../mirror/policy.ts';
import type { Sighting } from '../sighting/sighting.ts';
import type { OpenGroupPolicy } from './calls/watch-policy.ts';
import { type Exemption, exempt, type ForbiddenRepairs, forbiddenRepairs } from './exemptions.ts';
import {
  type AuditResult,
  type Finding,
  findingId,
  type Judgement,
  makeFinding,
  type RuleId,
  type Severity,
  withRoles,
} from './finding.ts';
import { type JudgedResource, judgeInstances, namedTags } from './judge-resources.ts';
import type { MirroredResource } from './mirrored-resource.ts';
import { judgeMirroring, NO_MIRRORING, repairableOf } from './mirroring/judge-mirroring.ts';
import type { DeletedFrom } from './mirroring/touched-interfaces.ts';
import { judgeGroups } from './open-groups/judge-groups.ts';
import type { GroupsBefore } from './open-groups/recorded-groups.ts';
import type { FindingAnswer, JudgementAnswer, RuleAnswer } from './rule-answer.ts';
import { subjectsOf } from './subjects.ts';
import type { TagPolicy } from './tag-policy.ts';
import { instancesSighted } from './tag-state.ts';

/** What an audit looks at. */
export interface AuditInput {
  readonly inventory: Inventory;
  /** Sightings of this account and region. */
  readonly sightings: readonly Sighting[];
  /** Resources to judge although no sighting names them: those of a re-check. */
  readonly requested?:
    | {
        readonly instanceIds: readonly string[];
        readonly networkInterfaceIds: readonly string[];
        readonly resourceIds?: readonly string[] | undefined;
      }
    | undefined;
  /** `sighted` judges what the sightings touched and what was requested; `all` judges every resource that exists. */
  readonly scope: 'all' | 'sighted';
  readonly now: Date;
  /** When the account was read. What rests on it is dated then. @default now */
  readonly readAt?: Date | undefined;
  /** Interfaces that AWS permanently refuses to mirror, with its reason. */
  readonly unsupported?: ReadonlyMap<string, string> | undefined;
  /**
   * The sources of deleted sessions, where known.
   * @default every source without a session is treated as one that may have lost it
   */
  readonly deletedFrom?: DeletedFrom | undefined;
  /** What is known of security groups from earlier runs, where the account's are not read. @default nothing */
  readonly groupsBefore?: GroupsBefore | undefined;
}

/** The part of the configuration that the audit uses. If `mirror` is null, no mirror rule is judged. */
export interface AuditPolicy {
  readonly tags: TagPolicy;
  readonly mirror: MirrorPolicy | null;
  /** If it is null, `security-group-open` is not judged. @default null */
  readonly openGroups?: OpenGroupPolicy | null | undefined;
  readonly exemptions: readonly Exemption[];
  readonly severities: Readonly<Partial<Record<RuleId, Severity>>>;
  readonly graceSeconds: number;
}

/** An audit's findings and judgements, with the verdicts behind them. The remediation plan starts from these verdicts. */
export interface Audited extends AuditResult {
  /** Null when mirroring was not judged. */
  readonly account: AccountIndex | null;
  /** The resources whose mirroring was judged, with each interface's verdict. */
  readonly resources: readonly MirroredResource[];
  /** True if security groups were judged: the configuration asks for it and the account was read. @default false */
  readonly judgesGroups?: boolean | undefined;
  /** What exemptions forbid to repair. */
  readonly forbidden: ForbiddenRepairs;
}

/** Judges one account and region. Pure: the same input gives the same findings in the same order. */
export function audit(input: AuditInput, policy: AuditPolicy): Audited {
  const { inventory, sightings, unsupported } = input;
  const subjects = subjectsOf(input, instancesSighted(sightings));
  const ofInstances = policy.tags.requiredTags.length === 0 ? [] : judgeInstances(subjects, policy.tags, inventory);
  const account = policy.mirror === null ? null : indexAccount(inventory, policy.mirror, { unsupported });
  const mirroring = account === null ? NO_MIRRORING : judgeMirroring(input, subjects, account);
  const { openGroups = null } = policy;
  const ofGroups = openGroups === null ? [] : judgeGroups(input, openGroups);
  const judged = [...ofInstances, ...mirroring.judged, ...ofGroups];
  const lookedAt = (input.readAt ?? input.now).toISOString();
  const context = { inventory, now: input.now, lookedAt };
  const findings: Finding[] = [];
  const judgements: Judgement[] = [];
  for (const one of judged) {
    const { answer } = one;
    if (isFinding(answer)) findings.push(toFinding(one, answer, context, policy));
    else judgements.push(toJudgement(one, answer, inventory, lookedAt));
  }
  const repairable = account === null ? [] : repairableOf(mirroring, account);
  const forbidden = forbiddenRepairs(repairable, policy.exemptions, input.now);
  const judgesGroups = openGroups !== null;
  return { findings, judgements, account, resources: mirroring.resources, judgesGroups, forbidden };
}

function isFinding(answer: RuleAnswer): answer is FindingAnswer {
  return answer.result === 'fail' || answer.result === 'exempt';
}

/** When the account was read, ISO 8601 UTC. */
interface Look {
  readonly lookedAt: string;
}

function toFinding(
  { rule, resourceType, resourceId, tags, place }: JudgedResource,
  { result, reason, detail, evidence, fix, decided }: FindingAnswer,
  { inventory: { accountId, region }, now, lookedAt }: Pick<AuditInput, 'inventory' | 'now'> & Look,
  { severities, graceSeconds, exemptions }: AuditPolicy,
): Finding {
  const [newest] = evidence;
  const { name, owner, autoScalingGroupName } = namedTags(tags);
  const graceEnds = newest === undefined ? undefined : new Date(Date.parse(newest.eventTime) + graceSeconds * 1000);
  const finding = makeFinding(
    {
      ...{ accountId, region, rule, resourceType, resourceId, reason, evidence, fix },
      status: result === 'exempt' ? 'muted' : 'open',
      firstSeen: decided?.since.toISOString() ?? lookedAt,
      lastSeen: decided?.asOf.toISOString() ?? lookedAt,
      owner: owner || undefined,
      detail: {
        name,
        autoScalingGroupName,
        vpcId: place?.vpcId,
        availabilityZone: place?.availabilityZone,
        ...detail,
        pendingUntil: graceEnds !== undefined && graceEnds > now ? graceEnds.toISOString() : undefined,
      },
    },
    { severities, now },
  );
  return finding.status === 'muted' ? finding : exempt(finding, { tags }, exemptions, now);
}

function toJudgement(
  { rule, resourceType, resourceId }: JudgedResource,
  { result, reason, evidence, decided, shownTags }: JudgementAnswer,
  { accountId, region }: Inventory,
  lookedAt: string,
): Judgement {
  const id = findingId(rule, accountId, region, resourceId);
  return {
    ...{ id, rule, accountId, region, resourceType, resourceId, result, reason },
    seenAt: decided?.asOf.toISOString() ?? lookedAt,
    ...(shownTags && { shownTags: shownTags.map(([key, at]) => [key, at.toISOString()] as const) }),
    evidence: evidence !== undefined && evidence.length > 0 ? withRoles(evidence) : undefined,
  };
}
