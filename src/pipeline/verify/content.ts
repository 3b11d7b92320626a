/** What a file holds, as a digest hashes it. */

import { sha256Of } from '../../cloudtrail/digests/digest.ts';
import type { LogContent } from '../../cloudtrail/digests/log-integrity.ts';
import { type FirstMember, inflatesTooMuch, mostInflatedBytes, readFirstMember } from '../../delivery/decompress.ts';
import { messageOf, PipelineError } from '../../errors.ts';

/** A file's stored bytes, why there are none, or what is known of them from before; nothing for a file that was not read. */
export interface ReadContent {
  readonly packed?: Buffer | undefined;
  readonly fault?: unknown;
  readonly known?: KnownContent | undefined;
}

/** What is kept of a file that was read: its hash, or what is damaged in it. */
export type KnownContent = Extract<LogContent, { readonly kind: 'hashed' | 'unreadable' }>;

/** What was read of a file; with `unread`, why it could not be read, which says nothing of the file. */
export function contentOf(
  { packed, fault, known }: ReadContent,
  maxBytes: number,
): { readonly content: LogContent | undefined; readonly unread?: string | undefined } {
  try {
    if (fault !== undefined) throw fault;
    if (packed === undefined) return { content: known };
    const { bytes, trailingBytes } = inflated(packed, maxBytes);
    return { content: { kind: 'present', bytes, sha256: sha256Of(bytes), trailingBytes } };
  } catch (thrown) {
    const reason = messageOf(thrown);
    // Damage is the file's own fault. Our own size limit, or a bucket that doesn't answer, says nothing about it.
    const isDamaged = fault === undefined && thrown instanceof PipelineError && thrown.code === 'log-unreadable';
    return isDamaged ? { content: { kind: 'unreadable', reason } } : { content: { kind: 'unread' }, unread: reason };
  }
}

/** A file as its digest hashes it. One that no log inflates like is given up where a scan gives it up. */
function inflated(packed: Buffer, maxLogBytes: number): FirstMember {
  const most = mostInflatedBytes(packed.length);
  try {
    return readFirstMember(packed, { maxBytes: Math.min(most, maxLogBytes) });
  } catch (fault) {
    const isTooLong = fault instanceof PipelineError && fault.code === 'log-too-large';
    throw isTooLong && most < maxLogBytes ? inflatesTooMuch(packed.length) : fault;
  }
}
