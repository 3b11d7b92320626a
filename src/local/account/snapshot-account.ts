/** The account of the local world: a snapshot file that is only read, and a copy of it in which sessions are created. */

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

export interface SnapshotAccount {
  readonly source: InventorySource;
  readonly writer: MirrorWriter;
  readonly launcher: SensorLauncher;
  /** What of the file could not be read, by its JSON path. */
  readonly problems: readonly Problem[];
  /** True when an earlier copy was gone on with. */
  readonly continued: boolean;
  /** Resolves when every change lies in the copy. Throws PipelineError `output-failed` when one could not be written. */
  close(): Promise<void>;
}

export interface SnapshotAccountOptions {
  /**
   * Where the changed copy goes; without it changes live in memory only. A copy of the very same snapshot that lies there
   * already is gone on with, so that what was created before is seen again; any other file there is replaced at the first change.
   */
  readonly savePath?: string | undefined;
  /** What EC2 takes. @default AWS's own limits */
  readonly limits?: Limits | undefined;
}

/** A snapshot document as JSON has it; `copyOf` is the SHA-256 of the file that a copy was made from. */
interface SnapshotDocument {
  readonly copyOf?: unknown | undefined;
  readonly regions: readonly Record<string, unknown>[];
}

/**
 * Opens a snapshot file as an account. The file itself is never changed. Throws PipelineError `snapshot-invalid` when it is
 * missing or no snapshot, and `usage` when it is to be its own copy. One process at a time may write a copy: of two, the last to write wins.
 */
export async function openSnapshotAccount(
  path: string,
  options: SnapshotAccountOptions = {},
): Promise<SnapshotAccount> {
  const { savePath, limits = AWS_LIMITS } = options;
  if (savePath !== undefined && resolve(savePath) === resolve(path)) {
    throw new PipelineError('usage', `${path}: the changed account must be saved to another file`, { path });
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
    // Saved beside the work: a burst of changes is a few writes of the file, not one for each.
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
    problems: snapshot.problems,
    continued: copy !== undefined,
    async close() {
      await saving;
      if (failure === undefined) return;
      const message = `${savePath}: the changed account could not be written: ${messageOf(failure)}`;
      throw new PipelineError('output-failed', message, { cause: failure, ...(savePath && { path: savePath }) });
    },
  };
}

interface ReadSnapshot {
  readonly text: string;
  readonly document: SnapshotDocument;
  readonly snapshot: Snapshot;
}

async function readSnapshot(path: string): Promise<ReadSnapshot> {
  let text: string;
  let json: unknown;
  try {
    text = await readFile(path, 'utf8');
    json = JSON.parse(text);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file' : messageOf(cause);
    const message = `${path}: the account snapshot could not be read: ${why}`;
    throw new PipelineError('snapshot-invalid', message, { cause, path });
  }
  // parseSnapshot throws unless it is a document with a list of regions.
  const snapshot = parseSnapshot(json, path);
  return { text, document: json as SnapshotDocument, snapshot };
}

/** An earlier copy of the same file; undefined when there is none, or what lies there is not one. */
async function readCopy(path: string, copyOf: string): Promise<ReadSnapshot | undefined> {
  try {
    const copy = await readSnapshot(path);
    return copy.document.copyOf === copyOf ? copy : undefined;
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'snapshot-invalid') return undefined;
    throw error;
  }
}

/** The document's regions with their sessions and targets as they are now, and all else exactly as it was. */
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
    // Only the first description of a scope was read; a second one is left as it is.
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

/** The reservations of the file with the instances as they are now, and those that were launched since as one more. */
function launchedOrEnded(region: Record<string, unknown>, { instances = [] }: Inventory): Record<string, unknown> {
  const now = new Map(instances.map((instance) => [instance.instanceId, instance]));
  const reservations = (Array.isArray(region.Reservations) ? region.Reservations : []).map((reservation) => {
    const held = asObject(reservation, '');
    const all = (Array.isArray(held.Instances) ? held.Instances : []).map((each) => {
      const object = asObject(each, '');
      const instance = now.get(String(object.InstanceId));
      now.delete(String(object.InstanceId));
      const state = asObject(object.State ?? {}, '').Name;
      return instance === undefined || instance.state === state ? each : instanceShape.write(instance);
    });
    return { ...held, Instances: all };
  });
  const launched = [...now.values()].map((instance) => instanceShape.write(instance));
  return { Reservations: launched.length === 0 ? reservations : [...reservations, { Instances: launched }] };
}

/**
 * A list as it is now: an item that is the same keeps the object that was in the file, a changed one what else lay in it. Every
 * item of the file was read (else the list would be unread and nothing could be written), so that places correspond.
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

/** Writes beside the file and moves it there, so that a reader sees the old one or the new one and never half of it. */
async function writeAtomically(path: string, content: string): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  await writeFile(beside, content);
  await rename(beside, path);
}
