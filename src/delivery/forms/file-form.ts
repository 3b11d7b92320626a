/** Tells what a file is that is not JSON, by its first bytes: a form that we can name and say what to do about, or lines with a prefix. */

import { PipelineError } from '../../errors.ts';
import { isParquet, isZstd } from '../packing.ts';
import { startsWithPrefix } from './line-prefixes.ts';

/** A form in which we don't read logs. */
interface RefusedForm {
  /** As in "found …". */
  readonly name: string;
  /** What to do so that the records can be read. */
  readonly advice: string;
  /** False for forms in which nobody keeps logs of CloudTrail. */
  readonly mayHoldLogs: boolean;
}

/** What the content of a file is, unpacked. `json` stands for everything else too: the scan judges that, damaged logs among it. */
export type FileForm =
  | { readonly kind: 'json' | 'gzip' | 'zstd' | 'parquet' | 'prefixed' }
  | ({ readonly kind: 'refused' } & RefusedForm);

/** The bytes that are looked at. */
const FORM_BYTES = 4096;
const OPENINGS = new Set([0x7b, 0x5b]);

/** What the content is whose first bytes these are. Costs one comparison for a file that begins as JSON. */
export function formOf(content: Buffer): FileForm {
  if (OPENINGS.has(content[0] ?? 0) && content[1] !== 0) return JSON_FORM;
  const head = content.subarray(0, FORM_BYTES);
  if (head[0] === 0x1f && head[1] === 0x8b) return { kind: 'gzip' };
  if (isZstd(head)) return { kind: 'zstd' };
  if (isParquet(head)) return { kind: 'parquet' };
  const refused = refusedByBytes(head) ?? refusedByText(head);
  if (refused !== undefined) return { kind: 'refused', ...refused };
  return startsWithPrefix(head) ? { kind: 'prefixed' } : JSON_FORM;
}

const TAR_MARK = new Uint8Array(Buffer.from('ustar'));
const TAR_MARK_AT = 257;

/** True for the content of a tar archive whose first entry's header this is. */
export function isTar(content: Buffer): boolean {
  return content.subarray(TAR_MARK_AT, TAR_MARK_AT + TAR_MARK.length).equals(TAR_MARK);
}

/** The error for content in a form that we don't read. */
export function refusal({ name, advice }: Pick<RefusedForm, 'name' | 'advice'>): PipelineError {
  return new PipelineError('not-a-log', `reading a log: found ${name}, not JSON in UTF-8; ${advice}`);
}

const JSON_FORM: FileForm = { kind: 'json' };

const RAW_LOGS = "use CloudTrail's own log files, which a trail delivers as JSON";

interface Mark extends RefusedForm {
  readonly at?: number;
  readonly bytes: Buffer;
}

const mark = (bytes: string, name: string, advice: string, at = 0, mayHoldLogs = true): Mark => ({
  ...{ name, advice, at, mayHoldLogs },
  bytes: Buffer.from(bytes, 'latin1'),
});
const unpackWith = (command: string): string => `unpack it first: ${command}`;
const asUtf8 = (encoding: string): string => `convert it to UTF-8 first: iconv -f ${encoding} -t UTF-8 FILE`;

/**
 * The forms that are known by their first bytes.
 *
 * @see https://github.com/file/file/tree/master/magic/Magdir
 * @see https://parquet.apache.org/docs/file-format/
 */
const MARKS: readonly Mark[] = [
  mark('ORC', 'ORC', RAW_LOGS),
  mark('Obj\x01', 'Avro', RAW_LOGS),
  mark('ustar', 'a tar archive', 'name it .tar, .tar.gz or .tar.zst, or unpack it first: tar xf FILE', 257),
  mark('BZh', 'bzip2', unpackWith('bunzip2 FILE')),
  mark('\xfd7zXZ\0', 'xz', unpackWith('unxz FILE')),
  mark('\x04\x22\x4d\x18', 'LZ4', unpackWith('unlz4 FILE')),
  mark('\xff\x06\0\0sNaPpY', 'Snappy', 'unpack it first'),
  mark('7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', unpackWith('7z x FILE')),
  mark('Rar!', 'a RAR archive', unpackWith('unrar x FILE')),
  mark('PK\x03\x04', 'a zip archive', 'name the zip itself, without anything packed around it'),
  mark('\xff\xfe', 'UTF-16 text', asUtf8('UTF-16')),
  mark('\xfe\xff', 'UTF-16 text', asUtf8('UTF-16')),
  mark('{\0', 'UTF-16 text', asUtf8('UTF-16LE')),
  mark('[\0', 'UTF-16 text', asUtf8('UTF-16LE')),
  mark('\0{', 'UTF-16 text', asUtf8('UTF-16BE')),
  mark('\0[', 'UTF-16 text', asUtf8('UTF-16BE')),
  mark('SQLite format 3\0', 'a SQLite file', RAW_LOGS, 0, false),
];

function refusedByBytes(head: Buffer): RefusedForm | undefined {
  return MARKS.find(({ bytes, at = 0 }) => head.subarray(at, at + bytes.length).equals(new Uint8Array(bytes)));
}

/** The columns of CloudTrail's records in tables, as Lake, Athena, the console and Splunk name them, without case, blanks and underscores. */
const COLUMNS = new Set([
  ...['eventname', 'eventtime', 'eventsource', 'eventid', 'eventdata', 'eventjson', 'awsregion', 'useridentity'],
  ...['sourceipaddress', 'requestparameters', 'responseelements', 'recipientaccountid', 'raw', 'time'],
]);
/** How much of a page is shown. */
const EXCERPT_CHARS = 60;
/** Fewer known columns may be a table of anything. */
const TELLING_COLUMNS = 2;

function refusedByText(head: Buffer): RefusedForm | undefined {
  const text = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/^<(?:\?xml|!doctype|html|Error)\b/i.test(text))
    return {
      name: `an XML or HTML page (${JSON.stringify(text.slice(0, EXCERPT_CHARS))})`,
      advice: 'if it is an error of S3 or a proxy, download the file again',
      mayHoldLogs: false,
    };
  const [header = ''] = text.split(/\r?\n/, 1);
  if (header.includes('{')) return undefined;
  const columns = header.split(/[,;\t]/).map((name) => name.replace(/[\s_"']/g, '').toLowerCase());
  const known = columns.filter((name) => COLUMNS.has(name));
  if (known.length < TELLING_COLUMNS) return undefined;
  return {
    name: 'a table of events (CSV), such as a query result of CloudTrail Lake or Athena',
    advice: `export the events as JSON, or ${RAW_LOGS}`,
    mayHoldLogs: true,
  };
}
