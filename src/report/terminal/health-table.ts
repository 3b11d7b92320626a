/** What the sessions of an account carry, as text for a terminal: what is wrong first, one line for what is well. */

import { groupBy, plural } from '../../collections.ts';
import type { SourceHealth } from '../../mirror/health/source-health.ts';
import { visible } from '../escape.ts';
import { wrap } from './terminal-text.ts';

/** How to render. */
export interface HealthRenderOptions {
  /** The width of the text. @default 100 */
  readonly columns?: number | undefined;
  /** Tells of each source, also of those that are well. @default false */
  readonly each?: boolean | undefined;
}

type Kind = SourceHealth['health'];

/** In the order in which they are told, with what is said of one source and of several. */
const SAID: Readonly<Record<Kind, readonly [one: string, several: string]>> = {
  silent: ['has a session that carries nothing', 'have sessions that carry nothing'],
  dropping: ['has a session that leaves out packets', 'have sessions that leave out packets'],
  unknown: ['cannot be told', 'cannot be told'],
  idle: ['has no traffic', 'have no traffic'],
  carrying: ['is mirrored', 'are mirrored'],
};
const KINDS = Object.keys(SAID) as readonly Kind[];

const DEFAULT_COLUMNS = 100;
/** The width of the first column: the longest kind and two spaces. */
const LABEL = 10;
/** Sources that are named for one reason. */
const MOST_NAMED = 3;

/** A sentence that counts all sources, and then the sources of each kind, those of one reason together. */
export function renderHealth(
  sources: readonly SourceHealth[],
  { columns = DEFAULT_COLUMNS, each = false }: HealthRenderOptions = {},
): string {
  if (sources.length === 0) return 'No interface has a mirror session, so there is nothing to measure.\n';
  const counts = KINDS.flatMap((kind) => {
    const { length } = sources.filter(({ health }) => health === kind);
    return length === 0 ? [] : [`${length} ${SAID[kind][length === 1 ? 0 : 1]}`];
  });
  const head = `By AWS's figures, of ${plural(sources.length, 'source')} with a session: ${counts.join(', ')}.`;
  const lines = KINDS.flatMap((kind) => {
    const some = sources.filter(({ health }) => health === kind);
    const isEach = each || kind === 'silent' || kind === 'dropping';
    const told = isEach ? some.map(sourceWords) : groupWords(some, kind);
    return told.flatMap((text) =>
      wrap(visible(text), columns - LABEL).map((line, at) => `${(at === 0 ? kind : '').padEnd(LABEL)}${line}`),
    );
  });
  return `${[...wrap(head, columns), '', ...lines].join('\n')}\n`;
}

function sourceWords(source: SourceHealth): string {
  const { networkInterfaceId, resourceId, trafficMirrorTargetIds, reason } = source;
  const name = resourceId === networkInterfaceId ? networkInterfaceId : `${resourceId} ${networkInterfaceId}`;
  return `${name} to ${trafficMirrorTargetIds.join(', ')}: ${reason}`;
}

/** One text for each reason, or for each target if the sources are well. */
function groupWords(sources: readonly SourceHealth[], kind: Kind): readonly string[] {
  const groups = groupBy(sources, (source) =>
    kind === 'carrying' ? `to ${source.trafficMirrorTargetIds.join(', ')}` : generalized(source),
  );
  return [...groups].map(([words, some]) => {
    if (kind === 'carrying') return `${plural(some.length, 'source')} ${words}: ${mirroredOf(some)}`;
    const ids = some.map(({ resourceId }) => resourceId);
    const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : '';
    return `${ids.slice(0, MOST_NAMED).join(', ')}${more}: ${words}`;
  });
}

/** The reason without what differs from source to source: its own id and times. */
function generalized({ reason, resourceId }: SourceHealth): string {
  return reason.replaceAll(resourceId, 'the instance').replace(/ since \d{4}-[\dT:.]+Z/g, '');
}

function mirroredOf(sources: readonly SourceHealth[]): string {
  const total = (name: 'mirroredPackets' | 'skippedPackets'): number =>
    sources.reduce((sum, { figures }) => sum + (figures?.[name] ?? 0), 0);
  const since = sources.flatMap(({ figures }) => figures?.since ?? []).toSorted()[0] ?? '';
  const skipped = total('skippedPackets');
  const left = skipped === 0 ? 'none left out' : `${skipped.toLocaleString('en')} left out`;
  return `${total('mirroredPackets').toLocaleString('en')} packets since ${since.replace(/:\d\d\.\d{3}Z$/, 'Z')}, ${left}`;
}
