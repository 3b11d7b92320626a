/** The middle of the walk: sightings meet the account as it stands, each account and region alone. */

import pLimit from 'p-limit';
import type { Audited, AuditPolicy } from '../audit/audit.ts';
import type { Finding, Judgement } from '../audit/finding.ts';
import { foreignAccountFinding } from '../audit/log-integrity.ts';
import { instanceIdsOf } from '../audit/tag-state.ts';
import { groupBy } from '../collections.ts';
import type { Config } from '../config.ts';
import { mirrorPolicyFor } from '../config.ts';
import { messageOf } from '../errors.ts';
import { type Inventory, type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource, Need } from '../inventory/load-inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Rejected } from '../report/report.ts';
import type { Sighting } from '../sighting/sighting.ts';
import { auditWithHistory } from './finding-history.ts';
import { relevantSightings, type TaskSource, withTaskInterfaces } from './relevant-sightings.ts';

/** What is to be judged. */
export interface AssessRequest {
  readonly sightings: readonly Sighting[];
  /** `all` judges whole accounts (a sweep), `sighted` what the sightings touched. */
  readonly scope: 'all' | 'sighted';
  /** Instances and interfaces to be looked at without a sighting: re-checks after the grace. */
  readonly asked?: readonly Asked[] | undefined;
  /** Restricts a sweep; absent means every scope of the source. */
  readonly scopes?: readonly Scope[] | undefined;
  readonly now: Date;
}

export interface Asked extends Scope {
  readonly instanceIds: readonly string[];
  readonly networkInterfaceIds: readonly string[];
}

/** One account and region, judged. */
export interface AssessedScope {
  readonly scope: Scope;
  readonly inventory: Inventory;
  readonly audited: Audited;
  /** What was sighted here. */
  readonly sightings?: readonly Sighting[] | undefined;
}

/** What an assessment may ask besides the account. */
export interface AssessPorts {
  /** Knows what AWS refused and what deleted sessions were on; without it every bare source may have lost the deleted session. */
  readonly ledger?: Pick<Ledger, 'entries'> | undefined;
  readonly tasks?: TaskSource | undefined;
}

export interface Assessment {
  readonly scopes: readonly AssessedScope[];
  /** Findings and judgements of all scopes, and those about foreign accounts. */
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  /** Lists and accounts that could not be read. */
  readonly unread: readonly Rejected[];
  /** Scopes that could not be judged at all; what came from them must not be acknowledged. */
  readonly failed: readonly { readonly scope: Scope; readonly error: unknown }[];
}

/** Accounts read at the same time: enough to hide latency, few enough for every account's own rate limits. */
const SCOPES_AT_ONCE = 8;

/**
 * Judges what was sighted, or whole accounts. A fault in one account or region is reported in `failed` and touches no other;
 * an account that the configuration does not list is refused with a finding.
 */
export async function assess(
  request: AssessRequest,
  source: InventorySource,
  config: Config,
  also: AssessPorts = {},
): Promise<Assessment> {
  const { believed, refused } = byAccount({ ...request, sightings: relevantSightings(request.sightings) }, config);
  const places = await placesOf(believed, source);
  const limit = pLimit(SCOPES_AT_ONCE);
  const results = await Promise.all(
    places.map((place) => limit(() => assessPlace(place, believed, { source, config, also }))),
  );
  const scopes = results.flatMap((result) => ('audited' in result ? [result] : []));
  return {
    scopes,
    findings: [
      ...scopes.flatMap(({ audited }) => audited.findings),
      ...refused.map((accountId) =>
        foreignAccountFinding(accountId, request.sightings, { severities: config.severities, now: request.now }),
      ),
    ],
    judgements: scopes.flatMap(({ audited }) => audited.judgements),
    unread: scopes.flatMap(({ scope, inventory }) =>
      Object.entries(inventory.unread ?? {}).map(([list, reason]) => ({ path: `${scopeKey(scope)} ${list}`, reason })),
    ),
    failed: results.flatMap((result) => ('error' in result ? [result] : [])),
  };
}

/** The audit's part of the configuration, for one account and region. */
export function auditPolicyFor(config: Config, scope: Scope): AuditPolicy {
  const { tags, exemptions, severities, graceSeconds } = config;
  return { tags, exemptions, severities, graceSeconds, mirror: mirrorPolicyFor(config, scope) };
}

interface Place extends Scope {
  readonly sightings: readonly Sighting[];
  readonly asked: Pick<Asked, 'instanceIds' | 'networkInterfaceIds'>;
}

interface AssessContext {
  readonly source: InventorySource;
  readonly config: Config;
  readonly also: AssessPorts;
}

async function assessPlace(
  place: Place,
  { scope, now }: AssessRequest,
  { source, config, also }: AssessContext,
): Promise<AssessedScope | Assessment['failed'][number]> {
  const { accountId, region, asked } = place;
  const at = { accountId, region };
  try {
    const policy = auditPolicyFor(config, at);
    const sightings = await withTaskInterfaces(place.sightings, policy.mirror === null ? undefined : also.tasks);
    const need: Need = scope === 'all' ? { kind: 'all' } : needOf(sightings, asked);
    const fresh = sightings.some(({ kind }) => kind === 'mirror-path-changed');
    const inventory = await source.load(at, need, { mirroring: policy.mirror !== null, ...(fresh && { fresh }) });
    const audited = await auditWithHistory({ inventory, sightings, asked, scope, now }, policy, also.ledger);
    return { scope: at, inventory, audited, sightings };
  } catch (error) {
    return { scope: at, error };
  }
}

async function placesOf(
  { scope, scopes, sightings, asked = [] }: AssessRequest,
  source: InventorySource,
): Promise<readonly Place[]> {
  const places = new Map<string, Scope>();
  for (const { accountId, region } of [
    ...sightings,
    ...asked,
    ...(scope === 'all' ? (scopes ?? (await source.scopes())) : []),
  ]) {
    places.set(scopeKey({ accountId, region }), { accountId, region });
  }
  const grouped = groupBy(sightings, scopeKey);
  const askedAt = groupBy(asked, scopeKey);
  return [...places]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, place]) => {
      const here = grouped.get(key) ?? [];
      const wanted = joinedRequests(askedAt.get(key) ?? []);
      return {
        ...place,
        sightings: here,
        asked: wanted,
      };
    });
}

function joinedRequests(asked: readonly Asked[]): Place['asked'] {
  return {
    instanceIds: asked.flatMap(({ instanceIds }) => instanceIds),
    networkInterfaceIds: asked.flatMap(({ networkInterfaceIds }) => networkInterfaceIds),
  };
}

/** A changed path may concern any session of the account, and a deleted session names no interface: both need the whole account. */
function needOf(sightings: readonly Sighting[], asked: Place['asked']): Need {
  const wide = sightings.some(
    (sighting) =>
      sighting.kind === 'mirror-path-changed' ||
      (sighting.kind === 'session-deleted' && sighting.networkInterfaceId === undefined),
  );
  if (wide) return { kind: 'all' };
  const instanceIds = new Set([...sightings.flatMap(instanceIdsOf), ...asked.instanceIds]);
  const interfaces = sightings.flatMap((sighting) => {
    if (sighting.kind === 'task-running' || sighting.kind === 'suspicion') return sighting.networkInterfaceIds;
    return 'networkInterfaceId' in sighting && sighting.networkInterfaceId !== undefined
      ? [sighting.networkInterfaceId]
      : [];
  });
  const networkInterfaceIds = new Set([...interfaces, ...asked.networkInterfaceIds]);
  return {
    kind: 'some',
    instanceIds: [...instanceIds].toSorted(),
    networkInterfaceIds: [...networkInterfaceIds].toSorted(),
  };
}

function byAccount(
  request: AssessRequest,
  { trail }: Config,
): { readonly believed: AssessRequest; readonly refused: readonly string[] } {
  if (trail.accounts.length === 0) return { believed: request, refused: [] };
  const ours = new Set(trail.accounts);
  const { asked = [], scopes } = request;
  const believed = {
    ...request,
    sightings: request.sightings.filter(({ accountId }) => ours.has(accountId)),
    asked: asked.filter(({ accountId }) => ours.has(accountId)),
    ...(scopes !== undefined && { scopes: scopes.filter(({ accountId }) => ours.has(accountId)) }),
  };
  const refused = new Set(
    request.sightings.map(({ accountId }) => accountId).filter((accountId) => !ours.has(accountId)),
  );
  return { believed, refused: [...refused].toSorted() };
}

/** A scope that failed, as an input that was not read. */
export function failureOf({ scope, error }: Assessment['failed'][number]): Rejected {
  return { path: scopeKey(scope), reason: messageOf(error) };
}
