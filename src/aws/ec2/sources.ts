/** Reads mirror sources: the instances and interfaces that a caller asked for, and those behind targets. */

import { uniqueBy } from '../../collections.ts';
import { AwsCallError } from '../../errors.ts';
import type { Need } from '../../inventory/load-inventory.ts';
import { type Ec2Lists, FILTER_VALUES, type Item } from './describe.ts';
import type { ScopeReader } from './scope-reader.ts';
import type { TargetRefs } from './shared-targets.ts';
import type { RegionAnswers } from './to-inventory.ts';

/** With more ids than this a list is read in full: a filter takes 200 ids, and one page returns 1,000 items. */
const MANY_IDS = 1000;

/** The requested sources, and always the interfaces and instances behind targets. */
export async function readSources(reader: ScopeReader, need: Need, targets: TargetRefs): Promise<RegionAnswers> {
  const { ec2, collect } = reader;
  if (need.kind === 'all' || need.instanceIds.length + need.networkInterfaceIds.length > MANY_IDS) {
    return collect({ Reservations: ec2.reservations(), NetworkInterfaces: ec2.networkInterfaces() });
  }
  const whole = await wholeIfOnePage(need, reader);
  const { NetworkInterfaces } = await collect({
    NetworkInterfaces: whole.interfaces ?? namedInterfaces(ec2, need, targets),
  });
  const instanceIds = [...need.instanceIds, ...attachedInstances(NetworkInterfaces ?? [])];
  const siblings = whole.interfaces === undefined ? await siblingsOf(NetworkInterfaces ?? [], need, reader) : [];
  const { Reservations } = await collect({
    Reservations: whole.reservations ?? ec2.reservations({ name: 'instance-id', values: instanceIds }),
  });
  const all = NetworkInterfaces && uniqueInterfaces([...NetworkInterfaces, ...siblings]);
  return { ...(all && { NetworkInterfaces: all }), ...(Reservations && { Reservations }) };
}

/** The lists that a single call returns in full. */
interface WholeLists {
  readonly interfaces?: Promise<readonly Item[]> | undefined;
  readonly reservations?: Promise<readonly Item[]> | undefined;
}

/**
 * All interfaces and instances of an account that has no more of them than a page, if the ids that are needed would take several calls.
 * A larger account is read by ids, after these two calls.
 */
async function wholeIfOnePage(
  { instanceIds, networkInterfaceIds }: Extract<Need, { kind: 'some' }>,
  { ec2 }: ScopeReader,
): Promise<WholeLists> {
  if (Math.max(instanceIds.length, networkInterfaceIds.length) <= FILTER_VALUES) return {};
  const [interfaces, reservations] = await Promise.all([
    unlessRefused(ec2.pageOfInterfaces()),
    unlessRefused(ec2.pageOfReservations()),
  ]);
  return {
    interfaces: interfaces && Promise.resolve(interfaces),
    reservations: reservations && Promise.resolve(reservations),
  };
}

/** Undefined for a refused call: the read by ids is refused too, and notes it. */
async function unlessRefused<T>(page: Promise<T>): Promise<T | undefined> {
  try {
    return await page;
  } catch (fault) {
    if (!(fault instanceof AwsCallError) || fault.retryable) throw fault;
    return undefined;
  }
}

async function namedInterfaces(
  ec2: Ec2Lists,
  need: Extract<Need, { kind: 'some' }>,
  targets: TargetRefs,
): Promise<readonly Item[]> {
  const lists = await Promise.all([
    ec2.networkInterfaces({ name: 'attachment.instance-id', values: need.instanceIds }),
    ec2.networkInterfaces({
      name: 'network-interface-id',
      values: [...need.networkInterfaceIds, ...targets.networkInterfaceIds],
    }),
    ec2.networkInterfaces({ name: 'description', values: targets.interfaceDescriptions }),
  ]);
  return uniqueInterfaces(lists.flat());
}

/** The other interfaces of instances that were requested by one interface: an instance is judged by all of them. */
async function siblingsOf(
  found: readonly Item[],
  { networkInterfaceIds, instanceIds }: Extract<Need, { kind: 'some' }>,
  { ec2, collect }: ScopeReader,
): Promise<readonly Item[]> {
  const named = found.filter((each) =>
    networkInterfaceIds.includes((each as { NetworkInterfaceId?: string }).NetworkInterfaceId ?? ''),
  );
  const others = attachedInstances(named).filter((id) => !instanceIds.includes(id));
  if (others.length === 0) return [];
  const { NetworkInterfaces = [] } = await collect({
    NetworkInterfaces: ec2.networkInterfaces({ name: 'attachment.instance-id', values: others }),
  });
  return NetworkInterfaces;
}

/** The requested instances. */
export function readInstances(ec2: Ec2Lists, need: Need): Promise<readonly Item[]> {
  const isFullRead = need.kind === 'all' || need.instanceIds.length > MANY_IDS;
  return ec2.reservations(isFullRead ? undefined : { name: 'instance-id', values: need.instanceIds });
}

function attachedInstances(interfaces: readonly Item[]): readonly string[] {
  return interfaces.flatMap((each) => (each as { Attachment?: { InstanceId?: string } }).Attachment?.InstanceId ?? []);
}

function uniqueInterfaces(interfaces: readonly Item[]): readonly Item[] {
  return uniqueBy(interfaces, (each) => (each as { NetworkInterfaceId?: string }).NetworkInterfaceId);
}
