/** The middle of the walk: what was sighted is judged against the account as it is now, each account and region on its own. */

import pLimit from 'p-limit';
import type { Audited, AuditPolicy } from '../audit/audit.ts';
import { auditCalls } from '../audit/calls/audit-calls.ts';
import { exempt } from '../audit/exemptions.ts';
import type { Finding, Judgement } from '../audit/finding.ts';
import { foreignAccountFinding } from '../audit/log-integrity.ts';
import { withSeenBecause } from '../audit/seen/seen-because.ts';
import { groupBy } from '../collections.ts';
import { mirrorPolicyFor } from '../config/mirroring-config.ts';
import type { Config } from '../config.ts';
import { messageOf } from '../errors.ts';
import { type Inventory, type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { ChangeLog } from '../ledger/change-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { healthPolicyOf } from '../mirror/policy.ts';
import type { LaunchLog } from '../remediation/sensors/launch-log.ts';
import type { Rejected } from '../report/report.ts';
import { isCallSighting, type Sighting } from '../sighting/sighting.ts';
import { auditWithHistory } from './finding-history.ts';
import { unreadLists } from './gaps/unread-lists.ts';
import { goneOfAsked, stoppedTasks } from './gone/gone.ts';
import { withRenamedUsers } from './gone/renamed-users.ts';
import { withWithdrawnCalls } from './gone/withdrawn-calls.ts';
import { withRecordedCauses } from './history/recorded-causes.ts';
import { withRecordedResolutions } from './history/recorded-resolutions.ts';
import { look } from './looks/look.ts';
import { withOmittedLaunches } from './looks/omitted-launches.ts';
import { type OmittedRecords, omittedRecords, omittedRecordsIn } from './looks/omitted-records.ts';
import type { OwnCallers } from './looks/own-callers.ts';
import { withoutOwnCalls } from './looks/own-calls.ts';
import { withOurs } from './proof/proof.ts';
import { withSessionTimes } from './proof/session-times.ts';
import { relevantSightings, type TaskSource, withTaskInterfaces } from './relevant-sightings.ts';
import { type AssessRequest, requestsByScope, type ScopeRequest, splitByTrust } from './scope-requests.ts';

export type { AssessRequest, RequestedResources } from './scope-requests.ts';

/** The result for one account and region. */
export interface AssessedScope {
  readonly scope: Scope;
  readonly inventory: Inventory;
  readonly audited: Audited;
  /** When the account was read: what it shows is so then. */
  readonly readAt: Date;
  /** The relevant sightings in this scope. */
  readonly sightings?: readonly Sighting[] | undefined;
  /** Records that could not be judged, because CloudTrail omitted parts of them. @default none */
  readonly omitted?: readonly OmittedRecords[] | undefined;
}

/** Ports that make an assessment more exact. */
export interface AssessPorts {
  /**
   * Remembers which interfaces AWS refused, which session belonged to which source, what calls of earlier runs changed, and by which
   * policies accounts were judged. Without it, any source without a session may have lost a deleted one, and fewer causes are proven.
   */
  readonly ledger?: (Pick<Ledger, 'entries'> & ChangeLog & Partial<LaunchLog>) | undefined;
  readonly tasks?: TaskSource | undefined;
}

/** The results for all accounts and regions. */
export interface Assessment {
  readonly scopes: readonly AssessedScope[];
  /** Findings of all scopes, and those about foreign accounts. */
  readonly findings: readonly Finding[];
  readonly judgements: readonly Judgement[];
  /** Lists of the accounts that could not be read. */
  readonly unread: readonly Rejected[];
  /** Records that could not be judged, because CloudTrail omitted parts of them. */
  readonly omitted: readonly OmittedRecords[];
  /** Scopes that could not be judged. The messages about them must not be acknowledged. */
  readonly failed: readonly FailedScope[];
}

/** An account and region that could not be judged, and why. */
export interface FailedScope {
  readonly scope: Scope;
  readonly error: unknown;
}

/** How many accounts are read at the same time: enough to hide latency, few enough for every account's rate limits. */
const SCOPES_AT_ONCE = 8;

/**
 * Judges what was sighted, or complete accounts. A fault in one account or region is reported in `failed` and does not affect the
 * others. An account that the configuration does not list gets a finding, and nothing in it is read.
 */
export async function assess(
  request: AssessRequest,
  source: InventorySource,
  config: Config,
  ports: AssessPorts = {},
): Promise<Assessment> {
  const { severities, exemptions } = config;
  const { writerRoleArn, callerArn } = request;
  const callers = { assumeRole: config.assumeRole, writerRoleArn, callerArn };
  const onAccounts = request.sightings.filter((sighting) => !isCallSighting(sighting));
  const toJudge = await withoutOwnCalls(relevantSightings(onAccounts), callers, ports.ledger);
  const relevant = { ...request, sightings: toJudge };
  const { trusted } = splitByTrust(relevant, config.trail.accounts);
  const judged = { ...request, sightings: [...toJudge, ...request.sightings.filter(isCallSighting)] };
  const { foreignAccounts } = splitByTrust(judged, config.trail.accounts);
  const requests = await requestsByScope(trusted, source);
  const limit = pLimit(SCOPES_AT_ONCE);
  // Our own calls need no look, but without them a person's deletion of our session proves nothing.
  const recorded = groupBy(request.sightings, scopeKey);
  const toKeep = splitByTrust(request, config.trail.accounts).trusted.sightings;
  if (toKeep.length > 0) await ports.ledger?.keep(toKeep, request.now);
  const results = await Promise.all(
    requests.map((one) =>
      limit(() =>
        assessScope(one, trusted, {
          ...{ source, config, ports, callers },
          recorded: recorded.get(scopeKey(one.scope)) ?? [],
        }),
      ),
    ),
  );
  const scopes = results.flatMap((result) => ('audited' in result ? [result] : []));
  const { rules, iamUserAfterHours } = config.watch;
  const policy = { rules: rules.rules, iamUserAfterHours };
  const context = { severities, exemptions, now: request.now };
  const calls = auditCalls(toKeep, policy, context);
  const known = await withRenamedUsers(calls, ports.ledger, context);
  const answers = await withWithdrawnCalls(known, request.withdrawn ?? [], ports.ledger);
  return {
    scopes,
    findings: [
      ...scopes.flatMap(({ audited }) => audited.findings),
      ...foreignAccounts.map((accountId) =>
        exempt(
          foreignAccountFinding(accountId, request.sightings, { severities, now: request.now }),
          { tags: [] },
          exemptions,
          request.now,
        ),
      ),
      ...answers.findings,
    ],
    judgements: [
      ...scopes.flatMap(({ audited }) => audited.judgements),
      ...(await stoppedTasks(toKeep, ports.ledger)),
      ...answers.judgements,
    ],
    unread: scopes.flatMap((one) => unreadLists(one, request.scope)),
    omitted: [...scopes.flatMap(({ omitted = [] }) => omitted), ...omittedRecords(calls.undecided)],
    failed: results.flatMap((result) => ('error' in result ? [result] : [])),
  };
}

/** The part of the configuration that the audit of one account and region uses. */
export function auditPolicyFor(config: Config, scope: Scope): AuditPolicy {
  const { tags, exemptions, severities, graceSeconds, watch } = config;
  return {
    tags,
    exemptions,
    severities,
    graceSeconds,
    mirror: mirrorPolicyFor(config, scope),
    openGroups: watch.securityGroupOpen,
  };
}

interface AssessContext {
  readonly source: InventorySource;
  readonly config: Config;
  readonly ports: AssessPorts;
  readonly callers: OwnCallers;
  /** Every sighting of the scope. */
  readonly recorded: readonly Sighting[];
}

async function assessScope(
  one: ScopeRequest,
  { scope: breadth, now, clock, older, fresh, metrics: isWanted = false }: AssessRequest,
  { source, config, ports, callers, recorded }: AssessContext,
): Promise<AssessedScope | FailedScope> {
  const { scope, requested } = one;
  try {
    const policy = auditPolicyFor(config, scope);
    const mirroring = policy.mirror !== null;
    const metrics = isWanted && policy.mirror !== null && healthPolicyOf(policy.mirror).read;
    const sighted = await withTaskInterfaces(one.sightings, mirroring ? ports.tasks : undefined);
    const { inventory: read, readAt } = await look(
      { ...one, sightings: sighted },
      { source, breadth, mirroring, metrics, groups: policy.openGroups !== null, now, clock, fresh },
    );
    const { ledger } = ports;
    const withProof = await withOurs(read, policy.mirror, { recorded, callers, ledger, now });
    const inventory = await withSessionTimes(withProof, policy.mirror, { recorded, ledger });
    const { sightings, unfound } = withOmittedLaunches(sighted, inventory);
    const auditInput = { inventory, sightings, requested, scope: breadth, now, readAt };
    const audited = await auditWithHistory(auditInput, policy, ports.ledger);
    // The causes replace the evidence, which says what made us look.
    const seen = withSeenBecause(audited.findings, { ...auditInput, account: audited.account });
    const input = { inventory, sightings: recorded, policy, older: older?.get(scopeKey(scope)) };
    const findings = await withRecordedCauses(seen, input, ports.ledger);
    const complete = breadth === 'all';
    const judgements = await withRecordedResolutions(audited.judgements, input, ports.ledger, { complete });
    const omitted = omittedRecordsIn({ sightings, unfound, inventory, audited });
    const asked = { scope, requested, sightings, inventory, audited, readAt };
    // A sweep asks the ledger for everything that is open.
    const gone = complete ? [] : await goneOfAsked(asked, ports.ledger);
    const all = { ...audited, findings, judgements: [...judgements, ...gone] };
    return { scope, inventory, audited: all, readAt, sightings, omitted };
  } catch (error) {
    return { scope, error };
  }
}

/** A scope that failed, in the form of an input that could not be read. */
export function failureOf({ scope, error }: FailedScope): Rejected {
  return { path: scopeKey(scope), reason: messageOf(error), of: 'account' };
}
