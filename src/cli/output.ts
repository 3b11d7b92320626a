/** Writes a command's output to stdout or files in the chosen formats, and the closing counts to stderr. */

import { access, type FileHandle, open, writeFile } from 'node:fs/promises';
import { grouped, plural } from '../collections.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { inertJson, inertJsonText } from '../report/escape.ts';
import { FORMATS, type FormatName } from '../report/formats/registry.ts';
import { rejectedPhrases, unjudgedPhrases } from '../report/gap-words.ts';
import type { Rejected, RenderOptions, Report } from '../report/report.ts';
import type { Log } from './log.ts';
import type { CommonOptions, OutputChoice } from './options.ts';
import { hasColours } from './terminal/colours.ts';

/** The format options that a command can expose. */
export type Rendering = Pick<RenderOptions, 'includePass' | 'ocsfVersion' | 'excel'>;

/** Writes the report in the chosen formats. The counts go to stderr, unless a table on stdout ends with them. */
export async function emit(report: Report, options: CommonOptions & Rendering, log: Log): Promise<void> {
  const { inBatches } = await import('../report/format.ts');
  const choices = outputsOf(options);
  for (const { format, path } of choices) {
    const { parts } = await FORMATS[format]();
    const batches = inBatches(parts(report, renderOptions(options, path === undefined)));
    if (path !== undefined) await writeOutput(path, batches, log);
    else for (const batch of batches) await print(batch);
  }
  if (printsTable(choices)) log.shown(report.input.rejected);
  else log.note(countsLine(report));
}

/** The chosen outputs; a table on stdout by default. */
export function outputsOf({ output }: Pick<CommonOptions, 'output'>): readonly OutputChoice[] {
  return output.length === 0 ? [{ format: 'table' }] : output;
}

/** True if a table is printed to stdout. */
export function printsTable(choices: readonly OutputChoice[]): boolean {
  return choices.some(({ format, path }) => format === 'table' && path === undefined);
}

/** True if whoever reads stderr sees the table too: both are on a terminal. */
export function isTableSeen(options: Pick<CommonOptions, 'output'>): boolean {
  return printsTable(outputsOf(options)) && process.stdout.isTTY === true && process.stderr.isTTY === true;
}

/** Renders an answer for a file (`path` given) or for stdout; undefined leaves the format out. */
export type Renderer = (path: string | undefined) => Promise<string | undefined> | string | undefined;

/** Writes an answer in the chosen formats; those without a renderer are left out. */
export async function writeAnswer(
  choices: readonly OutputChoice[],
  renderers: Partial<Readonly<Record<FormatName, Renderer>>>,
  log: Log,
): Promise<void> {
  for (const { format, path } of choices) {
    const text = await renderers[format]?.(path);
    if (text === undefined) continue;
    if (path === undefined) await print(text);
    else await writeOutput(path, text, log);
  }
}

/** A document as indented JSON with a final newline. */
export function jsonText(document: unknown): string {
  return `${inertJson(document, 2)}\n`;
}

/** Writes to stdout and waits for the write to finish, so long output through a pipe isn't cut off at exit. */
export function print(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Takes long output piece by piece. */
export interface Sink {
  write(piece: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Opens stdout or the chosen files. Throws PipelineError `output-failed` if one can't be written. */
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

/**
 * As `openSink`, for records. On a terminal they are shown with `\\u` escapes for what a terminal would act on: the same JSON, but not the
 * same bytes. In files and pipes they stay byte for byte.
 */
export async function openRecordSink(choices: readonly OutputChoice[], log: Log): Promise<Sink> {
  const sink = await openSink(choices, log);
  const toStdout = choices.length === 0 || choices.some(({ path }) => path === undefined);
  if (!toStdout || !process.stdout.isTTY) return sink;
  return { ...sink, write: (piece) => sink.write(Buffer.from(inertJsonText(Buffer.from(piece).toString('utf8')))) };
}

async function orFailed<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw new PipelineError('output-failed', `${path}: cannot be written: ${messageOf(cause)}`, { cause, path });
  });
}

/**
 * The terminal's width in columns; undefined if stdout is not a terminal, or nobody knows its width. Some terminals say 0, such as those of
 * containers and build servers: then `COLUMNS` counts, if it is set.
 */
export function terminalColumns(): number | undefined {
  const { isTTY, columns } = process.stdout;
  return isTTY ? columns || Number.parseInt(process.env.COLUMNS ?? '', 10) || undefined : undefined;
}

/** True if something exists at the path. */
export function fileExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The content of an output file; pieces are pulled one at a time. */
export type OutputContent = string | Uint8Array | Iterable<string> | AsyncIterable<Uint8Array>;

/** Writes an output file and notes it on stderr. Throws PipelineError `output-failed` with its path. */
export async function writeOutput(path: string, content: OutputContent, log: Log): Promise<void> {
  await orFailed(path, writeFile(path, content));
  log.note(`wrote ${path}`);
}

/** The counts of a report in one line, with what could not be judged: often the only line that people see. */
export function countsLine(report: Report): string {
  const { input, summary } = report;
  return [
    [
      plural(input.files, 'file'),
      plural(input.records, 'record'),
      plural(input.sightings, 'sighting'),
      plural(input.launches, 'successful launch', 'successful launches'),
    ].join(', '),
    `${plural(summary.open, 'open finding')}, ${grouped(summary.muted)} muted`,
    ...unjudgedPhrases(report),
    ...inputProblems(input),
  ].join('; ');
}

/** What was skipped and what could not be read, in words; empty if nothing was. */
export function inputProblems({
  skipped,
  rejected,
  omitted = {},
}: {
  readonly skipped: Readonly<Record<string, number>>;
  readonly rejected: readonly Pick<Rejected, 'of' | 'records'>[];
  readonly omitted?: Readonly<Record<string, number>> | undefined;
}): readonly string[] {
  const calls = Object.entries(omitted).map(([eventName, count]) => `${grouped(count)} ${eventName}`);
  const kinds = Object.entries(skipped).map(([kind, count]) => `${grouped(count)} ${kind}`);
  return [
    ...(kinds.length > 0 ? [`skipped: ${kinds.join(', ')}`] : []),
    ...(calls.length > 0 ? [`records that could not be judged: ${calls.join(', ')}`] : []),
    ...rejectedPhrases(calls.length > 0 ? rejected.filter(({ of }) => of !== 'records') : rejected),
  ];
}

function renderOptions(
  { showMuted = false, includePass = false, ocsfVersion, excel = false }: CommonOptions & Rendering,
  toStdout: boolean,
): RenderOptions {
  return {
    showMuted,
    includePass,
    excel,
    ocsfVersion,
    color: toStdout && hasColours(process.stdout),
    columns: toStdout ? terminalColumns() : undefined,
  };
}
