/** The local world's mail: each message is a file in a folder, and the names sort in sending order. */

import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AlertMessage } from '../alert/message.ts';
import type { Publisher } from '../alert/send-alert.ts';
import { byText } from '../collections.ts';
import { messageOf, PipelineError } from '../errors.ts';

/** More mails in one millisecond would be a bug. Stop looking for a free name. */
const MAX_PER_MILLISECOND = 10_000;

/**
 * A publisher that writes each mail to a new `.eml` file, plain text that mail programs can open, and returns its name. Names sort in
 * sending order: `20261121T090533.123Z-0000-findings.eml`. No file is overwritten, even by another process. The first mail
 * creates the folder. Throws PipelineError `alert-failed` if a mail cannot be written.
 */
export function mailFolder(folder: string, clock: () => Date): Publisher {
  let last = { stamp: '', count: -1 };
  /** A name that this publisher has not tried yet. */
  const nextName = (at: Date, kind: string): string => {
    const stamp = at.toISOString().replace(/[-:]/g, '');
    last = { stamp, count: stamp === last.stamp ? last.count + 1 : 0 };
    return `${stamp}-${String(last.count).padStart(4, '0')}-${kind}.eml`;
  };
  const writeNew = async (message: AlertMessage, at: Date): Promise<string> => {
    for (let attempt = 0; attempt < MAX_PER_MILLISECOND; attempt += 1) {
      const name = nextName(at, message.kind);
      if (await createFile(join(folder, name), renderMail(message, at, name))) return name;
    }
    throw new PipelineError('alert-failed', `no file name is free for a mail of ${at.toISOString()}`);
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

/** Creates the file; false if it exists. */
async function createFile(path: string, content: string): Promise<boolean> {
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

/** What comes after the `@` of our ids. No mail leaves the folder, so it is nobody's domain. */
const ID_DOMAIN = 'mirrorwatch.invalid';

/**
 * A mail in RFC 5322 format, but with `\n` as line ends like any other text file. Its `References` are the same in all mails about one
 * opening of a finding, so mail programs show a reminder and the all-clear with the first. `name` has to be unique in the folder.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4
 */
export function renderMail(message: AlertMessage, at: Date, name: string): string {
  const references = (message.threads ?? []).map((thread) => `<${thread}@${ID_DOMAIN}>`);
  const headers = [
    ['From', 'Mirrorwatch <mirrorwatch@localhost>'],
    ['To', 'Subscribers of the alerts <alerts@localhost>'],
    ['Message-ID', `<${name.replace(/\.eml$/, '')}@${ID_DOMAIN}>`],
    // Each on a line of its own: a line holds 998 characters.
    ...(references.length === 0 ? [] : [['References', references.join('\n ')] as const]),
    ['Date', at.toUTCString().replace('GMT', '+0000')],
    ['Subject', message.subject],
    ...Object.entries(message.attributes)
      .toSorted(byText(([name]) => name))
      .map(([name, value]) => [`X-Mirrorwatch-${name.replace(/[^A-Za-z0-9-]/g, '-')}`, value] as const),
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', '8bit'],
  ] as const;
  const lines = headers.map(([header, value]) => `${header}: ${header === 'References' ? value : headerText(value)}`);
  return `${lines.join('\n')}\n\n${message.body.replace(/\n?$/, '\n')}`;
}

/** One line of printable ASCII: a line break in a subject would start another header. */
function headerText(value: string): string {
  return value.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 900);
}
