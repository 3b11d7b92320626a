/** Instances inside reservations, which is how AWS lists them. */

import { groupBy } from '../collections.ts';
import type { Problem } from '../errors.ts';
import type { Instance } from './instance.ts';
import type { NetworkInterface } from './network-interface.ts';
import { instanceShape } from './network-shapes.ts';
import { type AwsObject, asObject, readable } from './shape.ts';

/** The instances of one reservation, with its id and requester. Adds each instance that cannot be read to `problems`. */
export function readInstances(reservation: AwsObject, path: string, problems: Problem[]): readonly Instance[] {
  const { ReservationId, RequesterId, Instances } = reservation;
  if (!Array.isArray(Instances)) {
    problems.push({ path: `${path}.Instances`, message: 'expected a list' });
    return [];
  }
  return Instances.flatMap((item: unknown, index) => {
    const at = `${path}.Instances[${index}]`;
    const instance = readable(problems, () =>
      // The reservation speaks for all its instances, unless an instance carries the fields itself.
      instanceShape.read({ ReservationId, RequesterId, ...asObject(item, at) }, at),
    );
    return instance === undefined ? [] : [instance];
  });
}

/** Instances as AWS writes them. Neighbours from one reservation share it, and the order of the instances is kept. */
export function toReservations(instances: readonly Instance[]): readonly unknown[] {
  const reservations: { ReservationId?: string; RequesterId?: string; Instances: unknown[] }[] = [];
  for (const { reservationId, requesterId, ...instance } of instances) {
    const last = reservations.at(-1);
    const written = instanceShape.write(instance);
    if (last !== undefined && last.ReservationId === reservationId && last.RequesterId === requesterId) {
      last.Instances.push(written);
    } else {
      reservations.push({
        ...(reservationId !== undefined && { ReservationId: reservationId }),
        ...(requesterId !== undefined && { RequesterId: requesterId }),
        Instances: [written],
      });
    }
  }
  return reservations;
}

/** Instances that list no interfaces get the ones attached to them: hand-made snapshots often name only the instance on the interface. */
export function withAttachedInterfaces(
  instances: readonly Instance[],
  networkInterfaces: readonly NetworkInterface[],
): readonly Instance[] {
  const byInstance = groupBy(networkInterfaces, ({ attachment }) => attachment?.instanceId);
  return instances.map((instance) => {
    const attached = byInstance.get(instance.instanceId);
    if (attached === undefined || instance.networkInterfaceIds.length > 0) return instance;
    const ordered = attached.toSorted((a, b) => deviceOrder(a) - deviceOrder(b));
    return { ...instance, networkInterfaceIds: ordered.map(({ networkInterfaceId }) => networkInterfaceId) };
  });
}

function deviceOrder({ attachment }: NetworkInterface): number {
  return (attachment?.networkCardIndex ?? 0) * 1000 + (attachment?.deviceIndex ?? 0);
}
