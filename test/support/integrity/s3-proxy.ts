/** A proxy before the emulator of S3: it notes what is asked, can change answers, and answers `GetBucketLocation`, which the emulator lacks. */

import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A running proxy. */
export interface S3Proxy {
  readonly url: string;
  /** The method and path of every request so far. */
  readonly asked: string[];
  readonly stop: () => void;
}

/** Starts a proxy. `instead` may give the body for a request, by its path and how often it was asked for before. */
export async function anS3Proxy(
  s3: string,
  instead: (path: string, before: number) => Buffer | undefined = () => undefined,
): Promise<S3Proxy> {
  const asked: string[] = [];
  const server = createServer((incoming, answer) => {
    const path = decodeURIComponent((incoming.url ?? '/').split('?')[0] ?? '/');
    const body = instead(path, asked.filter((one) => one === `${incoming.method} ${path}`).length);
    asked.push(`${incoming.method} ${path}`);
    if (/[?&]location\b/.test(incoming.url ?? '')) answer.end(LOCATION);
    else if (body !== undefined) answer.end(body);
    else {
      const { method, headers } = incoming;
      const forwarded = request(new URL(incoming.url ?? '/', s3), { method, headers }, (given) => {
        answer.writeHead(given.statusCode ?? 500, given.headers);
        given.pipe(answer);
      });
      incoming.pipe(forwarded);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, stop: () => void server.close() };
}

const LOCATION = '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>';
