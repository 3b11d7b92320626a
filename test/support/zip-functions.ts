/** Runs the functions of mirrorwatch.zip as Lambda does: from the unpacked zip, each in a fresh process. */

import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import StreamZip from 'node-stream-zip';

export const ZIP: string = fileURLToPath(new URL('../../mirrorwatch.zip', import.meta.url));

/** Unpacks the zip into a new folder and returns its path. */
export async function unpackZip(zip: string = ZIP): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-zip-'));
  const archive = new StreamZip.async({ file: zip });
  await archive.extract(null, folder);
  await archive.close();
  writeFileSync(join(folder, 'run.mjs'), RUNNER);
  return folder;
}

/** Reads an event from stdin, and writes the handler's answer as the last line of stdout. */
const RUNNER = `
const start = performance.now();
const { handler } = await import('./' + process.argv[2] + '.mjs');
const loadMs = performance.now() - start;
let text = '';
for await (const chunk of process.stdin) text += chunk;
const end = Date.now() + Number(process.argv[3]);
const context = { awsRequestId: 'r', functionName: process.argv[2], functionVersion: '1', invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f', memoryLimitInMB: '1769', logGroupName: 'g', logStreamName: 's', getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) };
const answer = await handler(JSON.parse(text), context);
process.stdout.write('\\n' + JSON.stringify({ answer: answer ?? null, loadMs }) + '\\n');
process.exit(0);
`;

export interface Invocation {
  readonly answer: unknown;
  readonly loadMs: number;
  readonly log: string;
}

export interface InvokeOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** Polled while the process runs. Kills it when it resolves to true. */
  readonly killWhen?: () => Promise<boolean>;
}

/** Invokes a handler in a fresh process. Rejects with its output if it fails or is killed. */
export function invoke(folder: string, name: string, event: unknown, options: InvokeOptions): Promise<Invocation> {
  const { env, timeoutMs = 120_000, killWhen } = options;
  const child = spawn(process.execPath, [join(folder, 'run.mjs'), name, String(timeoutMs)], {
    env: {
      PATH: process.env.PATH,
      NODE_NO_WARNINGS: '1',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      ...env,
    },
  });
  const output: string[] = [];
  // What goes to stderr may arrive after the answer.
  const answers: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => answers.push(text));
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  child.stdin.end(JSON.stringify(event));
  let isClosed = false;
  const watch = async (): Promise<void> => {
    while (!isClosed && killWhen !== undefined) if (await killWhen()) child.kill('SIGKILL');
  };
  const watching = watch();
  return new Promise((resolve, reject) => {
    child.on('close', async (code) => {
      isClosed = true;
      await watching;
      const log = output.join('');
      const last = answers.join('').trimEnd().split('\n').at(-1) ?? '';
      if (code === 0) resolve({ ...(JSON.parse(last) as Invocation), log });
      else reject(new Error(`${name} ended with ${code}:\n${log}`));
    });
  });
}
