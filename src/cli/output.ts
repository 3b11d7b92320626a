/** Where a report goes: stdout or files, in the formats that were asked for, and the closing figures. */

import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { messageOf, PipelineError } from '../errors.ts';
import { FORMATS } from '../report/formats/registry.ts';
import type { RenderOptions, Report } from '../report/report.ts';
import type { Log } from './log.ts';
import type { CommonOptions, OutputChoice } from './options.ts';

/** What of a format's options a command may offer. */
export type Rendering = Pick<RenderOptions, 'includePass' | 'ocsfVersion' | 'excel'>;

/** Writes the report as the options say: a table on stdout when they say nothing. The figures go to stderr unless a table on stdout ends with them. */
export async function emit(report: Report, options: CommonOptions & Rendering, log: Log): Promise<void> {
  const { inBatches } = await import('../report/format.ts');
  const choices: readonly OutputChoice[] = options.output.length === 0 ? [{ format: 'table' }] : options.output;
  for (const { format, path } of choices) {
    const { parts } = await FORMATS[format]();
    const batches = inBatches(parts(report, renderOptions(options, path === undefined)));
    if (path !== undefined) await writeOutput(path, batches, log);
    else for (const batch of batches) await print(batch);
  }
  if (!choices.some(({ format, path }) => format === 'table' && path === undefined)) log.note(figures(report));
}

/** Writes to stdout and waits until it is taken, so that a long answer through a pipe is not cut off at the end. */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Takes a long answer piece by piece, for stdout and files alike. */
export interface Sink {
  write(piece: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens stdout, or the files of the choices. Throws PipelineError `output-failed` when one cannot be written. */
export async function openSink(choices: readonly OutputChoice[], log: Log): Promise<Sink> {
  const toStdout = choices.length === 0 || choices.some(({ path }) => path === undefined);
  const files: { readonly path: string; readonly file: FileHandle }[] = [];
  for (const { path } of choices) {
    if (path !== undefined) files.push({ path, file: await orFailed(path, open(path, 'w')) });
  }
  return {
    async write(piece) {
      if (toStdout) await print(piece);
      for (const { path, file } of files) await orFailed(path, file.writeFile(piece));
    },
    async close() {
      for (const { path, file } of files) {
        await orFailed(path, file.close());
        log.note(`wrote ${path}`);
      }
    },
  };
}

async function orFailed<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new PipelineError('output-failed', `${path}: cannot be written: ${messageOf(cause)}`, { cause, path });
  });
}

/** Columns of the terminal that stdout is; undefined when it is none. */
export function terminalColumns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}

/** What a file is written from; pieces are asked for one after the other. */
export type OutputContent = string | Uint8Array | Iterable<string> | AsyncIterable<Uint8Array>;

/** Writes a file that was asked for and says so. Throws PipelineError `output-failed` with its path. */
export async function writeOutput(path: string, content: OutputContent, log: Log): Promise<void> {
  await orFailed(path, writeFile(path, content));
  log.note(`wrote ${path}`);
}

/** One line of the counts that every format carries. */
export function figures({ input, summary }: Report): string {
  const skipped = Object.entries(input.skipped).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${input.files} files, ${input.records} records, ${input.sightings} sightings, ${input.launches} launches that succeeded`,
    `${summary.open} open findings, ${summary.muted} muted`,
    ...(skipped.length > 0 ? [`skipped: ${skipped.join(', ')}`] : []),
    ...(input.rejected.length > 0 ? [`${input.rejected.length} inputs not read`] : []),
  ].join('; ');
}

function renderOptions(
  { showMuted = false, includePass = false, ocsfVersion, excel = false }: CommonOptions & Rendering,
  toStdout: boolean,
): RenderOptions {
  const columns = toStdout ? terminalColumns() : undefined;
  return {
    showMuted,
    includePass,
    excel,
    ...(ocsfVersion !== undefined && { ocsfVersion }),
    color: toStdout && process.stdout.isTTY === true && !process.env.NO_COLOR,
    ...(columns !== undefined && { columns }),
  };
}
