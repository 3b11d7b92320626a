/** A folder in place of S3: `root/{bucket}/{key}`, with an object's metadata in a file next to it. */

import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import type { LogStore } from '../delivery/fetch-log.ts';
import { compareBytes } from '../delivery/log-file.ts';
import { METADATA_ENDING, metadataOwner, SIGNATURE_ENDING } from '../delivery/log-key.ts';
import type { LogObject } from '../delivery/log-object.ts';
import { asObject, parseJson } from '../delivery/shape.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { readFileBeginning, readFileWithin } from './file-bytes.ts';
import { walk } from './logs/walk.ts';

const MAX_METADATA_BYTES = 64 * 1024;

/**
 * The log store on a folder. An object's metadata is a JSON object in the file next to it (`{"signature": "…"}`), or only the signature in
 * hexadecimal, as AWS's guide to offline validation suggests. Objects have no versions and no ETags. A key that leads out of the folder does not exist. Metadata
 * files are not listed.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
export function folderLogStore(root: string): LogStore {
  return {
    async fetch({ bucket, key }, { maxBytes, orBeginning = false }) {
      const path = pathOf(root, bucket, key);
      if (path === undefined) throw noSuchObject(bucket, key);
      const read = await readFileWithin(path, maxBytes).then(
        (bytes) => ({ bytes }),
        (fault: unknown) => {
          const code = fault instanceof PipelineError ? fault.code : undefined;
          if (code === 'log-too-large' && orBeginning) return readFileBeginning(path, maxBytes);
          throw code === 'log-missing' ? noSuchObject(bucket, key, fault) : fault;
        },
      );
      return { ...read, metadata: await metadataOf(path) };
    },

    async *list(bucket, prefix, { startAfter } = {}) {
      const home = pathOf(root, bucket, '');
      if (home === undefined || !(await exists(home))) return;
      const keyOf = (path: string): string => relative(home, path).split(sep).join('/');
      const enter = (folder: string): boolean => {
        const key = folder === home ? '' : `${keyOf(folder)}/`;
        return key.startsWith(prefix) || prefix.startsWith(key);
      };
      for await (const entry of walk(home, { enter, follow: true })) {
        if ('link' in entry) continue;
        const key = keyOf(entry.path);
        if (!key.startsWith(prefix) || isSidecar(key)) continue;
        if (startAfter !== undefined && compareBytes(key, startAfter) <= 0) continue;
        if ('fault' in entry)
          throw new PipelineError('log-unreadable', `${entry.path} could not be listed: ${messageOf(entry.fault)}`, {
            path: entry.path,
            cause: entry.fault,
          });
        yield { bucket, key, size: entry.stats.size } satisfies LogObject;
      }
    },

    async folders(bucket, prefix) {
      const found = new Set<string>();
      for await (const { key } of this.list(bucket, prefix)) {
        const end = key.indexOf('/', prefix.length);
        if (end !== -1) found.add(key.slice(0, end + 1));
      }
      return [...found];
    },
  };
}

/** The path of an object; undefined if it would be outside its bucket. */
function pathOf(root: string, bucket: string, key: string): string | undefined {
  if (bucket === '' || bucket === '.' || bucket === '..' || /[/\\\0]/.test(bucket) || key.includes('\0'))
    return undefined;
  const home = resolve(root, bucket);
  const path = resolve(home, ...key.split('/'));
  return path === home || path.startsWith(home + sep) ? path : undefined;
}

async function metadataOf(path: string): Promise<Readonly<Record<string, string>>> {
  const json = await sidecar(path + METADATA_ENDING);
  if (json !== undefined) {
    const fields = asObject(parseJson(json)?.value);
    if (fields === undefined)
      throw new PipelineError(
        'log-unreadable',
        `${path}${METADATA_ENDING} is not valid metadata: expected a JSON object`,
        {
          path: path + METADATA_ENDING,
        },
      );
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), String(value)]));
  }
  const signature = await sidecar(path + SIGNATURE_ENDING);
  return signature === undefined ? {} : { signature: signature.trim(), 'signature-algorithm': 'SHA256withRSA' };
}

async function sidecar(path: string): Promise<string | undefined> {
  return (await exists(path)) ? (await readFileWithin(path, MAX_METADATA_BYTES)).toString('utf8') : undefined;
}

const isSidecar = (key: string): boolean => metadataOwner(key) !== undefined;

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function noSuchObject(bucket: string, key: string, cause?: unknown): PipelineError {
  const location = `s3://${bucket}/${key}`;
  return new PipelineError('log-missing', `${location} does not exist`, { key: location, cause });
}
