/** The mirror rules: the verdicts of a resource's interfaces, gathered into what each rule says of the resource. */

import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { AccountIndex } from '../mirror/account-index.ts';
import { type SessionFinding, sessionFindings, verdictOf } from '../mirror/coverage.ts';
import { type Resource, resourceOf } from '../mirror/eligibility.ts';
import type { Verdict } from '../mirror/verdict.ts';
import type { Evidence } from '../sighting/sighting.ts';
import type { FindingDetail, RuleId } from './finding.ts';
import type { Ruling } from './ruling.ts';

/** A resource (an instance or a task) with its interfaces and what became of each. */
export interface MirroredResource extends Resource {
  readonly interfaces: readonly { readonly networkInterface: NetworkInterface; readonly verdict: Verdict }[];
  /** Sessions on its interfaces that go to strangers, beside whatever else is there. */
  readonly rogues: readonly SessionFinding[];
}

/**
 * The rules that are judged for each resource, with the verdicts that break them and the command that mends it. An interface whose
 * only session goes to a stranger is not mirrored to a sensor either.
 */
const RULE_OF = {
  'instance-unmirrored': { kinds: ['missing', 'rogue'], says: 'is not mirrored', fix: 'mirrorwatch mirror apply' },
  'mirror-ineffective': {
    kinds: ['ineffective'],
    says: 'has a mirror session that carries nothing',
    fix: 'mirrorwatch mirror apply',
  },
  'mirror-duplicate': {
    kinds: ['duplicate'],
    says: 'has more than one mirror session for the same purpose',
    fix: 'mirrorwatch mirror apply --cleanup',
  },
} as const satisfies Partial<Record<RuleId, { kinds: readonly Verdict['kind'][]; says: string; fix: string }>>;

export type MirrorRule = keyof typeof RULE_OF | 'mirror-rogue';

/** Every rule that is judged for each resource. */
export const MIRROR_RULES: readonly MirrorRule[] = [
  'instance-unmirrored',
  'mirror-ineffective',
  'mirror-rogue',
  'mirror-duplicate',
];

/** Gathers interfaces by what they belong to, with their verdicts; resources by id, interfaces by id. */
export function resourcesOf(
  interfaces: readonly NetworkInterface[],
  account: AccountIndex,
): readonly MirroredResource[] {
  const resources = new Map<
    string,
    MirroredResource & {
      interfaces: { networkInterface: NetworkInterface; verdict: Verdict }[];
      rogues: SessionFinding[];
    }
  >();
  const rogues = roguesByInterface(account);
  for (const networkInterface of interfaces.toSorted((a, b) =>
    a.networkInterfaceId < b.networkInterfaceId ? -1 : 1,
  )) {
    const resource = resourceOf(networkInterface, account);
    const known = resources.get(resource.resourceId) ?? { ...resource, interfaces: [], rogues: [] };
    known.interfaces.push({ networkInterface, verdict: verdictOf(networkInterface, account) });
    known.rogues.push(...(rogues.get(networkInterface.networkInterfaceId) ?? []));
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
  if (rule === 'mirror-rogue') return judgeRogues(resource, evidence, region);
  const { says, fix } = RULE_OF[rule];
  const kinds: readonly Verdict['kind'][] = RULE_OF[rule].kinds;
  const verdicts = resource.interfaces.map(({ verdict }) => verdict);
  const breaking = verdicts.filter((verdict) => kinds.includes(verdict.kind));
  if (breaking.length > 0) {
    const reasons = [...new Set(breaking.map(({ reason }) => reason))].join('; ');
    return {
      result: 'fail',
      reason: `${resource.resourceId} ${says}: ${reasons}.`,
      detail: detailOf(resource),
      evidence,
      fix: breaking.some((verdict) => verdict.kind === 'missing' && !verdict.remediable)
        ? `mirrorwatch mirror explain ${resource.resourceId}`
        : fix,
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
  'mirror-duplicate': 'no interface has two sessions for the same purpose',
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

/** A session to a stranger is found whatever else covers the interface, and whether or not it is to be mirrored at all. */
function judgeRogues(resource: MirroredResource, evidence: readonly Evidence[], region: string): Ruling {
  const { rogues, resourceId, interfaces } = resource;
  if (rogues.length > 0) {
    const reasons = rogues.map(({ trafficMirrorSessionId, reason }) =>
      reason.includes(trafficMirrorSessionId) ? reason : `${trafficMirrorSessionId}: ${reason}`,
    );
    const fix = rogues.map(
      ({ trafficMirrorSessionId: id }) =>
        `aws ec2 delete-traffic-mirror-session --region ${region} --traffic-mirror-session-id ${id}`,
    );
    const detail = {
      ...detailOf(resource),
      trafficMirrorSessionIds: rogues.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
    };
    return {
      result: 'fail',
      reason: `${resourceId} is mirrored to a stranger: ${reasons.join('; ')}.`,
      detail,
      evidence,
      fix: fix.join(' && '),
    };
  }
  const unclear = interfaces.flatMap(({ verdict }) => (verdict.kind === 'unknown' ? [verdict.reason] : []));
  if (unclear.length > 0) return { result: 'unknown', reason: [...new Set(unclear)].join('; ') };
  return { result: 'pass', reason: PASSES['mirror-rogue'], ...(evidence.length > 0 && { evidence }) };
}

function roguesByInterface(account: AccountIndex): ReadonlyMap<string, readonly SessionFinding[]> {
  const rogues = new Map<string, SessionFinding[]>();
  for (const finding of sessionFindings(account)) {
    if (finding.kind !== 'rogue') continue;
    const known = rogues.get(finding.networkInterfaceId);
    if (known === undefined) rogues.set(finding.networkInterfaceId, [finding]);
    else known.push(finding);
  }
  return rogues;
}
