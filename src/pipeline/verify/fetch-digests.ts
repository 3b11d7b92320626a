/** Fetches the digests of a trail. A failure to read one is not held against it. */

import type { FoundDigest } from '../../cloudtrail/digests/digest-chain.ts';
import { plural } from '../../collections.ts';
import { readFirstMember } from '../../delivery/decompress.ts';
import type { FetchedLog, ReadLimits } from '../../delivery/fetch-log.ts';
import { asDate } from '../../delivery/shape.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../report/report.ts';
import { type RequestPace, wasSlowed } from './request-pace.ts';

/** A digest that was listed. */
export interface DigestFile {
  /** Absent for a file on this machine. */
  readonly bucket?: string | undefined;
  /** Its key, or its path. */
  readonly key: string;
  /** The part of its path below what the user named. */
  readonly below?: string | undefined;
  /** Its stored bytes with its metadata: of a file on this machine, what is written beside it. */
  readonly fetch: (limits: ReadLimits) => Promise<FetchedLog>;
}

/** The most a digest may be long, as stored and inflated. One with 50,000 log files, more than any hour has, is about this long. */
export const MAX_DIGEST_BYTES: number = 16 * 1024 * 1024;

/** How digests are fetched. */
export interface DigestFetching {
  readonly pace: RequestPace;
  /** Called after each. */
  readonly onFetched: (bytes: number) => void;
}

/** The digests in the order of the files, and which of them could not be read. One that was deleted since it was listed is left out. */
export async function fetchDigests(
  files: readonly DigestFile[],
  { pace, onFetched }: DigestFetching,
): Promise<{ readonly found: readonly FoundDigest[]; readonly rejected: readonly Rejected[] }> {
  const rejected: Rejected[] = [];
  const answers = await Promise.all(files.map((file) => fetchDigest(file, rejected, { pace, onFetched })));
  return { found: answers.filter((answer) => answer !== undefined), rejected };
}

async function fetchDigest(
  { bucket, key, below, fetch }: DigestFile,
  rejected: Rejected[],
  { pace, onFetched }: DigestFetching,
): Promise<FoundDigest | undefined> {
  const place = { bucket, key, below };
  try {
    const { bytes, metadata } = await pace(() => fetch({ maxBytes: MAX_DIGEST_BYTES }), wasSlowed);
    onFetched(bytes.length);
    return {
      ...place,
      content: contentOf(bytes),
      signature: metadata.signature,
      signatureAlgorithm: metadata['signature-algorithm'],
      generatedAt: asDate(metadata['backfill-generation-timestamp']),
    };
  } catch (fault) {
    const reason = messageOf(fault);
    if (fault instanceof PipelineError && fault.code === 'log-missing') return undefined;
    if (fault instanceof PipelineError && fault.code === 'log-too-large')
      return { ...place, content: { fault: TOO_LONG } };
    rejected.push({ path: bucket === undefined ? key : `s3://${bucket}/${key}`, reason });
    return { ...place, content: { unread: reason } };
  }
}

const TOO_LONG = `it is longer than any digest: more than ${MAX_DIGEST_BYTES} bytes`;

function contentOf(packed: Buffer): FoundDigest['content'] {
  try {
    const { bytes, trailingBytes } = readFirstMember(packed, { maxBytes: MAX_DIGEST_BYTES });
    return trailingBytes === 0 ? bytes : { fault: `${plural(trailingBytes, 'byte')} after the end of its gzip data` };
  } catch (fault) {
    return { fault: fault instanceof PipelineError && fault.code === 'log-too-large' ? TOO_LONG : messageOf(fault) };
  }
}
