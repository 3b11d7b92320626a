/** CloudFormation's bucket for the responses of custom resources, answered by a server of the test. */

import { vi } from 'vitest';

/** An address as CloudFormation gives it. */
export const RESPONSE_URL =
  'https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/answer?Signature=secret';

/** Sends every request for AWS's hosts to a local server instead. Undone by `vi.unstubAllGlobals`. */
export function responsesTo(url: () => string): void {
  const real = globalThis.fetch;
  vi.stubGlobal('fetch', (input: string, init: RequestInit) =>
    real(input.replace(/^https:\/\/[^/]+\.amazonaws\.com(?:\.cn)?/, url()), init),
  );
}

/** `NODE_OPTIONS` with which a process of its own does the same. */
export function responsesOptions(url: string): string {
  const code = `const real = globalThis.fetch; globalThis.fetch = (input, init) => real(String(input).replace(/^https:..[^/]+.amazonaws.com/, '${url}'), init);`;
  return `--import data:text/javascript,${encodeURIComponent(code)}`;
}
