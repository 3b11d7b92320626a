/** What the ledger knows of findings: which interfaces AWS refused, which source a deleted session had, and since when they are open. */

import { type Audited, type AuditInput, type AuditPolicy, audit } from '../audit/audit.ts';
import { type DeletedFrom, unexplainedDeletions } from '../audit/mirroring/touched-interfaces.ts';
import type { ChangeLog } from '../ledger/change-log.ts';
import { sourcesThatLost } from '../ledger/deleted-sessions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import {
  allTasksOf,
  coverTasks,
  refusalsIn,
  rememberRefusals,
  taskRefusalIn,
  unsupportedInterfaces,
} from '../remediation/refused-interfaces.ts';
import { groupsBefore } from './history/groups-before.ts';

/**
 * Audits, and audits again if the ledger knows something that changes the result. Only the histories of open findings are read,
 * so an account in order costs nothing; and where security groups were not read, what is known of those that records name. Where AWS
 * refuses the interfaces of tasks, one muted finding stands for all of them.
 */
export async function auditWithHistory(
  given: AuditInput,
  policy: AuditPolicy,
  ledger: (Pick<Ledger, 'entries'> & Pick<ChangeLog, 'about'>) | undefined,
): Promise<Audited> {
  const input = { ...given, groupsBefore: await groupsBefore(given, policy, ledger) };
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
  const covered = ofTasks === undefined ? [] : [{ scope: inventory, refusal: ofTasks }];
  return { ...second, ...coverTasks({ ...second, findings }, covered, { severities: policy.severities, now }) };
}

/** Since when findings have been open without a break, by id. One that the ledger does not know as open is missing. */
export async function openSince(
  ids: readonly string[],
  ledger: Pick<Ledger, 'entries'>,
): Promise<ReadonlyMap<string, Date>> {
  if (ids.length === 0) return new Map();
  const entries = await ledger.entries({ ids });
  const open = entries.filter(({ finding }) => finding.status !== 'resolved');
  return new Map(open.map(({ finding, openedAt }) => [finding.id, openedAt]));
}
