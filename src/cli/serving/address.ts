/** The address that `--serve` names, and by which names a browser may ask for it. */

import { isIP } from 'node:net';
import { PipelineError } from '../../errors.ts';

/** Where to listen. */
export interface ServeAddress {
  /** An IP address. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';

/**
 * Reads `PORT`, `HOST:PORT` or `[HOST]:PORT`. Throws PipelineError `usage` for anything else, and unless `anyHost` for an address that other
 * machines reach.
 */
export function readServeAddress(text: string, anyHost: boolean): ServeAddress {
  const [, brackets, plain, digits = ''] = /^(?:\[([^\]]*)\]:|([^:]*):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const named = brackets ?? plain ?? LOOPBACK;
  const host = named.toLowerCase() === 'localhost' ? LOOPBACK : named;
  const isAddress = brackets === undefined ? isIP(host) === 4 : isIP(host) === 6;
  if (digits === '' || port > 65_535 || !isAddress)
    throw new PipelineError(
      'usage',
      `--serve: "${text}" is no address; give a port, such as 9464, or an IP address and a port, such as 127.0.0.1:9464 or [::1]:9464`,
    );
  if (!anyHost && !isLoopback(host))
    throw new PipelineError(
      'usage',
      `--serve: other machines reach ${host}, and the page has no password: it shows accounts, resources and what is wrong with them. Serve on 127.0.0.1 behind a reverse proxy that asks who is there, or add --serve-any-host`,
    );
  return { host, port };
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * The `Host` headers with which a loopback address may be asked. Any other is a name of somebody's that was made to lead here (DNS
 * rebinding): the page of a stranger could read ours.
 */
export function hostsOf({ host, port }: ServeAddress): ReadonlySet<string> {
  const names = [authorityHost(host), 'localhost'];
  return new Set(names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}

/** `http://127.0.0.1:9464/`. */
export function urlOf({ host, port }: ServeAddress): string {
  return `http://${authorityHost(host)}:${port}/`;
}

function authorityHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
