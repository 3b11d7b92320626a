/** The progress line on stderr: shown only on a terminal, redrawn up to ten times a second, erased at the end. */

import { grouped } from '../../collections.ts';

/** How far the work has got. `files` is undefined while the total is unknown. */
export interface Progress {
  readonly filesDone: number;
  readonly files?: number | undefined;
  /** Undefined where records are not counted. */
  readonly records?: number | undefined;
  /** Compressed bytes read so far, and the total if known. */
  readonly bytesDone: number;
  readonly bytes?: number | undefined;
}

/** A line that shows files, records and speed. */
export interface ProgressLine {
  update(progress: Progress): void;
  done(): void;
}

const REDRAW_MS = 100;

/** The width of a terminal that says 0, because nobody told it. */
const USUAL_COLUMNS = 80;

/** A progress line on this stream. Does nothing if the stream is not a terminal or `quiet` is set. */
export function openProgress(stream: NodeJS.WriteStream, quiet: boolean, clock: () => number): ProgressLine {
  if (!stream.isTTY || quiet) return { update: () => undefined, done: () => undefined };
  const startedAt = clock();
  let drawnAt = 0;
  return {
    update(progress) {
      if (clock() - drawnAt < REDRAW_MS) return;
      drawnAt = clock();
      stream.write(
        `\r\u001b[K${progressText(progress, clock() - startedAt).slice(0, Math.max(20, (stream.columns || USUAL_COLUMNS) - 1))}`,
      );
    },
    done: () => {
      if (drawnAt > 0) stream.write('\r\u001b[K');
    },
  };
}

/** A line that counts steps. */
export interface CounterLine {
  update(done: number, of: number, what: string): void;
  done(): void;
}

/** A counter on this stream, `[#####-----] 12/55 steps done`. Does nothing if the stream is not a terminal or `quiet` is set. */
export function openCounter(stream: NodeJS.WriteStream, quiet: boolean, clock: () => number): CounterLine {
  if (!stream.isTTY || quiet) return { update: () => undefined, done: () => undefined };
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    update(done, of, what) {
      if (clock() - drawnAt < REDRAW_MS && done < of) return;
      drawnAt = clock();
      stream.write(`\r\u001b[K${barOf(of === 0 ? 1 : done / of)}${done}/${of} ${what}`);
    },
    done: () => {
      if (drawnAt > 0) stream.write('\r\u001b[K');
    },
  };
}

function barOf(part: number): string {
  return `[${'#'.repeat(Math.round(Math.min(1, part) * 20)).padEnd(20, '-')}] `;
}

/** `[#####-----]  12/55 files  2,900 records  38.2 MB/s  4 s left`. */
export function progressText({ filesDone, files, records, bytesDone, bytes }: Progress, elapsedMs: number): string {
  const part =
    bytes !== undefined && bytes > 0 ? bytesDone / bytes : files !== undefined && files > 0 ? filesDone / files : null;
  const words = [`${filesDone}${files === undefined ? '' : `/${files}`} files`];
  if (records !== undefined) words.push(`${grouped(records)} records`);
  if (elapsedMs > 500) words.push(`${(bytesDone / 1e3 / elapsedMs).toFixed(1)} MB/s`);
  if (part !== null && part > 0 && elapsedMs > 1000)
    words.push(`${Math.max(0, Math.round((elapsedMs / part - elapsedMs) / 1000))} s left`);
  return (part === null ? '' : barOf(part)) + words.join('  ');
}
