/** The audit: what the account is and what the records tell, judged rule by rule, each resource alone. */

import { tagValue } from '../inventory/instance.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { type AccountIndex, indexAccount } from '../mirror/account-index.ts';
import type { MirrorPolicy } from '../mirror/policy.ts';
import { type AuditInput, type Case, interfacesToJudge, mirrorCases, tagCase } from './cases.ts';
import { type Exemption, exempt } from './exemptions.ts';
import { type AuditResult, type Finding, findingId, type Judgement, type RuleId, type Severity } from './finding.ts';
import { type MirroredResource, resourcesOf } from './mirror-coverage.ts';
import { severityOf } from './rules.ts';
import type { Ruling } from './ruling.ts';
import { subjectsOf } from './subjects.ts';
import type { TagPolicy } from './tag-policy.ts';
import { instancesSighted } from './tag-state.ts';

export type { AuditInput } from './cases.ts';

/** The part of the configuration that the audit works by; `mirror` null judges no mirror rule. */
export interface AuditPolicy {
  readonly tags: TagPolicy;
  readonly mirror: MirrorPolicy | null;
  readonly exemptions: readonly Exemption[];
  readonly severities: Readonly<Partial<Record<RuleId, Severity>>>;
  readonly graceSeconds: number;
}

export interface Audited extends AuditResult {
  /** Null when mirroring was not judged. */
  readonly account: AccountIndex | null;
  /** The resources whose mirroring was judged, with each interface's verdict. */
  readonly resources: readonly MirroredResource[];
}

/** Judges one account and region. Pure: the same input gives the same findings, in order of rule and resource. */
export function audit(input: AuditInput, policy: AuditPolicy): Audited {
  const { inventory, sightings } = input;
  const subjects = subjectsOf(input, instancesSighted(sightings));
  const account =
    policy.mirror === null
      ? null
      : indexAccount(
          inventory,
          policy.mirror,
          input.unsupported === undefined ? {} : { unsupported: input.unsupported },
        );
  const resources = account === null ? [] : resourcesOf(interfacesToJudge(input, subjects, account), account);
  const cases = [
    ...(policy.tags.requiredTags.length === 0
      ? []
      : subjects.map((subject) => tagCase(subject, policy.tags, inventory))),
    ...(account === null ? [] : mirrorCases(input, subjects, resources, account)),
  ];
  const findings: Finding[] = [];
  const judgements: Judgement[] = [];
  for (const one of cases) {
    const { result } = one.ruling;
    if (result === 'fail' || result === 'exempt') findings.push(findingOf(one, one.ruling, input, policy));
    else judgements.push(judgementOf(one, result, one.ruling, inventory));
  }
  return { findings, judgements, account, resources };
}

function findingOf(
  one: Case,
  ruling: Extract<Ruling, { result: 'fail' | 'exempt' }>,
  { inventory, now }: AuditInput,
  policy: AuditPolicy,
): Finding {
  const { rule, resourceType, resourceId, tags, place } = one;
  const { evidence } = ruling;
  const [newest] = evidence;
  const name = tagValue(tags, 'Name');
  const owner = tagValue(tags, 'Owner') ?? tagValue(tags, 'owner') ?? newest?.actor;
  const times = evidence.map(({ eventTime }) => eventTime).toSorted();
  const pendingUntil =
    newest === undefined ? null : new Date(Date.parse(newest.eventTime) + policy.graceSeconds * 1000);
  const finding: Finding = {
    schema: 'mirrorwatch.finding/1',
    id: findingId(rule, inventory.accountId, inventory.region, resourceId),
    rule,
    severity: severityOf(rule, policy.severities),
    status: ruling.result === 'exempt' ? 'muted' : 'open',
    accountId: inventory.accountId,
    region: inventory.region,
    resourceType,
    resourceId,
    reason: ruling.reason,
    detail: {
      ...(name !== undefined && name !== '' && { name }),
      ...(owner !== undefined && owner !== '' && { owner }),
      ...(newest !== undefined && { causedBy: newest.actor }),
      ...(place?.vpcId !== undefined && { vpcId: place.vpcId }),
      ...(place?.availabilityZone !== undefined && { availabilityZone: place.availabilityZone }),
      ...ruling.detail,
      ...(pendingUntil !== null && pendingUntil > now && { pendingUntil: pendingUntil.toISOString() }),
    },
    firstSeen: times[0] ?? now.toISOString(),
    lastSeen: times.at(-1) ?? now.toISOString(),
    evidence,
    fix: ruling.fix,
  };
  return finding.status === 'muted' ? finding : exempt(finding, { tags }, policy.exemptions, now);
}

function judgementOf(
  { rule, resourceType, resourceId, seenAt }: Case,
  result: Judgement['result'],
  ruling: Ruling,
  { accountId, region }: Inventory,
): Judgement {
  const evidence = ruling.evidence ?? [];
  return {
    id: findingId(rule, accountId, region, resourceId),
    rule,
    accountId,
    region,
    resourceType,
    resourceId,
    result,
    reason: ruling.reason,
    ...(seenAt !== undefined && { seenAt: seenAt.toISOString() }),
    ...(evidence.length > 0 && { evidence }),
  };
}
