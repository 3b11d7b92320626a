/** The content of digests and log files, as far as it can be had; a fault of the reading is never one of the file. */

import pLimit from 'p-limit';
import { sha256Of } from '../../cloudtrail/digests/digest.ts';
import { type FoundDigest, type IntegrityCheck, samePlace } from '../../cloudtrail/digests/digest-chain.ts';
import { checkLog, type ExpectedLog, type LogContent } from '../../cloudtrail/digests/log-integrity.ts';
import { readFirstMember } from '../../delivery/decompress.ts';
import type { LogStore } from '../../delivery/fetch-log.ts';
import { asDate } from '../../delivery/shape.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../report/report.ts';

/** Where files are fetched from, and what is told of it. */
export interface TrailFiles {
  readonly store: Pick<LogStore, 'fetch'>;
  readonly bucket: string;
  /** True for a copy on this machine, where keys are paths that may lack folders above, and the bucket is not the trail's. */
  readonly copied: boolean;
  readonly maxLogBytes: number;
  /** How an object is called in messages. */
  readonly nameOf: (object: string) => string;
  readonly onProgress?: (progress: { readonly done: number; readonly of: number; readonly bytes: number }) => void;
}

/** Objects that are fetched at the same time. */
const FETCHES_AT_ONCE = 8;

/** The digests at these keys, in their order. One that has gone since it was listed is left out; one that cannot be read is named. */
export async function fetchDigests(
  files: TrailFiles,
  keys: readonly string[],
  unread: Rejected[],
): Promise<readonly FoundDigest[]> {
  const found = await eachOf(keys, files, unread, async (key): Promise<Fetched<FoundDigest>> => {
    const { bytes, metadata } = await files.store.fetch({ bucket: files.bucket, key }, { maxBytes: files.maxLogBytes });
    const { signature, 'signature-algorithm': signatureAlgorithm } = metadata;
    const generatedAt = asDate(metadata['backfill-generation-timestamp']);
    const value = {
      ...(files.copied ? {} : { bucket: files.bucket }),
      key,
      content: digestContent(bytes, files.maxLogBytes),
      ...(signature !== undefined && { signature }),
      ...(signatureAlgorithm !== undefined && { signatureAlgorithm }),
      ...(generatedAt && { generatedAt }),
    };
    return { value, bytes: bytes.length };
  });
  return found.filter((one) => one !== undefined && one !== 'missing');
}

function digestContent(packed: Buffer, maxBytes: number): FoundDigest['content'] {
  try {
    const { bytes, trailingBytes } = readFirstMember(packed, { maxBytes });
    return trailingBytes === 0 ? bytes : { fault: `${trailingBytes} bytes follow the end of its gzip data` };
  } catch (fault) {
    return { fault: messageOf(fault) };
  }
}

/** The log files that digests name, each fetched and judged, in their order; `present` are the keys of those that lie there. */
export async function checkLogs(
  files: TrailFiles,
  expected: readonly ExpectedLog[],
  present: readonly string[],
  unread: Rejected[],
): Promise<readonly IntegrityCheck[]> {
  const placeOf = files.copied ? copyOf(present) : undefined;
  const contents = await eachOf(expected, files, unread, async ({ log }): Promise<Fetched<LogContent>> => {
    const key = placeOf === undefined ? log.key : placeOf(log.key);
    if (key === undefined) return { value: { kind: 'missing' }, bytes: 0 };
    const bucket = files.copied ? files.bucket : log.bucket;
    const { bytes } = await files.store.fetch({ bucket, key }, { maxBytes: files.maxLogBytes });
    return { value: logContent(bytes, files.maxLogBytes), bytes: bytes.length };
  });
  return expected.flatMap((one, at) => {
    const content = contents[at];
    if (content === undefined) return [];
    return [checkLog(one, content === 'missing' ? { kind: 'missing' } : content)];
  });
}

/** Where the copy of an object lies, by its name and then by the folders that both paths have. */
function copyOf(present: readonly string[]): (key: string) => string | undefined {
  const byName = new Map<string, string[]>();
  for (const key of present) {
    const same = byName.get(nameIn(key));
    if (same === undefined) byName.set(nameIn(key), [key]);
    else same.push(key);
  }
  return (key) => byName.get(nameIn(key))?.find((one) => samePlace(one, key));
}

const nameIn = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

function logContent(packed: Buffer, maxBytes: number): LogContent {
  try {
    const { bytes, trailingBytes } = readFirstMember(packed, { maxBytes });
    return { kind: 'present', sha256: sha256Of(bytes), trailingBytes };
  } catch (fault) {
    // A bound of ours is no fault of the file.
    if (fault instanceof PipelineError && fault.code === 'log-too-large') throw fault;
    return { kind: 'unreadable', reason: messageOf(fault) };
  }
}

interface Fetched<T> {
  readonly value: T;
  readonly bytes: number;
}

/** What was made of each, in their order; `missing` for what is not there, undefined for what could not be read and is now named. */
async function eachOf<S extends string | ExpectedLog, T>(
  subjects: readonly S[],
  { nameOf, onProgress }: TrailFiles,
  unread: Rejected[],
  fetch: (subject: S) => Promise<Fetched<T>>,
): Promise<readonly (T | 'missing' | undefined)[]> {
  const limit = pLimit(FETCHES_AT_ONCE);
  let [done, total] = [0, 0];
  return Promise.all(
    subjects.map((subject) =>
      limit(async () => {
        try {
          const { value, bytes } = await fetch(subject);
          total += bytes;
          return value;
        } catch (fault) {
          if (fault instanceof PipelineError && fault.code === 'log-missing') return 'missing';
          const object = typeof subject === 'string' ? subject : `s3://${subject.log.bucket}/${subject.log.key}`;
          unread.push({ path: nameOf(object), reason: messageOf(fault) });
          return undefined;
        } finally {
          done += 1;
          onProgress?.({ done, of: subjects.length, bytes: total });
        }
      }),
    ),
  );
}
