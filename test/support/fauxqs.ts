/** An emulator of S3, SNS and SQS for the tests of one file. */

import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll } from 'vitest';
import { pointAt } from './live.ts';

/** Starts the emulator before a file's tests, points every client to it, and stops it afterwards. */
export function aFauxqs(): () => FauxqsServer {
  let server: FauxqsServer | undefined;
  beforeAll(async () => {
    server = await startFauxqs({ port: 0, logger: false });
    pointAt(`http://127.0.0.1:${server.port}`);
  });
  afterAll(() => server?.stop());
  return () => {
    if (server === undefined) throw new Error('the emulator is there only while tests run');
    return server;
  };
}
