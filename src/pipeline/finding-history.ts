/** Audits with the ledger's knowledge: which interfaces AWS refused, and which source a deleted session had. */

import { type Audited, type AuditInput, type AuditPolicy, audit } from '../audit/audit.ts';
import { type Finding, goneJudgement } from '../audit/finding.ts';
import { type DeletedFrom, unexplainedDeletions } from '../audit/touched-interfaces.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Ledger, LedgerEntry } from '../ledger/ledger.ts';
import { isTaskInterface } from '../mirror/eligibility.ts';
import {
  allTasksFinding,
  allTasksOf,
  coveredByAllTasks,
  type Refusal,
  refusalsIn,
  rememberRefusals,
  taskRefusalIn,
} from '../remediation/refused-interfaces.ts';

/**
 * Audits, and audits again if the ledger knows something that changes the result. Only the histories of open findings are read,
 * so an account in order costs nothing. Where AWS refuses the interfaces of tasks, one muted finding stands for all of them.
 */
export async function auditWithHistory(
  input: AuditInput,
  policy: AuditPolicy,
  ledger: Pick<Ledger, 'entries'> | undefined,
): Promise<Audited> {
  const first = audit(input, policy);
  const open = first.findings.filter(({ rule, status }) => rule === 'instance-unmirrored' && status === 'open');
  if (ledger === undefined || first.account === null || open.length === 0) return first;
  const { inventory, sightings, now } = input;
  const allTasksId = allTasksOf(inventory).id;
  const ids = open.map(({ id }) => id);
  const withTasks = open.some(({ resourceType }) => resourceType === 'AWS::ECS::Task');
  const entries = await ledger.entries({ ids: withTasks ? [...ids, allTasksId] : ids });
  const known = new Map(entries.map((entry) => [entry.finding.id, entry]));
  const refusals = entries.flatMap(({ finding }) => refusalsIn(finding, inventory, now));
  const ofTasks = taskRefusalIn(known.get(allTasksId)?.finding, now);
  const unsupported = unsupportedInterfaces(refusals, ofTasks, inventory);
  const deleted = unexplainedDeletions(sightings, first.account);
  if (unsupported.size === 0 && deleted.length === 0) return first;
  const deletedFrom: DeletedFrom = new Map(
    deleted.map(({ trafficMirrorSessionId: id = '', eventTime }) => [id, sourcesThatLost(id, eventTime, open, known)]),
  );
  const second = audit({ ...input, unsupported, deletedFrom }, policy);
  const findings = second.findings.map((finding) => rememberRefusals(finding, refusals));
  if (ofTasks === undefined) return { ...second, findings };
  const covered = findings.filter(isMutedTask);
  return {
    ...second,
    findings: [
      ...findings.filter((finding) => !isMutedTask(finding)),
      allTasksFinding(inventory, ofTasks, { severities: policy.severities, now }),
    ],
    judgements: [
      ...second.judgements,
      ...covered.map((finding) => goneJudgement(finding, coveredByAllTasks(inventory))),
    ],
  };
}

/** The interfaces that AWS refused, with the reason; every task's if tasks are refused as such. */
function unsupportedInterfaces(
  refusals: readonly Refusal[],
  ofTasks: Refusal | undefined,
  { networkInterfaces = [] }: Inventory,
): ReadonlyMap<string, string> {
  const single = refusals.map(({ networkInterfaceId, reason }) => [networkInterfaceId, reason] as const);
  const tasks =
    ofTasks === undefined
      ? []
      : networkInterfaces
          .filter(isTaskInterface)
          .map(({ networkInterfaceId }) => [networkInterfaceId, ofTasks.reason] as const);
  return new Map([...single, ...tasks]);
}

function isMutedTask({ rule, status, resourceType }: Finding): boolean {
  return rule === 'instance-unmirrored' && status === 'muted' && resourceType === 'AWS::ECS::Task';
}

/**
 * The sources that may have lost a deleted session: those whose finding says we created that session for them, otherwise those
 * that had no finding open before the deletion.
 */
function sourcesThatLost(
  sessionId: string,
  deletedAt: Date,
  open: readonly Finding[],
  known: ReadonlyMap<string, LedgerEntry>,
): readonly string[] {
  const certain = open.filter(({ id }) => known.get(id)?.finding.remediation?.trafficMirrorSessionId === sessionId);
  const possible = open.filter(({ id }) => {
    const entry = known.get(id);
    return entry === undefined || entry.finding.status === 'resolved' || entry.openedAt >= deletedAt;
  });
  return (certain.length > 0 ? certain : possible).flatMap(({ detail }) =>
    (detail.interfaces ?? [])
      .filter(({ verdict }) => verdict === 'missing' || verdict === 'rogue')
      .map(({ networkInterfaceId }) => networkInterfaceId),
  );
}
