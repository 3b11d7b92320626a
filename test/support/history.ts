/** A result in memory, records kept as JSON lines, and shards over an in-memory bucket: what a worker is tested with. */

import { gzipSync } from 'node:zlib';
import type { FoundLog } from '../../src/delivery/fetch-log.ts';
import { PipelineError } from '../../src/errors.ts';
import type { ReadScope } from '../../src/history/fold/account-batches.ts';
import type { HistoryStore } from '../../src/history/history-store.ts';
import type { HistoryPlan, PlannedObject } from '../../src/history/plan.ts';
import { PLAN_SCHEMA } from '../../src/history/plan.ts';
import type { KeptRecord } from '../../src/history/records/kept-record.ts';
import type { RecordForm } from '../../src/history/shard/record-sink.ts';
import type { ShardPorts } from '../../src/history/shard/scan-shard.ts';
import { scanFiles } from '../../src/local/scan/scan-files.ts';

/** A store in memory, with what was written to it in order. */
export interface MemoryStore extends HistoryStore {
  readonly files: Map<string, Buffer>;
  readonly written: string[];
}

export function memoryStore(place = 'memory'): MemoryStore {
  const files = new Map<string, Buffer>();
  const written: string[] = [];
  return {
    ...{ place, files, written },
    read: async (name) => files.get(name),
    readRange: async (name, start, end) => {
      const bytes = files.get(name);
      if (bytes === undefined) throw new PipelineError('log-missing', `${name} is missing`);
      return bytes.subarray(start, end);
    },
    write: async (name, bytes, { once = false } = {}) => {
      if (once && files.has(name)) return false;
      files.set(name, Buffer.from(bytes));
      written.push(name);
      return true;
    },
    async *list(prefix) {
      for (const [name, { length }] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
        if (name.startsWith(prefix)) yield { name, size: length };
    },
  };
}

/** Records as JSON lines, with the account and region that they name. */
export const JSON_LINES: RecordForm = {
  ending: '.jsonl',
  rowOf: ({ record, json, index }, place): KeptRecord => {
    const { recipientAccountId, awsRegion, eventTime, eventName } = record;
    const time = typeof eventTime === 'string' ? Date.parse(eventTime) : Number.NaN;
    return {
      accountId: typeof recipientAccountId === 'string' ? recipientAccountId : '',
      region: typeof awsRegion === 'string' ? awsRegion : '',
      day: '',
      eventTime: Number.isNaN(time) ? undefined : time,
      eventName: typeof eventName === 'string' ? eventName : undefined,
      ...{ eventID: undefined, eventSource: undefined, actor: undefined, actorArn: undefined },
      ...{ sourceIPAddress: undefined, userAgent: undefined, errorCode: undefined, callers: [], resources: [] },
      ...{ ...place, index, json: json.toString() },
    };
  },
  encode: (rows) => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
};

/** A plan of one shard, for what a run takes of it. */
export const A_PLAN: HistoryPlan = {
  schema: PLAN_SCHEMA,
  id: 'ab'.repeat(32),
  plannedAt: '2026-11-23T00:00:00.000Z',
  paths: ['s3://trail-bucket'],
  accounts: [],
  regions: [],
  shards: 1,
  objects: 1,
  bytes: 1,
  skipped: {},
  rejected: [],
};

/** A log file's stored bytes. */
export function packedLog(records: readonly unknown[]): Buffer {
  return gzipSync(JSON.stringify({ Records: records }));
}

/** A bucket's objects by key: stored bytes, or the fault of reading them. */
export type Objects = ReadonlyMap<string, Buffer | Error>;

/** The objects as a plan names them. */
export function plannedOf(objects: Objects): readonly PlannedObject[] {
  return [...objects].map(([key, bytes]) => ({
    key,
    size: Buffer.isBuffer(bytes) ? bytes.length : 0,
    etag: `e-${key}`,
  }));
}

/** The ports of a worker on such objects. */
export function portsOn(objects: Objects, result: HistoryStore): ShardPorts {
  return {
    ...{ result, form: JSON_LINES, keyOf: (path: string) => path },
    scan: (files, settings) => scanFiles(files, { ...settings, threads: 1 }),
    async *open({ key }): AsyncGenerator<FoundLog> {
      const bytes = objects.get(key);
      if (bytes === undefined) yield { kind: 'rejected', path: key, reason: 'is not there any more' };
      else if (Buffer.isBuffer(bytes) && bytes.length === 0) yield { kind: 'skipped', path: key, why: 'empty' };
      else
        yield {
          kind: 'log',
          file: {
            path: key,
            size: Buffer.isBuffer(bytes) ? bytes.length : 0,
            read: async () => {
              if (bytes instanceof Error) throw bytes;
              return bytes;
            },
          },
        };
    },
  };
}

/** Reads records back that were kept as JSON lines. */
export const readJsonLines: ReadScope = async function* (result, { name }, scope) {
  const rows = ((await result.read(name)) ?? Buffer.alloc(0)).toString().split('\n').slice(0, -1);
  const records = rows.map((row): KeptRecord => JSON.parse(row));
  yield records.filter(({ accountId, region }) => accountId === scope.accountId && region === scope.region);
};
