/** Resolves the open findings about what is gone: tasks that stopped, and what was asked for and is not in the account. */

import type { Audited } from '../../audit/audit.ts';
import {
  closedJudgement,
  type Finding,
  findingId,
  goneJudgement,
  type Judgement,
  justAfter,
  withRoles,
} from '../../audit/finding.ts';
import type { Rule } from '../../audit/rule.ts';
import { ruleOf, rulesWhere } from '../../audit/rule-book.ts';
import type { Inventory, Scope } from '../../inventory/inventory.ts';
import type { Ledger, LedgerEntry } from '../../ledger/ledger.ts';
import type { Sighting, TaskSighting } from '../../sighting/sighting.ts';
import type { ScopeRequest } from '../scope-requests.ts';
import { GONE, proofBy } from './proof.ts';

/** A look at what was asked for, and what it found. */
export interface AskedLook extends Pick<ScopeRequest, 'scope' | 'requested'> {
  readonly sightings: readonly Sighting[];
  readonly inventory: Inventory;
  readonly audited: Audited;
  readonly readAt: Date;
}

/**
 * Judgements for the open findings about tasks that stopped, by the event that says so. It is final: a task does not start again, and its
 * interface is deleted before it is stopped. A look that still showed the interface later was out of date.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
 */
export async function stoppedTasks(
  sightings: readonly Sighting[],
  ledger: Pick<Ledger, 'entries'> | undefined,
): Promise<readonly Judgement[]> {
  const stops = new Map<string, TaskSighting>();
  for (const sighting of sightings)
    if (sighting.kind === 'task-stopped')
      for (const id of findingIdsOf(sighting, resourceIdsOf(sighting), OF_TASKS)) stops.set(id, sighting);
  if (ledger === undefined || stops.size === 0) return [];
  const open = (await ledger.entries({ ids: [...stops.keys()] })).filter(isOpen);
  return open.flatMap(({ finding }) => {
    const stop = stops.get(finding.id);
    if (stop === undefined) return [];
    const after = justAfter(finding.lastSeen);
    const at = stop.eventTime > after ? stop.eventTime : after;
    const evidence = withRoles([{ ...stop.evidence, role: 'resolution' }]);
    return [{ ...goneJudgement(finding, 'the task stopped', at), evidence }];
  });
}

/**
 * Judgements for the open findings about resources that sightings or a re-check asked for and that the look did not meet: `gone` if it
 * proves that, otherwise `unknown`. Those about groups are closed if the configuration no longer judges these. The ledger is read only if
 * something that was asked for was not met.
 */
export async function goneOfAsked(
  { scope, requested, sightings, inventory, audited, readAt }: AskedLook,
  ledger: Pick<Ledger, 'entries'> | undefined,
): Promise<readonly Judgement[]> {
  const { instanceIds, networkInterfaceIds, resourceIds = [] } = requested;
  const { findings, judgements } = audited;
  const met = new Set([...findings, ...judgements].map(({ resourceId }) => resourceId));
  for (const { resourceId, interfaces } of audited.resources) {
    met.add(resourceId);
    for (const { networkInterface } of interfaces) met.add(networkInterface.networkInterfaceId);
  }
  for (const { instanceId } of inventory.instances ?? []) met.add(instanceId);
  const tasks = sightings.filter(isRunningTask);
  const asked = [...instanceIds, ...networkInterfaceIds, ...resourceIds, ...tasks.flatMap(resourceIdsOf)];
  const missing = [...new Set(asked)].filter((id) => !met.has(id));
  if (ledger === undefined || missing.length === 0) return [];
  const proof = proofBy(inventory, readAt);
  const known = await ledger.entries({ ids: findingIdsOf(scope, missing, (rule) => rule.settledBySweep) });
  return known.filter(isOpen).flatMap(({ finding }) => {
    const reason = proof(finding);
    if (reason !== GONE && isTurnedOff(finding, audited)) return [closedJudgement(finding, readAt)];
    if (reason !== undefined) return [goneJudgement(finding, reason, readAt)];
    return finding.status === 'open'
      ? [{ ...goneJudgement(finding, NOT_MET, readAt), result: 'unknown' as const }]
      : [];
  });
}

const NOT_MET = 'the account was asked for it, and neither showed it nor proved that it is gone';

/** True for a finding about a security group where these are not judged. Nothing is read of them then. */
function isTurnedOff({ rule }: Finding, { judgesGroups = false }: Audited): boolean {
  return ruleOf(rule)?.judges === 'security-group' && !judgesGroups;
}

function isOpen({ finding }: LedgerEntry): boolean {
  return finding.status !== 'resolved';
}

function isRunningTask(sighting: Sighting): sighting is TaskSighting {
  return sighting.kind === 'task-running';
}

/** The ids under which findings about a task may be: see `resourceOf`. */
function resourceIdsOf({ taskArn, attachmentArns = [], networkInterfaceIds }: TaskSighting): readonly string[] {
  return [taskArn, ...attachmentArns, ...networkInterfaceIds];
}

/** The rules that judge tasks and their interfaces. */
const OF_TASKS = ({ judges }: Rule): boolean => judges === 'mirrored-resource';

/** The ids of all findings that there may be about resources of an account by the rules that match. */
function findingIdsOf(
  { accountId, region }: Scope,
  resourceIds: readonly string[],
  matches: (rule: Rule) => boolean,
): readonly string[] {
  const rules = rulesWhere(matches);
  return resourceIds.flatMap((resourceId) => rules.map((rule) => findingId(rule, accountId, region, resourceId)));
}
