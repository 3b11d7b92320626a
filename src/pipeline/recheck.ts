/** Re-checks: findings that are checked again when their grace period ends. */

import type { Finding } from '../audit/finding.ts';
import { groupBy } from '../collections.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { recheckMessage } from './own-messages.ts';

/** A message to be sent, and how long to delay it. */
export interface Recheck {
  readonly body: string;
  readonly delaySeconds: number;
}

/** Findings in one message: far below SQS's limit on a message's size. */
const PER_MESSAGE = 200;

/**
 * The messages that ask for open findings to be checked again when their grace period ends. A message is delayed for the youngest finding in
 * it. A queue that allows less delivers it early, and it is sent again.
 */
export function rechecksOf(findings: readonly Finding[], now: Date): readonly Recheck[] {
  const pending = findings.filter(({ status, detail }) => status === 'open' && detail.pendingUntil !== undefined);
  return [...groupBy(pending, scopeKey).values()].flatMap((ofScope) =>
    pagesOf(ofScope).flatMap((page) => recheckOf(page, now)),
  );
}

function pagesOf(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const count = Math.ceil(findings.length / PER_MESSAGE);
  return Array.from({ length: count }, (_, page) => findings.slice(page * PER_MESSAGE, (page + 1) * PER_MESSAGE));
}

function recheckOf(findings: readonly Finding[], now: Date): readonly Recheck[] {
  const [first] = findings;
  if (first === undefined) return [];
  const isInstance = ({ resourceType }: Finding): boolean => resourceType === 'AWS::EC2::Instance';
  const instanceIds = findings.filter(isInstance).map(({ resourceId }) => resourceId);
  const networkInterfaceIds = findings
    .filter((finding) => !isInstance(finding))
    .flatMap(({ detail }) => (detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId));
  const resourceIds = findings.filter((finding) => !isInstance(finding)).map(({ resourceId }) => resourceId);
  const until = Math.max(...findings.map(({ detail }) => Date.parse(detail.pendingUntil ?? '') || 0));
  const body = recheckMessage({
    accountId: first.accountId,
    region: first.region,
    instanceIds: [...new Set(instanceIds)],
    networkInterfaceIds: [...new Set(networkInterfaceIds)],
    ...(resourceIds.length > 0 && { resourceIds: [...new Set(resourceIds)] }),
  });
  return [{ body, delaySeconds: Math.max(0, Math.ceil((until - now.getTime()) / 1000)) }];
}

/** Re-checks that are overdue by the ledger: for a process that was not running when they were due. */
export async function overdueRechecks(ledger: Pick<Ledger, 'entries'>, now: Date): Promise<readonly string[]> {
  const open = await ledger.entries({ status: ['open'] });
  const overdue = open
    .map(({ finding }) => finding)
    .filter(({ detail }) => detail.pendingUntil !== undefined && Date.parse(detail.pendingUntil) <= now.getTime());
  return rechecksOf(overdue, now).map(({ body }) => body);
}
