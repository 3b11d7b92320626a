/** Which sensors on demand are ours. Their tags say so, and so may anybody's: the client token and the proof of the launch decide. */

import { type Instance, tagValue } from '../../inventory/instance.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { TrafficMirrorTarget } from '../../inventory/mirror.ts';
import type { NetworkInterface } from '../../inventory/network-interface.ts';
import { POOL_TAG } from '../destinations.ts';

/** The length of the secret in a client token, which is written in hexadecimal digits: with them the token has EC2's 64 characters at most. */
export const SECRET_BYTES = 12;

/**
 * The client token of a pool's sensor. EC2 shows it with the instance, and nobody can change it afterwards. Before the launch only readers
 * of the ledger can know its `secret`; after it, everybody who may read the account. So the token proves that we launched an instance only
 * together with a proof of the launch. Tokens of older versions have no secret.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function sensorToken(pool: string, ordinal: number, secret?: string): string {
  return `mirrorwatch-${pool}-${ordinal}${secret === undefined ? '' : `-${secret}`}`;
}

/** The pool that an instance's client token names; undefined if the token is none of a sensor's. */
export function poolOfToken({ clientToken = '' }: Pick<Instance, 'clientToken'>): string | undefined {
  return /^mirrorwatch-(.+)-\d{1,6}(?:-[0-9a-f]{24})?$/.exec(clientToken)?.[1];
}

/** True for an instance with the client token of a sensor of this pool. */
export function isSensorOf(pool: string, instance: Pick<Instance, 'clientToken'>): boolean {
  return poolOfToken(instance) === pool;
}

/** Whether we launched an instance as a sensor, and for which pool; else why that is not so or not known. */
export type SensorProof =
  | { readonly kind: 'ours'; readonly pool: string }
  | { readonly kind: 'not-ours' | 'unknown'; readonly reason: string };

/** Whether we launched the instance. Its tags decide nothing: without them it is still ours, and with them it may be anybody's. */
export function sensorProof(
  instance: Instance,
  { accountId, ours }: Pick<Inventory, 'accountId' | 'ours'>,
): SensorProof {
  const { instanceId, ownerId = accountId } = instance;
  if (ownerId !== accountId) return { kind: 'not-ours', reason: `${instanceId} belongs to account ${ownerId}` };
  const pool = poolOfToken(instance);
  if (pool === undefined)
    return { kind: 'not-ours', reason: `${instanceId} was not launched with a client token of ours` };
  if (ours?.instanceIds.has(instanceId) === true) return { kind: 'ours', pool };
  return {
    kind: 'unknown',
    reason: `${instanceId} has a client token like ours, but no answer that the ledger keeps and no CloudTrail record of RunInstances by a role of ours proves that we launched it`,
  };
}

/** A target that is behind a sensor of ours, or that carries the tag of one. */
export interface PoolTarget {
  readonly trafficMirrorTargetId: string;
  readonly proof: SensorProof;
}

/** Look-ups that say of a thing that is not in a list whether it is gone or was not read. */
export interface SensorLookUps {
  readonly instance: (instanceId: string) => Instance | 'gone' | 'unread';
  readonly networkInterface: (networkInterfaceId: string) => NetworkInterface | 'gone' | 'unread';
}

/**
 * The targets of sensors on demand, by id: those on an interface of a sensor that is proven ours, whatever their tags, and those that only
 * carry the tag. Only the first kind may get sessions.
 */
export function poolTargetsIn(inventory: Inventory, lookUps: SensorLookUps): ReadonlyMap<string, PoolTarget> {
  const found = new Map<string, PoolTarget>();
  for (const target of inventory.trafficMirrorTargets ?? []) {
    const isTagged = tagValue(target.tags, POOL_TAG) !== undefined;
    if (!isTagged && inventory.ours === undefined) continue;
    const proof = targetProof(target, inventory, lookUps);
    const { trafficMirrorTargetId } = target;
    if (isTagged || proof.kind === 'ours') found.set(trafficMirrorTargetId, { trafficMirrorTargetId, proof });
  }
  return found;
}

function targetProof(target: TrafficMirrorTarget, inventory: Inventory, lookUps: SensorLookUps): SensorProof {
  const notOurs = (reason: string): SensorProof => ({ kind: 'not-ours', reason });
  const unknown = (reason: string): SensorProof => ({ kind: 'unknown', reason });
  const { ownerId = inventory.accountId } = target;
  if (ownerId !== inventory.accountId) return notOurs(`it belongs to account ${ownerId}`);
  if (target.type !== 'network-interface') return notOurs('it is not the interface of a sensor');
  const { networkInterfaceId } = target;
  const found = lookUps.networkInterface(networkInterfaceId);
  if (found === 'unread') return unknown(`its interface ${networkInterfaceId} could not be read`);
  const instanceId = found === 'gone' ? undefined : found.attachment?.instanceId;
  if (instanceId === undefined) return notOurs(`its interface ${networkInterfaceId} is on no instance`);
  const instance = lookUps.instance(instanceId);
  if (instance === 'unread') return unknown(`${instanceId} behind it could not be read`);
  return instance === 'gone' ? notOurs(`${instanceId} behind it is gone`) : sensorProof(instance, inventory);
}

/** What a target is that carries our tag without being proven ours, as a sentence says it; undefined for any other. */
export function unprovenPoolTarget(target: PoolTarget | undefined): string | undefined {
  if (target === undefined || target.proof.kind === 'ours') return undefined;
  return `it carries our tag ${POOL_TAG}, but ${target.proof.reason}`;
}
