/** The mail of the local world: each message a file in a folder, in the order in which they went out. */

import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AlertMessage } from '../alert/message.ts';
import type { Publisher } from '../alert/send-alert.ts';
import { messageOf, PipelineError } from '../errors.ts';

/** More mails than this in one millisecond are a defect, and no reason to look for names for ever. */
const MOST_IN_A_MILLISECOND = 10_000;

/**
 * A publisher that writes each mail to a new `.eml` file (plain text that mail programs open too) and returns the file's name.
 * Names sort in the order in which the mails went out: `20261121T090533.123Z-0000-findings.eml`. No file is ever overwritten,
 * also not by another process. The folder is made at the first mail. Throws PipelineError `alert-failed` when a mail could not
 * be written.
 */
export function mailFolder(folder: string, clock: () => Date): Publisher {
  let last = { stamp: '', turn: -1 };
  /** A name that this publisher has not tried yet. */
  const nextName = (at: Date, kind: string): string => {
    const stamp = at.toISOString().replace(/[-:]/g, '');
    last = { stamp, turn: stamp === last.stamp ? last.turn + 1 : 0 };
    return `${stamp}-${String(last.turn).padStart(4, '0')}-${kind}.eml`;
  };
  const writeNew = async (message: AlertMessage, at: Date): Promise<string> => {
    for (let attempt = 0; attempt < MOST_IN_A_MILLISECOND; attempt += 1) {
      const name = nextName(at, message.kind);
      if (await wroteNew(join(folder, name), renderMail(message, at))) return name;
    }
    throw new PipelineError('alert-failed', `no name is free for a mail of ${at.toISOString()}`);
  };
  return {
    async publish(message) {
      try {
        await mkdir(folder, { recursive: true });
        return await writeNew(message, clock());
      } catch (cause) {
        const text = `${folder}: the mail "${headerText(message.subject)}" could not be written: ${messageOf(cause)}`;
        throw new PipelineError('alert-failed', text, { cause, path: folder });
      }
    },
  };
}

/** False when the file exists. */
async function wroteNew(path: string, content: string): Promise<boolean> {
  try {
    await using file = await open(path, 'wx');
    await file.writeFile(content);
    await file.sync();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * A mail as RFC 5322 has it, with `\n` for line ends so that it is a text file like any other.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322
 */
export function renderMail(message: AlertMessage, at: Date): string {
  const headers = [
    ['From', 'mirrorwatch <mirrorwatch@localhost>'],
    ['Date', at.toUTCString().replace('GMT', '+0000')],
    ['Subject', message.subject],
    ...Object.entries(message.attributes)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [`X-Mirrorwatch-${name.replace(/[^A-Za-z0-9-]/g, '-')}`, value] as const),
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', '8bit'],
  ] as const;
  const lines = headers.map(([name, value]) => `${name}: ${headerText(value)}`);
  return `${lines.join('\n')}\n\n${message.body.replace(/\n?$/, '\n')}`;
}

/** One line of printable ASCII whatever comes in: a line break in a subject would begin another header. */
function headerText(value: string): string {
  return value.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 900);
}
