/** The snapshot file: accounts as the AWS CLI describes them, read into inventories and written from them. */

import { groupBy } from '../collections.ts';
import { PipelineError, type Problem } from '../errors.ts';
import type { Inventory } from './inventory.ts';
import { readInstances, toReservations, withAttachedInterfaces } from './reservations.ts';
import { type AwsObject, asObject, id, readable, text, time } from './shape.ts';
import { KNOWN_KEYS, LIST_FORMS, type ListForm, type ListName, type Unread, unreadOf } from './snapshot-lists.ts';

/** The schema name that every snapshot carries. */
export const SNAPSHOT_SCHEMA = 'mirrorwatch.account/1';

/** What was read from a snapshot. */
export interface Snapshot {
  /** When the account was read; absent in a file that does not say. */
  readonly readAt?: Date | undefined;
  readonly inventories: readonly Inventory[];
  /** Every item that could not be read, with its JSON path (`regions[0].NetworkInterfaces[3].SubnetId`). */
  readonly problems: readonly Problem[];
}

/**
 * Reads the inventories of a snapshot; `source` names it in errors. An unreadable value becomes a problem with its JSON path, and
 * the rest is kept. A list that is absent or `null` stays unknown (undefined). A list that lost an item is `incomplete`, or `unread`
 * where the missing item could change an answer. Throws PipelineError `snapshot-invalid` when `json` is not a snapshot.
 */
export function parseSnapshot(json: unknown, source: string): Snapshot {
  const document = documentOf(json, source);
  const problems: Problem[] = [];
  const readAt = readable(problems, () => readTime(document.readAt));
  const inventories: Inventory[] = [];
  for (const [index, region] of document.regions.entries()) {
    const inventory = readable(problems, () => readRegion(region, `regions[${index}]`, problems));
    if (inventory === undefined) continue;
    if (inventories.some((other) => other.accountId === inventory.accountId && other.region === inventory.region)) {
      const message = `${inventory.accountId} ${inventory.region} is described twice; the first description is used`;
      problems.push({ path: `regions[${index}]`, message });
    } else inventories.push(inventory);
  }
  return { readAt, inventories, problems };
}

/** The inverse of `parseSnapshot`: a document for JSON.stringify, in the order of the inventories. */
export function toSnapshot(
  inventories: readonly Inventory[],
  readAt?: Date | undefined,
): { readonly schema: string; readonly readAt?: string; readonly regions: readonly unknown[] } {
  const regions = inventories.map(toRegion);
  return readAt === undefined
    ? { schema: SNAPSHOT_SCHEMA, regions }
    : { schema: SNAPSHOT_SCHEMA, readAt: readAt.toISOString(), regions };
}

function documentOf(json: unknown, source: string): { readonly regions: readonly unknown[]; readonly readAt: unknown } {
  const document = typeof json === 'object' && json !== null ? (json as AwsObject) : {};
  if (document.schema !== SNAPSHOT_SCHEMA || !Array.isArray(document.regions)) {
    const expected = `an object with "schema": "${SNAPSHOT_SCHEMA}" and a list "regions"`;
    const message = `${source} is not an account snapshot: expected ${expected}`;
    throw new PipelineError('snapshot-invalid', message, { path: source });
  }
  return { regions: document.regions, readAt: document.readAt };
}

function readTime(value: unknown): Date | undefined {
  return value === undefined || value === null ? undefined : time.read(value, 'readAt');
}

function readRegion(value: unknown, path: string, problems: Problem[]): Inventory {
  const region = asObject(value, path);
  const lists: Record<string, unknown> = {};
  const unread: Record<string, string> = { ...reasonsAt(region, 'unread', path) };
  const incomplete: Record<string, string> = { ...reasonsAt(region, 'incomplete', path) };

  const readList = (name: string, form: Pick<ListForm<unknown>, 'key' | 'onUnreadable'>, read: ItemReader): void => {
    const list = region[form.key];
    if (list === undefined || list === null) return;
    const found: Problem[] = [];
    const items = Array.isArray(list)
      ? list.flatMap((item, index) => read(item, `${path}.${form.key}[${index}]`, found))
      : undefined;
    if (items === undefined) found.push({ path: `${path}.${form.key}`, message: 'expected a list' });
    problems.push(...found);
    const reason = found[0] && `${found.length} of it could not be read, first ${found[0].path}: ${found[0].message}`;
    if (reason !== undefined && (items === undefined || form.onUnreadable === 'drop')) unread[name] = reason;
    else {
      lists[name] = items;
      if (reason !== undefined && form.onUnreadable !== 'skip') incomplete[name] = reason;
    }
  };

  readList('instances', { key: 'Reservations', onUnreadable: 'keep' }, (item, at, found) => {
    const reservation = readable(found, () => asObject(item, at));
    return reservation === undefined ? [] : readInstances(reservation, at, found);
  });
  for (const [name, form] of LIST_FORMS) {
    readList(name, form, (item, at, found) => {
      const read = readable(found, () => form.shape.read(item, at));
      return read === undefined ? [] : [read];
    });
  }
  problems.push(...misspelledKeys(region, path));
  return {
    accountId: id.read(region.accountId, `${path}.accountId`),
    region: id.read(region.region, `${path}.region`),
    ...withAttachments(lists as Pick<Inventory, ListName>),
    ...reasonsByUse(unread),
    ...(Object.keys(incomplete).length > 0 && { incomplete }),
  };
}

/** The reasons apart by what needs the lists, so that nothing else takes the inventory for incomplete. */
function reasonsByUse(reasons: Readonly<Record<string, string>>): Unread {
  const uses = groupBy(Object.entries(reasons), ([name]) => unreadOf(name));
  return Object.fromEntries([...uses].map(([use, entries]) => [use, Object.fromEntries(entries)]));
}

type ItemReader = (item: unknown, path: string, problems: Problem[]) => readonly unknown[];

function withAttachments(lists: Pick<Inventory, ListName>): Pick<Inventory, ListName> {
  const { instances, networkInterfaces } = lists;
  if (instances === undefined || networkInterfaces === undefined) return lists;
  return { ...lists, instances: withAttachedInterfaces(instances, networkInterfaces) };
}

/** Without this, `networkinterfaces` for `NetworkInterfaces` would silently mean an absent list. Other unknown keys are the user's own. */
function misspelledKeys(region: AwsObject, path: string): readonly Problem[] {
  return Object.keys(region).flatMap((key) => {
    const known = KNOWN_KEYS.get(key.toLowerCase());
    if (known === undefined || known === key) return [];
    return [{ path: `${path}.${key}`, message: `is ignored: the key is written ${known}` }];
  });
}

function reasonsAt(region: AwsObject, key: string, path: string): Readonly<Record<string, string>> {
  const reasons = region[key];
  if (reasons === undefined || reasons === null) return {};
  const entries = Object.entries(asObject(reasons, `${path}.${key}`));
  return Object.fromEntries(entries.map(([name, reason]) => [name, text.read(reason, `${path}.${key}.${name}`)]));
}

function toRegion(inventory: Inventory): Record<string, unknown> {
  const { accountId, region, instances, partial } = inventory;
  const into: Record<string, unknown> = { accountId, region };
  if (instances !== undefined) into.Reservations = toReservations(instances);
  const lists = inventory as unknown as Readonly<Record<string, readonly unknown[] | undefined>>;
  for (const [name, { key, shape }] of LIST_FORMS) {
    const items = lists[name];
    if (items !== undefined) into[key] = items.map((item) => shape.write(item));
  }
  const onlyRequested = 'only what was requested is in it';
  const incomplete = {
    ...(partial !== undefined && { instances: onlyRequested, networkInterfaces: onlyRequested }),
    ...inventory.incomplete,
  };
  const unread = { ...inventory.unread, ...inventory.unreadForCauses, ...inventory.unreadForHealth };
  if (Object.keys(unread).length > 0) into.unread = unread;
  if (Object.keys(incomplete).length > 0) into.incomplete = incomplete;
  return into;
}
