/** The mirror rules: the verdicts of a resource's interfaces, gathered into what each rule says of the resource. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import { verdictOf } from '../mirror/coverage.ts';
import { type Resource, resourceOf } from '../mirror/eligibility.ts';
import type { Survey } from '../mirror/survey.ts';
import type { Verdict } from '../mirror/verdict.ts';
import type { Evidence } from '../sighting/sighting.ts';
import type { FindingDetail, RuleId } from './finding.ts';
import type { Ruling } from './ruling.ts';

/** A resource (an instance or a task) with its interfaces and what became of each. */
export interface MirroredResource extends Resource {
  readonly interfaces: readonly { readonly networkInterface: NetworkInterface; readonly verdict: Verdict }[];
}

/** The rules that are judged for each resource, with the verdict that breaks them and the command that mends it. */
const RULE_OF = {
  'instance-unmirrored': { kind: 'missing', says: 'is not mirrored', fix: () => 'mirrorwatch mirror apply' },
  'mirror-ineffective': {
    kind: 'ineffective',
    says: 'has a mirror session that carries nothing',
    fix: () => 'mirrorwatch mirror apply',
  },
  'mirror-rogue': { kind: 'rogue', says: 'is mirrored to a target that is not ours', fix: deleteSessions },
  'mirror-duplicate': {
    kind: 'duplicate',
    says: 'has more than one mirror session of ours',
    fix: () => 'mirrorwatch mirror apply --cleanup',
  },
} as const satisfies Partial<
  Record<RuleId, { kind: Verdict['kind']; says: string; fix: (verdicts: readonly Verdict[], region: string) => string }>
>;

export type MirrorRule = keyof typeof RULE_OF;

export const MIRROR_RULES = Object.keys(RULE_OF) as readonly MirrorRule[];

/** Gathers interfaces by what they belong to, with their verdicts; resources by id, interfaces by id. */
export function resourcesOf(interfaces: readonly NetworkInterface[], survey: Survey): readonly MirroredResource[] {
  const resources = new Map<
    string,
    MirroredResource & { interfaces: { networkInterface: NetworkInterface; verdict: Verdict }[] }
  >();
  for (const networkInterface of interfaces.toSorted((a, b) =>
    a.networkInterfaceId < b.networkInterfaceId ? -1 : 1,
  )) {
    const resource = resourceOf(networkInterface, survey);
    const known = resources.get(resource.resourceId) ?? { ...resource, interfaces: [] };
    known.interfaces.push({ networkInterface, verdict: verdictOf(networkInterface, survey) });
    resources.set(resource.resourceId, known);
  }
  return [...resources.values()].toSorted((a, b) => (a.resourceId < b.resourceId ? -1 : 1));
}

/**
 * What one rule says of one resource. An interface that could not be judged makes the rule `unknown`, unless another interface
 * breaks it for certain. A resource whose every interface is exempt is exempt from `instance-unmirrored`.
 */
export function judgeMirroring(
  rule: MirrorRule,
  resource: MirroredResource,
  evidence: readonly Evidence[],
  region: string,
): Ruling {
  const { kind, says, fix } = RULE_OF[rule];
  const verdicts = resource.interfaces.map(({ verdict }) => verdict);
  const breaking = verdicts.filter((verdict) => verdict.kind === kind);
  if (breaking.length > 0) {
    const reasons = [...new Set(breaking.map(({ reason }) => reason))].join('; ');
    return {
      result: 'fail',
      reason: `${resource.resourceId} ${says}: ${reasons}.`,
      detail: detailOf(resource),
      evidence,
      fix: fix(breaking, region),
    };
  }
  const unclear = verdicts.filter((verdict) => verdict.kind === 'unknown');
  if (unclear.length > 0)
    return { result: 'unknown', reason: [...new Set(unclear.map(({ reason }) => reason))].join('; ') };
  if (rule === 'instance-unmirrored' && verdicts.length > 0 && verdicts.every((verdict) => verdict.kind === 'exempt')) {
    const reasons = [...new Set(verdicts.map(({ reason }) => reason))].join('; ');
    return {
      result: 'exempt',
      reason: `${resource.resourceId} is not to be mirrored: ${reasons}.`,
      detail: detailOf(resource),
      evidence,
      fix: '',
    };
  }
  return { result: 'pass', reason: PASSES[rule], ...(evidence.length > 0 && { evidence }) };
}

const PASSES: Readonly<Record<MirrorRule, string>> = {
  'instance-unmirrored': 'every interface that can be mirrored is',
  'mirror-ineffective': 'its sessions carry traffic',
  'mirror-rogue': 'its sessions go to known targets',
  'mirror-duplicate': 'no interface has two sessions of ours',
};

function detailOf({ interfaces }: MirroredResource): FindingDetail {
  const [first] = interfaces;
  return {
    ...(first?.networkInterface.vpcId !== undefined && { vpcId: first.networkInterface.vpcId }),
    ...(first?.networkInterface.availabilityZone !== undefined && {
      availabilityZone: first.networkInterface.availabilityZone,
    }),
    interfaces: interfaces.map(({ networkInterface: { networkInterfaceId }, verdict }) => ({
      networkInterfaceId,
      verdict: verdict.kind,
      reason: verdict.reason,
    })),
  };
}

function deleteSessions(verdicts: readonly Verdict[], region: string): string {
  const ids = verdicts.flatMap((verdict) => (verdict.kind === 'rogue' ? [verdict.trafficMirrorSessionId] : []));
  return ids
    .map((id) => `aws ec2 delete-traffic-mirror-session --region ${region} --traffic-mirror-session-id ${id}`)
    .join(' && ');
}
