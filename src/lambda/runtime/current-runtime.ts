/** Keeps a warm function on the newest configuration: it is read again after minutes, and at once if another function has a newer one. */

import type { ConfigVersions, UsedConfig } from '../../aws/ledger/config-versions.ts';
import { PipelineError } from '../../errors.ts';
import type { JudgedBy } from '../../ledger/reading.ts';

/** A configuration as it was read. */
export interface ReadText {
  readonly text: string;
  /** When it was changed last. */
  readonly changedAt: Date;
}

/** What a function opens from a configuration. */
interface Opened {
  readonly configuration: JudgedBy;
}

/** What a function's runtime is kept up to date with. */
export interface RuntimeParts<T extends Opened> {
  readonly read: () => Promise<ReadText>;
  readonly open: (read: ReadText) => Promise<T>;
  /** Where the configuration is read from. */
  readonly source: string;
  /** What other functions of the ledger use. Undefined without a shared ledger. */
  readonly versions: (opened: T) => ConfigVersions | undefined;
  readonly now: () => Date;
  readonly warn: (message: string) => void;
}

/** How long a configuration is used before it is read again. */
const REREAD_MS = 3 * 60_000;
/** How long messages go back to their queue, for a function with the newer configuration to take them. */
const YIELDS_MS = 5 * 60_000;

interface Held<T> {
  readonly text: string;
  readonly opened: T;
  readonly readAt: number;
}

/**
 * Opens the runtime on the first call and keeps it as long as the configuration is the same. If opening fails, the next call retries.
 * Throws what reading and opening throw; PipelineError `config-outdated`, to be retried, if another function has begun to use a newer
 * configuration within the last minutes and this one cannot read it: a container of a replaced deployment. After that it goes on with
 * a warning, since two stacks on one ledger must not stop each other.
 */
export function currentRuntime<T extends Opened>(parts: RuntimeParts<T>): () => Promise<T> {
  let held: Held<T> | undefined;
  const refresh = async (): Promise<Held<T>> => {
    held = await reread(held, parts);
    return held;
  };
  return async () => {
    const startedAt = parts.now().getTime();
    let current = held === undefined || startedAt - held.readAt >= REREAD_MS ? await refresh() : held;
    const versions = parts.versions(current.opened);
    if (versions === undefined) return current.opened;
    const newest = await versions.newest(parts.source);
    if (newest !== undefined && isOlder(current, newest) && current.readAt < startedAt) current = await refresh();
    if (newest === undefined || !isOlder(current, newest)) {
      await noteIfNewer(current, newest, versions, parts);
      return current.opened;
    }
    yieldTo(newest, current.opened.configuration, parts);
    return current.opened;
  };
}

/** The configuration read again, with what is open if the text is the same. What cannot be read for the moment stays as it is. */
async function reread<T extends Opened>(held: Held<T> | undefined, parts: RuntimeParts<T>): Promise<Held<T>> {
  const readAt = parts.now().getTime();
  let read: ReadText;
  try {
    read = await parts.read();
  } catch (error) {
    if (held === undefined || !(error instanceof PipelineError && error.retryable)) throw error;
    parts.warn(`the configuration could not be read again, and stays as it is: ${error.message}`);
    return { ...held, readAt };
  }
  if (held === undefined || read.text !== held.text) return { text: read.text, opened: await parts.open(read), readAt };
  const configuration = { ...held.opened.configuration, changedAt: read.changedAt.toISOString() };
  return { text: read.text, opened: { ...held.opened, configuration }, readAt };
}

/** Two functions that use the same configuration agree, whenever each of them read it. */
function isOlder({ opened: { configuration } }: Held<Opened>, newest: UsedConfig): boolean {
  return configuration.hash !== newest.hash && Date.parse(configuration.changedAt) < newest.changedAt.getTime();
}

async function noteIfNewer(
  { opened: { configuration } }: Held<Opened>,
  newest: UsedConfig | undefined,
  versions: ConfigVersions,
  { source, now }: Pick<RuntimeParts<Opened>, 'source' | 'now'>,
): Promise<void> {
  const { hash } = configuration;
  if (hash === newest?.hash) return;
  await versions.note(source, { hash, changedAt: new Date(configuration.changedAt), seenAt: now() }, newest);
}

function yieldTo(
  newest: UsedConfig,
  { hash, changedAt }: JudgedBy,
  { now, warn }: Pick<RuntimeParts<Opened>, 'now' | 'warn'>,
): void {
  const own = `this function has configuration ${hash} of ${changedAt}`;
  const other = `another one uses ${newest.hash} of ${newest.changedAt.toISOString()}`;
  if (now().getTime() - newest.seenAt.getTime() < YIELDS_MS)
    throw new PipelineError('config-outdated', `${own}, and ${other}: it takes over`, { retryable: true });
  warn(`${own}, and ${other} on the same ledger: both go on; give each stack a ledger of its own`);
}
