/** Our own messages: look again at these, after the grace. */

import type { Finding } from '../audit/finding.ts';
import type { Notification } from '../delivery/notification.ts';
import { PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Asked } from './assess.ts';

/** A message to be sent, and how long to hold it back. */
export interface Recheck {
  readonly body: string;
  readonly delaySeconds: number;
}

/** Instances in one message: far below SQS's limit of a message's size. */
const PER_MESSAGE = 200;

/**
 * Messages that bring findings back to be looked at when their grace is over. The delay is that of the youngest in the message;
 * a queue that allows less brings it back early, and it is sent again.
 */
export function rechecksOf(findings: readonly Finding[], now: Date): readonly Recheck[] {
  const pending = findings.filter(({ status, detail }) => status === 'open' && detail.pendingUntil !== undefined);
  const byPlace = new Map<string, Finding[]>();
  for (const finding of pending) byPlace.set(scopeKey(finding), [...(byPlace.get(scopeKey(finding)) ?? []), finding]);
  return [...byPlace.values()].flatMap((all) => {
    const chunks: Finding[][] = [];
    for (let at = 0; at < all.length; at += PER_MESSAGE) chunks.push(all.slice(at, at + PER_MESSAGE));
    return chunks.map((chunk) => recheckOf(chunk, now));
  });
}

function recheckOf(findings: readonly Finding[], now: Date): Recheck {
  const [{ accountId, region } = { accountId: '', region: '' }] = findings;
  const until = Math.max(...findings.map(({ detail }) => Date.parse(detail.pendingUntil ?? '') || 0));
  const instanceIds = findings
    .filter(({ resourceType }) => resourceType === 'AWS::EC2::Instance')
    .map(({ resourceId }) => resourceId);
  const networkInterfaceIds = findings
    .filter(({ resourceType }) => resourceType !== 'AWS::EC2::Instance')
    .flatMap(({ detail }) => (detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId));
  const body = {
    mirrorwatch: 'recheck',
    accountId,
    region,
    instanceIds: [...new Set(instanceIds)],
    networkInterfaceIds: [...new Set(networkInterfaceIds)],
  };
  return { body: JSON.stringify(body), delaySeconds: Math.max(0, Math.ceil((until - now.getTime()) / 1000)) };
}

/** What a message of our own asks for. Throws PipelineError `notification-unreadable` when it is none that we send. */
export function askedBy({ name, content }: Extract<Notification, { kind: 'own' }>): readonly Asked[] {
  const { accountId, region, instanceIds, networkInterfaceIds } = content;
  if (!['recheck', 'remediate'].includes(name) || typeof accountId !== 'string' || typeof region !== 'string') {
    throw new PipelineError(
      'notification-unreadable',
      `a message of our own form asks for ${JSON.stringify(name).slice(0, 80)}, which is nothing we know`,
    );
  }
  return [{ accountId, region, instanceIds: strings(instanceIds), networkInterfaceIds: strings(networkInterfaceIds) }];
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Re-checks that should have been made by now, as the ledger remembers them: for a process that was not running then. */
export async function overdueRechecks(ledger: Pick<Ledger, 'entries'>, now: Date): Promise<readonly string[]> {
  const open = await ledger.entries({ status: ['open'] });
  const overdue = open
    .map(({ finding }) => finding)
    .filter(({ detail }) => detail.pendingUntil !== undefined && Date.parse(detail.pendingUntil) <= now.getTime());
  return rechecksOf(overdue, now).map(({ body }) => body);
}
