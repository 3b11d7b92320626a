/** The local world's account: a snapshot file that is only read, and a copy of it with the changes. */

import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf, PipelineError, type Problem } from '../../errors.ts';
import { type Inventory, scopeKey } from '../../inventory/inventory.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import { trafficMirrorSessionShape, trafficMirrorTargetShape } from '../../inventory/mirror-shapes.ts';
import { instanceShape, networkInterfaceShape } from '../../inventory/network-shapes.ts';
import { asObject, type Shape } from '../../inventory/shape.ts';
import { parseSnapshot, type Snapshot } from '../../inventory/snapshot.ts';
import type { MirrorWriter } from '../../remediation/apply-plan.ts';
import type { SensorLauncher } from '../../remediation/sensors/sensor-launcher.ts';
import { AWS_LIMITS, type Limits } from './mirror-quotas.ts';
import { simulateAccount } from './simulated-account.ts';

/** The ports on a snapshot file. */
export interface SnapshotAccount {
  readonly source: InventorySource;
  readonly writer: MirrorWriter;
  readonly launcher: SensorLauncher;
  /** When the account was read, if the file says so. */
  readonly readAt?: Date | undefined;
  /** The parts of the file that could not be read, by JSON path. */
  readonly problems: readonly Problem[];
  /** True if the account resumed from an earlier copy. */
  readonly continued: boolean;
  /** Resolves when every change is in the copy. Throws PipelineError `output-failed` if it could not be written. */
  close(): Promise<void>;
}

export interface SnapshotAccountOptions {
  /**
   * Where to write the changed copy. Without it, changes are kept in memory only. If the file already holds a copy of the same
   * snapshot, the account resumes from it; any other file is replaced at the first change.
   */
  readonly savePath?: string | undefined;
  /** The limits to enforce. @default AWS's */
  readonly limits?: Limits | undefined;
}

/** A snapshot as JSON. In a copy, `copyOf` is the SHA-256 of the original file. */
interface SnapshotDocument {
  readonly copyOf?: unknown | undefined;
  readonly regions: readonly Record<string, unknown>[];
}

/**
 * Opens a snapshot file as an account. The file itself never changes. Throws PipelineError `snapshot-invalid` if it is missing or
 * not a snapshot, and `usage` if the copy would overwrite it. Only one process should write a copy: the last one to write wins.
 */
export async function openSnapshotAccount(
  path: string,
  options: SnapshotAccountOptions = {},
): Promise<SnapshotAccount> {
  const { savePath, limits = AWS_LIMITS } = options;
  if (savePath !== undefined && resolve(savePath) === resolve(path)) {
    throw new PipelineError('usage', `${path}: save the changed account to another file than the snapshot itself`, {
      path,
    });
  }
  const original = await readSnapshot(path);
  const copyOf = createHash('sha256').update(original.text).digest('hex');
  const copy = savePath === undefined ? undefined : await readCopy(savePath, copyOf);
  const { snapshot, document } = copy ?? original;

  let unsaved = false;
  let saving: Promise<void> | undefined;
  let failure: unknown;
  const save = async (target: string): Promise<void> => {
    while (unsaved) {
      unsaved = false;
      const regions = changedRegions(document, snapshot.inventories, account.inventories());
      await writeAtomically(target, `${JSON.stringify({ ...document, copyOf, regions }, null, 2)}\n`);
    }
  };
  const account = simulateAccount(snapshot.inventories, {
    ...limits,
    now: () => new Date(),
    // Saved in the background, so a burst of changes needs only a few writes.
    onChange: () => {
      if (savePath === undefined) return;
      unsaved = true;
      saving ??= save(savePath)
        .catch((error: unknown) => {
          failure = error;
        })
        .finally(() => {
          saving = undefined;
        });
    },
  });
  return {
    source: account.source,
    writer: account.writer,
    launcher: account.launcher,
    readAt: snapshot.readAt,
    problems: snapshot.problems,
    continued: copy !== undefined,
    async close() {
      await saving;
      if (failure === undefined) return;
      const message = `${savePath}: the changed account could not be written: ${messageOf(failure)}`;
      throw new PipelineError('output-failed', message, { cause: failure, path: savePath });
    },
  };
}

interface ReadSnapshot {
  readonly text: string;
  readonly document: SnapshotDocument;
  readonly snapshot: Snapshot;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder; name the JSON file with the answers of EC2, such as account.json',
  EACCES: 'permission denied',
};

async function readSnapshot(path: string): Promise<ReadSnapshot> {
  let text: string;
  let json: unknown;
  try {
    text = await readFile(path, 'utf8');
    json = JSON.parse(text);
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    const why = UNREADABLE[code] ?? messageOf(cause);
    const message = `${path}: the account snapshot could not be read: ${why}`;
    throw new PipelineError('snapshot-invalid', message, { cause, path });
  }
  // parseSnapshot throws unless it is a document with a list of regions.
  const snapshot = parseSnapshot(json, path);
  return { text, document: json as SnapshotDocument, snapshot };
}

/** An earlier copy of the same snapshot; undefined if there is none or the file is something else. */
async function readCopy(path: string, copyOf: string): Promise<ReadSnapshot | undefined> {
  try {
    const copy = await readSnapshot(path);
    return copy.document.copyOf === copyOf ? copy : undefined;
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'snapshot-invalid') return undefined;
    throw error;
  }
}

/** The document's regions with their current sessions, targets and instances. Everything else is unchanged. */
function changedRegions(
  document: SnapshotDocument,
  before: readonly Inventory[],
  after: readonly Inventory[],
): readonly Record<string, unknown>[] {
  const changed = new Map(
    after.flatMap((inventory, index) => {
      const old = before[index];
      return old === undefined || old === inventory ? [] : [[scopeKey(inventory), { old, inventory }] as const];
    }),
  );
  return document.regions.map((region) => {
    const { accountId, region: name } = region ?? {};
    const change = changed.get(`${accountId}:${name}`);
    if (change === undefined) return region;
    // Only the first description of a scope was read. A second one is written back unchanged.
    changed.delete(`${accountId}:${name}`);
    const { old, inventory } = change;
    return {
      ...region,
      ...(old.instances !== inventory.instances && launchedOrEnded(region, inventory)),
      ...(old.networkInterfaces !== inventory.networkInterfaces && {
        NetworkInterfaces: written(
          region.NetworkInterfaces,
          old.networkInterfaces ?? [],
          inventory.networkInterfaces ?? [],
          ({ networkInterfaceId }) => networkInterfaceId,
          networkInterfaceShape,
        ),
      }),
      TrafficMirrorTargets: written(
        region.TrafficMirrorTargets,
        old.trafficMirrorTargets ?? [],
        inventory.trafficMirrorTargets ?? [],
        ({ trafficMirrorTargetId }) => trafficMirrorTargetId,
        trafficMirrorTargetShape,
      ),
      TrafficMirrorSessions: written(
        region.TrafficMirrorSessions,
        old.trafficMirrorSessions ?? [],
        inventory.trafficMirrorSessions ?? [],
        ({ trafficMirrorSessionId }) => trafficMirrorSessionId,
        trafficMirrorSessionShape,
      ),
    };
  });
}

/** The file's reservations with the current instances, and one more reservation for those launched since. */
function launchedOrEnded(region: Record<string, unknown>, { instances = [] }: Inventory): Record<string, unknown> {
  const now = new Map(instances.map((instance) => [instance.instanceId, instance]));
  const reservations = (Array.isArray(region.Reservations) ? region.Reservations : []).map((reservation) => {
    const fields = asObject(reservation, '');
    const all = (Array.isArray(fields.Instances) ? fields.Instances : []).map((each) => {
      const object = asObject(each, '');
      const instance = now.get(String(object.InstanceId));
      now.delete(String(object.InstanceId));
      const state = asObject(object.State ?? {}, '').Name;
      return instance === undefined || instance.state === state ? each : instanceShape.write(instance);
    });
    return { ...fields, Instances: all };
  });
  const launched = [...now.values()].map((instance) => instanceShape.write(instance));
  return { Reservations: launched.length === 0 ? reservations : [...reservations, { Instances: launched }] };
}

/**
 * A list for the file. Unchanged items keep their JSON object, and changed ones keep the fields we do not know. Both lists have the
 * same order: every item of the file was read, or the list would be unknown and not writable.
 */
function written<T>(
  inFile: unknown,
  before: readonly T[],
  after: readonly T[],
  idOf: (item: T) => string,
  shape: Shape<T>,
): readonly unknown[] {
  const objects: readonly unknown[] = Array.isArray(inFile) ? inFile : [];
  const known = new Map(before.map((item, index) => [idOf(item), { item, object: asObject(objects[index], '') }]));
  return after.map((item) => {
    const old = known.get(idOf(item));
    return old?.item === item ? old.object : { ...old?.object, ...asObject(shape.write(item), '') };
  });
}

/** Writes a temporary file and renames it: readers see the old content or the new one, never a partial file. */
async function writeAtomically(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}
