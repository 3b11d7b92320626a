/** The journal of a long scan: an interrupted scan resumes from each file's saved results. */

import { type FileHandle, open } from 'node:fs/promises';
import { viewOf } from '../../delivery/decompress.ts';
import type { LogFile } from '../../delivery/fetch-log.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import { type FileScan, parsedLater } from './scan-file.ts';

/** An open journal. Only one process may write it. */
export interface Checkpoint {
  /** How many files it held when it was opened. */
  readonly done: number;
  /** A file's saved results; undefined if it was not finished, was damaged or has changed since. */
  savedScans(file: LogFile): SavedScans | undefined;
  /** Saves the result of a file, or of its next piece (`at` counts from 0). It survives the process once this resolves. */
  save(file: LogFile, scan: FileScan, at: number): Promise<void>;
  close(): Promise<void>;
}

/** The results of a file, read from the journal piece by piece. */
export type SavedScans = () => AsyncGenerator<FileScan, void, undefined>;

const SCHEMA = 'mirrorwatch.checkpoint/1';

/** The position of a piece in the journal, in bytes. */
interface Entry {
  readonly from: number;
  readonly length: number;
}

/**
 * Opens the journal at `path`, or creates it. `question` holds everything that decides a file's results, as JSON values: a journal
 * is valid only for the same question. An incomplete last line is dropped.
 *
 * Throws PipelineError `usage` if the file is not a journal or has another question, `output-failed` if it cannot be written.
 */
export async function openCheckpoint(path: string, question: unknown): Promise<Checkpoint> {
  const header = `${JSON.stringify({ schema: SCHEMA, question })}\n`;
  const file = await writing(path, () => open(path, 'a+'));
  try {
    const { done, length } = await readJournal(file, path, header);
    await writing(path, () => file.truncate(length));
    if (length === 0) await writing(path, () => file.appendFile(header));
    return journal({ file, path, done, length: length === 0 ? Buffer.byteLength(header) : length });
  } catch (fault) {
    await file.close();
    throw fault;
  }
}

interface Journal {
  readonly file: FileHandle;
  readonly path: string;
  readonly done: Map<string, readonly Entry[]>;
  readonly length: number;
}

function journal({ file, path, done, length }: Journal): Checkpoint {
  let end = length;
  const begun = new Map<string, readonly Entry[]>();
  return {
    done: done.size,
    savedScans(log) {
      const entries = done.get(identityOf(log));
      if (entries === undefined) return undefined;
      return async function* () {
        for (const entry of entries) yield await readEntry(file, path, entry);
      };
    },
    async save(log, { wanted, end: last }, at) {
      // A damaged file is scanned again next time.
      if (last?.damage !== undefined) return;
      const records = wanted.map(({ json, index }) => [index, json.toString('utf8')]);
      const line = lineOf(identityOf(log), at, last !== undefined, { path: log.path, records, end: last });
      await writing(path, () => file.appendFile(line));
      const entry = { from: end, length: Buffer.byteLength(line) };
      end += entry.length;
      note(begun, done, { identity: identityOf(log), at, last: last !== undefined }, entry);
    },
    close: () => file.close(),
  };
}

/** A file is the same as long as its path, its version (if it has one) and its size are. */
const identityOf = ({ path, version = '', size }: LogFile): string => JSON.stringify([path, version, size]);

/** A head and the result, separated by a tab, which JSON text never contains: finding a line needs no parsing of its result. */
const lineOf = (identity: string, at: number, last: boolean, result: unknown): string =>
  `${JSON.stringify([identity, at, last])}\t${JSON.stringify(result)}\n`;

interface Head {
  readonly identity: string;
  readonly at: number;
  readonly last: boolean;
}

/** A file is done with its last piece. A first piece starts it over and discards what an interrupted scan left. */
function note(
  begun: Map<string, readonly Entry[]>,
  done: Map<string, readonly Entry[]>,
  head: Head,
  entry: Entry,
): void {
  const before = head.at === 0 ? [] : begun.get(head.identity);
  if (before?.length !== head.at) return;
  const entries = [...before, entry];
  if (!head.last) {
    begun.set(head.identity, entries);
    return;
  }
  begun.delete(head.identity);
  done.set(head.identity, entries);
}

async function readJournal(file: FileHandle, path: string, header: string): Promise<Pick<Journal, 'done' | 'length'>> {
  const begun = new Map<string, readonly Entry[]>();
  const done = new Map<string, readonly Entry[]>();
  let length = 0;
  for await (const line of linesOf(file)) {
    const entry = { from: length, length: line.length };
    if (length === 0) checkHeader(path, line.toString('utf8'), header);
    else if (line.at(-1) === NEWLINE) {
      const head = readHead(line);
      if (head === undefined) throw wrongFile(path, `the line at byte ${length} is not from a checkpoint`);
      note(begun, done, head, entry);
    }
    if (line.at(-1) === NEWLINE) length += line.length;
  }
  return { done, length };
}

const NEWLINE = 0x0a;
const TAB = 0x09;

function checkHeader(path: string, line: string, header: string): void {
  if (line === header || (!line.endsWith('\n') && header.startsWith(line))) return;
  throw line.startsWith(`{"schema":"${SCHEMA}"`)
    ? wrongFile(path, 'this checkpoint is from a scan with other options or another version')
    : wrongFile(path, 'this is not a checkpoint');
}

function wrongFile(path: string, why: string): PipelineError {
  return new PipelineError('usage', `${path}: ${why}; give --checkpoint another file, or delete this one`, {
    path,
  });
}

function readHead(line: Buffer): Head | undefined {
  try {
    const [identity, at, last] = JSON.parse(line.subarray(0, line.indexOf(TAB)).toString('utf8')) as readonly unknown[];
    return typeof identity === 'string' && typeof at === 'number' && typeof last === 'boolean'
      ? { identity, at, last }
      : undefined;
  } catch (fault) {
    if (fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

async function readEntry(file: FileHandle, path: string, { from, length }: Entry): Promise<FileScan> {
  const line = Buffer.alloc(length);
  await file.read(viewOf(line), 0, length, from);
  try {
    const { records, end, ...rest } = JSON.parse(line.subarray(line.indexOf(TAB) + 1).toString('utf8')) as Kept;
    const wanted = records.map(([index, json]) => parsedLater(Buffer.from(json), index));
    return { ...rest, wanted, end };
  } catch (cause) {
    throw new PipelineError('usage', `${path}: the checkpoint is damaged at byte ${from}; delete it to start over`, {
      path,
      cause,
    });
  }
}

interface Kept {
  readonly path: string;
  readonly records: readonly (readonly [index: number, json: string])[];
  readonly end?: NonNullable<FileScan['end']> | undefined;
}

/** The lines, each with its newline; the last one may lack it. */
async function* linesOf(file: FileHandle): AsyncGenerator<Buffer, void, undefined> {
  let pieces: Uint8Array[] = [];
  for await (const piece of file.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...pieces, viewOf(piece.subarray(from, end + 1))]);
      pieces = [];
      from = end + 1;
    }
    if (from < piece.length) pieces.push(viewOf(piece.subarray(from)));
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw new PipelineError('output-failed', `the checkpoint ${path} could not be written: ${messageOf(cause)}`, {
      path,
      cause,
    });
  }
}
