/** Tells a misspelt event name or source from one that simply did not occur, once a search for it found nothing. */

import { didYouMean, nearest } from '../../config/spelling.ts';
import { PipelineError } from '../../errors.ts';

/** Which of the names that a search asks for have occurred. */
export interface NameWatch {
  /** Looks at a record that was found. */
  see(json: Uint8Array): void;
  /** The names that no record had so far. */
  unseen(): readonly string[];
}

/** Watches for names in the records that a search finds. Costs one text search a record and name until the name was seen. */
export function watchNames(names: readonly string[] | undefined): NameWatch {
  let open = (names ?? []).map((name) => ({ name, text: Buffer.from(JSON.stringify(name)) }));
  return {
    see(json) {
      if (open.length === 0) return;
      const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
      open = open.filter(({ text }) => !bytes.includes(text));
    },
    unseen: () => open.map(({ name }) => name),
  };
}

/**
 * Throws PipelineError `usage` if a name that no record had is not known but close to a known one. A name that is close to none may be
 * of a service that this program does not know, and a known one just did not occur.
 */
export async function refuseMisspeltNames(unseen: readonly string[]): Promise<void> {
  if (unseen.length === 0) return;
  const [{ EVENT_NAMES, isEventName }, { WANTED_CALLS }] = await Promise.all([
    import('../patterns/known-names.ts'),
    import('../../sighting/readers.ts'),
  ]);
  const doubtful = unseen.filter((name) => !isEventName(name));
  // Of names that are equally close, one that Mirrorwatch reads is the likeliest.
  refuse('--event-name', 'event name', doubtful, (name) =>
    nearest(name, WANTED_CALLS).length > 0 ? WANTED_CALLS : EVENT_NAMES,
  );
}

/** As `refuseMisspeltNames`, for the full names of event sources. */
export async function refuseMisspeltSources(unseen: readonly string[]): Promise<void> {
  if (unseen.length === 0) return;
  const { EVENT_SOURCES } = await import('../patterns/known-names.ts');
  const doubtful = unseen.filter((source) => !EVENT_SOURCES.has(source));
  refuse('--event-source', 'event source', doubtful, () => EVENT_SOURCES);
}

/** `knownFor` gives the names among which one like the misspelt name is looked for. */
function refuse(
  option: string,
  what: string,
  unseen: readonly string[],
  knownFor: (name: string) => ReadonlySet<string>,
): void {
  const misspelt = unseen.filter((name) => nearest(name, knownFor(name)).length > 0);
  if (misspelt.length === 0) return;
  const lines = misspelt.map(
    (name) => `no record has the ${what} ${JSON.stringify(name)}${didYouMean(name, knownFor(name))}`,
  );
  throw new PipelineError('usage', `${option}: ${lines.join('\n  ')}`);
}
