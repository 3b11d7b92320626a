/** What is answered to a request for the live page: decided from its method, its headers and its path, without touching a socket. */

import { visible } from '../../report/escape.ts';
import { healthOf } from '../../report/live/health.ts';
import { OPENMETRICS_TYPE, renderOpenMetrics } from '../../report/live/metrics.ts';
import { LIVE_POLICY, renderLivePage } from '../../report/live/page.ts';
import type { LiveState } from '../../report/live/state.ts';

/** The parts of a request that decide. Names of headers are in lower case. */
export interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** An answer, or `stream` for the updates of the page. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | 'stream';
}

const TEXT = 'text/plain; charset=utf-8';

/** The headers of every answer: it is for this origin alone, and nobody keeps, frames or guesses it. */
const ALWAYS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** Answers a request. `hosts` are the `Host` headers that are believed; undefined for all. */
export function answerTo(asked: Asked, state: LiveState, now: Date, hosts: ReadonlySet<string> | undefined): Answer {
  return refusalOf(asked, hosts) ?? contentOf(pathOf(asked), state, now);
}

function refusalOf({ method, headers, url = '' }: Asked, hosts: ReadonlySet<string> | undefined): Answer | undefined {
  if (method !== 'GET' && method !== 'HEAD')
    return withText(405, 'Only GET and HEAD are answered.', { Allow: 'GET, HEAD' });
  const { host } = headers;
  if (hosts !== undefined && !(typeof host === 'string' && hosts.has(host.toLowerCase())))
    return withText(
      403,
      `Ask for ${[...hosts].join(' or ')}: the Host header is checked, so that no other site can read this page.`,
    );
  // Another site's page may lead here, but not read, embed or hold connections.
  const isForeign = headers['sec-fetch-site'] === 'cross-site' || headers['sec-fetch-site'] === 'same-site';
  if (isForeign && headers['sec-fetch-mode'] !== 'navigate') return withText(403, 'Not for other sites.');
  return url.startsWith('/') ? undefined : withText(400, 'Not a path.');
}

function pathOf({ url = '' }: Asked): string {
  const [path = ''] = url.split('?', 1);
  return path;
}

function contentOf(path: string, state: LiveState, now: Date): Answer {
  switch (path) {
    case '/':
      return {
        status: 200,
        headers: { ...ALWAYS, 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': LIVE_POLICY },
        body: renderLivePage(state, now),
      };
    case '/events':
      return { status: 200, headers: { ...ALWAYS, 'Content-Type': 'text/event-stream' }, body: 'stream' };
    case '/metrics':
      return {
        status: 200,
        headers: { ...ALWAYS, 'Content-Type': OPENMETRICS_TYPE },
        body: renderOpenMetrics(state, now),
      };
    case '/healthz': {
      const health = healthOf(state, now);
      return health.ok ? withText(200, 'healthy') : withText(503, `not healthy: ${visible(health.reason)}`);
    }
  }
  return withText(404, 'There is /, /events, /metrics and /healthz.');
}

/** An answer in a line of plain text. */
export function withText(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...ALWAYS, 'Content-Type': TEXT, ...headers }, body: `${text}\n` };
}
