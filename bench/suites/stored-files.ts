/** Reading from S3: the same small files, listed and fetched from an emulator in this process, so only our side counts. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFauxqs } from 'fauxqs';
import { openAws } from '../../src/aws/ports.ts';
import type { LogFile } from '../../src/delivery/fetch-log.ts';
import { openStoredLogs } from '../../src/delivery/listing/fetch-log-tree.ts';
import { scanFiles } from '../../src/local/scan/scan-files.ts';
import { smallCorpus } from '../corpus.ts';
import { THREE_NAMES } from '../folder-scan.ts';
import { race, type Suite, type SuiteResult } from '../measure.ts';

export const storedFiles: Suite = { name: 'stored files: 1,000 of 20 records from S3', run };

const FILES = 1000;
const BUCKET = 'bench-trail';
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench', AWS_REGION: 'eu-west-1' };

async function run(): Promise<SuiteResult> {
  const folder = smallCorpus();
  const names = readdirSync(folder).slice(0, FILES);
  const server = await startFauxqs({ port: 0, logger: false });
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL: `http://127.0.0.1:${server.port}` });
  try {
    server.createBucket(BUCKET);
    const put = `http://127.0.0.1:${server.port}/${BUCKET}`;
    for (const name of names)
      await fetch(`${put}/logs/${name}`, { method: 'PUT', body: readFileSync(join(folder, name)) });
    const { logs } = await openAws({ trail: { buckets: [], topics: [], accounts: [] } }, { pathStyle: true });
    const { stored } = await race({
      stored: () => scanStored(openStoredLogs(logs, { bucket: BUCKET, prefix: 'logs/' })),
    });
    const { bytes, records, files } = stored.answer;
    if (files !== FILES) throw new Error(`read ${files} of ${FILES} objects`);
    return {
      rows: [{ name: 'mirrorwatch, from S3 on this machine', seconds: stored.seconds, bytes, records }],
      targets: [],
    };
  } finally {
    await server.stop();
    delete process.env.AWS_ENDPOINT_URL;
  }
}

async function scanStored(
  found: ReturnType<typeof openStoredLogs>,
): Promise<{ files: number; records: number; bytes: number }> {
  const total = { files: 0, records: 0, bytes: 0 };
  const options = { wanted: { eventNames: THREE_NAMES }, threads: 1, maxLogBytes: 2 ** 30 };
  for await (const { end } of scanFiles(filesOf(found), options)) {
    if (end === undefined) continue;
    total.files += 1;
    total.records += end.records;
    total.bytes += end.bytes;
  }
  return total;
}

async function* filesOf(found: ReturnType<typeof openStoredLogs>): AsyncGenerator<LogFile> {
  for await (const one of found) if (one.kind === 'log') yield one.file;
}
