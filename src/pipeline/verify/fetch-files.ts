/** Fetches a trail's digests and log files. A failure to read a file is not reported as a fault of the file. */

import pLimit from 'p-limit';
import { sha256Of } from '../../cloudtrail/digests/digest.ts';
import { type FoundDigest, type IntegrityCheck, samePlace } from '../../cloudtrail/digests/digest-chain.ts';
import { checkLog, type ExpectedLog, type LogContent } from '../../cloudtrail/digests/log-integrity.ts';
import { groupBy, plural } from '../../collections.ts';
import { readFirstMember } from '../../delivery/decompress.ts';
import type { LogStore } from '../../delivery/fetch-log.ts';
import { asDate } from '../../delivery/shape.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../report/report.ts';

/** Where a trail's files are, and how to fetch them. */
export interface TrailFiles {
  readonly store: Pick<LogStore, 'fetch'>;
  readonly bucket: string;
  /** True for a copy on this machine. Its keys are paths that may lack the upper folders, and its bucket is not the trail's. */
  readonly isCopy: boolean;
  readonly maxLogBytes: number;
  /** The name of an object in messages. */
  readonly nameOf: (object: string) => string;
  readonly onProgress?: OnProgress | undefined;
}

/** Called after each file; `bytes` is the total so far. */
export type OnProgress = (progress: { readonly done: number; readonly of: number; readonly bytes: number }) => void;

/** The results for the files, in the given order, and which of them could not be read. */
export interface Fetched<T> {
  readonly results: readonly T[];
  readonly rejected: readonly Rejected[];
}

/** How many objects are fetched at the same time. */
const FETCHES_AT_ONCE = 8;

/** The digests at these keys. A digest that was deleted since it was listed is left out. */
export async function fetchDigests(files: TrailFiles, keys: readonly string[]): Promise<Fetched<FoundDigest>> {
  const { store, bucket, isCopy, maxLogBytes } = files;
  const answers = await fetchEach(
    files,
    keys,
    (key) => key,
    async (key) => {
      const { bytes, metadata } = await store.fetch({ bucket, key }, { maxBytes: maxLogBytes });
      const digest: FoundDigest = {
        bucket: isCopy ? undefined : bucket,
        key,
        content: digestContent(bytes, maxLogBytes),
        signature: metadata.signature,
        signatureAlgorithm: metadata['signature-algorithm'],
        generatedAt: asDate(metadata['backfill-generation-timestamp']),
      };
      return { value: digest, bytes: bytes.length };
    },
  );
  return {
    results: answers.flatMap((answer) => (answer.kind === 'read' ? [answer.value] : [])),
    ...rejectedIn(answers),
  };
}

function digestContent(packed: Buffer, maxBytes: number): FoundDigest['content'] {
  try {
    const { bytes, trailingBytes } = readFirstMember(packed, { maxBytes });
    return trailingBytes === 0 ? bytes : { fault: `${plural(trailingBytes, 'byte')} after the end of its gzip data` };
  } catch (fault) {
    return { fault: messageOf(fault) };
  }
}

/** Checks the log files that digests name. `present` are the keys of the log files that exist. */
export async function checkLogs(
  files: TrailFiles,
  expected: readonly ExpectedLog[],
  present: readonly string[],
): Promise<Fetched<IntegrityCheck>> {
  const { store, bucket, isCopy, maxLogBytes } = files;
  const copyOf = isCopy ? copyFinder(present) : undefined;
  const uriOf = ({ log }: ExpectedLog): string => `s3://${log.bucket}/${log.key}`;
  const answers = await fetchEach(files, expected, uriOf, async (each) => {
    const { log } = each;
    const key = copyOf === undefined ? log.key : copyOf(log.key);
    if (key === undefined) return { value: checkLog(each, { kind: 'missing' }), bytes: 0 };
    const object = { bucket: isCopy ? bucket : log.bucket, key };
    const { bytes } = await store.fetch(object, { maxBytes: maxLogBytes });
    return { value: checkLog(each, logContent(bytes, maxLogBytes)), bytes: bytes.length };
  });
  const results = answers.flatMap((answer) => {
    if (answer.kind === 'rejected') return [];
    return [answer.kind === 'read' ? answer.value : checkLog(answer.subject, { kind: 'missing' })];
  });
  return { results, ...rejectedIn(answers) };
}

/** Finds the copy of an object: a file with the same name and with the same folders, as far as both paths have them. */
function copyFinder(present: readonly string[]): (key: string) => string | undefined {
  const byName = groupBy(present, fileNameOf);
  return (key) => byName.get(fileNameOf(key))?.find((one) => samePlace(one, key));
}

const fileNameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

function logContent(packed: Buffer, maxBytes: number): LogContent {
  try {
    const { bytes, trailingBytes } = readFirstMember(packed, { maxBytes });
    return { kind: 'present', sha256: sha256Of(bytes), trailingBytes };
  } catch (fault) {
    // Our own size limit says nothing about the file.
    if (fault instanceof PipelineError && fault.code === 'log-too-large') throw fault;
    return { kind: 'unreadable', reason: messageOf(fault) };
  }
}

/** The result of fetching one file. */
type Answer<S, T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'missing'; readonly subject: S }
  | { readonly kind: 'rejected'; readonly rejected: Rejected };

/** Fetches several files at the same time and answers for each, in the order given. */
async function fetchEach<S, T>(
  { nameOf, onProgress }: TrailFiles,
  subjects: readonly S[],
  objectOf: (subject: S) => string,
  fetch: (subject: S) => Promise<{ readonly value: T; readonly bytes: number }>,
): Promise<readonly Answer<S, T>[]> {
  const limit = pLimit(FETCHES_AT_ONCE);
  let done = 0;
  let totalBytes = 0;
  const answerFor = async (subject: S): Promise<Answer<S, T>> => {
    try {
      const { value, bytes } = await fetch(subject);
      totalBytes += bytes;
      return { kind: 'read', value };
    } catch (fault) {
      if (fault instanceof PipelineError && fault.code === 'log-missing') return { kind: 'missing', subject };
      return { kind: 'rejected', rejected: { path: nameOf(objectOf(subject)), reason: messageOf(fault) } };
    } finally {
      done += 1;
      onProgress?.({ done, of: subjects.length, bytes: totalBytes });
    }
  };
  return Promise.all(subjects.map((subject) => limit(() => answerFor(subject))));
}

function rejectedIn(answers: readonly Answer<unknown, unknown>[]): Pick<Fetched<unknown>, 'rejected'> {
  return { rejected: answers.flatMap((answer) => (answer.kind === 'rejected' ? [answer.rejected] : [])) };
}
