import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AwsOptions, AwsPorts } from '../../../src/aws/ports.ts';
import { aFakeAws, livePorts, pointAt } from '../../support/live.ts';

const STACK = '444455556666';
const LOGS = '222233334444';

const fakeAws = aFakeAws();
/** An S3 that denies everything and notes whose buckets it was asked for. */
const owners: (string | undefined)[] = [];
const s3 = createServer((request, response) => {
  owners.push(request.headers['x-amz-expected-bucket-owner']?.toString());
  response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
});
beforeAll(async () => {
  await new Promise<void>((resolve) => s3.listen(0, '127.0.0.1', resolve));
  pointAt(`http://127.0.0.1:${(s3.address() as AddressInfo).port}`, '_S3');
});
afterAll(() => {
  delete process.env.AWS_ENDPOINT_URL_S3;
  s3.close();
});
afterEach(() => {
  owners.length = 0;
});

const ports = (options: Partial<AwsOptions> = {}): AwsPorts => livePorts({ bucketOwners: { logs: LOGS }, ...options });
const noFile = (): Promise<string> => Promise.reject(new Error('no file is asked for'));

/** Every call that is made to S3, on a bucket whose owner is known. */
const CALLS: readonly (readonly [what: string, owner: string, call: (aws: AwsPorts) => Promise<unknown>])[] = [
  ['the fetch of a log', LOGS, ({ logs }) => logs.fetch({ bucket: 'logs', key: 'a' }, { maxBytes: 10 })],
  ['the list of logs', LOGS, ({ logs }) => logs.list('logs', '')[Symbol.asyncIterator]().next()],
  ['the list of folders', LOGS, ({ logs }) => logs.folders('logs', '')],
  ['the read of the configuration', STACK, ({ configText }) => configText('s3://settings/config.json', noFile)],
  ['the read of a plan', LOGS, ({ historyStore }) => historyStore('logs', 'plan').read('plan.json')],
  [
    'the list of a result',
    LOGS,
    ({ historyStore }) => historyStore('logs', '').list('')[Symbol.asyncIterator]().next(),
  ],
  ['the write of a result', LOGS, ({ historyStore }) => historyStore('logs', '').write('a', Buffer.from('b'))],
  ['the write of a report', STACK, ({ reportStore }) => reportStore('reports').put('a', 'b', 'text/plain')],
];

describe('calls to S3', () => {
  it.each(CALLS)('%s is refused if the bucket is not of account %s', async (_what, owner, call) => {
    await expect(call(ports({ stackAccountId: STACK }))).rejects.toThrow(
      new RegExp(`has to be account ${owner}'s; if it is, the permission is missing`),
    );
    expect(owners).toEqual([owner]);
  });

  it('take the account of our credentials for the stack if nothing else is known', async () => {
    const aws = ports();
    const before = fakeAws().count('GetCallerIdentity');
    for (const key of ['a', 'b'])
      await expect(aws.reportStore('reports').put(key, 'b', 'text/plain')).rejects.toThrow(/AccessDenied/);
    expect(owners).toEqual(['111122223333', '111122223333']);
    expect(fakeAws().count('GetCallerIdentity')).toBe(before + 1);
  });

  it('do not name an owner that nobody knows', async () => {
    const refused = ports().logs.fetch({ bucket: 'unknown', key: 'a' }, { maxBytes: 10 });
    await expect(refused).rejects.toThrow(/^(?!.*has to be account)/);
    await expect(refused).rejects.toThrow(/or the object does not exist, which S3 tells only those who may list/);
    expect(owners).toEqual([undefined]);
  });

  it('are all made through bucketCall, which names the owner', () => {
    const folder = join(import.meta.dirname, '../../../src/aws');
    const files = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.ts'));
    const found = files.flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const [, imported = ''] = /import \{([^}]*)\} from '@aws-sdk\/client-s3'/.exec(text) ?? [];
      const commands = imported.match(/\b\w+Command\b/g) ?? [];
      return commands.flatMap((command) =>
        [...text.matchAll(new RegExp(`new ${command}\\(\\s*(.{0,40})`, 'gs'))].map(([, given = '']) => ({
          call: `${file}: ${command}`,
          hasPlace: /^\{\s*\.\.\.place,/.test(given),
        })),
      );
    });
    expect(found.filter(({ hasPlace }) => !hasPlace)).toEqual([]);
    // What only looks has tests of its own: test/aws/doctor.
    expect(found.filter(({ call }) => !call.startsWith('doctor/'))).toHaveLength(CALLS.length);
  });
});
