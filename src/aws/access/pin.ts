/** A place of a configuration may say which content is accepted there: whoever replaces the content changes nothing. */

import { createHash } from 'node:crypto';
import { PipelineError } from '../../errors.ts';

const PIN = /#sha256=([0-9a-f]{64})$/;

/** A place (`s3://bucket/key#sha256=…`) and the SHA-256 of the only content that is accepted there, as 64 hexadecimal digits. */
export interface PinnedPlace {
  readonly place: string;
  readonly pin?: string | undefined;
}

/** A place without its pin. A configuration that is the text itself has none. */
export function pinnedPlace(source: string): PinnedPlace {
  const [mark = '', pin] = source.trimStart().startsWith('{') ? [] : (PIN.exec(source) ?? []);
  return { place: source.slice(0, source.length - mark.length), pin };
}

/**
 * Throws PipelineError `config-invalid` if a pinned place has another content. That may be retried: an update of the content and one of the
 * pin come one after the other.
 */
export function checkPin(text: string, { place, pin }: PinnedPlace): void {
  const found = createHash('sha256').update(text).digest('hex');
  if (pin === undefined || found === pin) return;
  throw new PipelineError(
    'config-invalid',
    `${place} is not used: its SHA-256 is ${found}, and only ${pin} is accepted. If you changed the configuration, update ConfigS3Pin of the stack; if not, somebody else changed it`,
    { path: place, retryable: true },
  );
}
