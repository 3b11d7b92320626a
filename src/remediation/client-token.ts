/** Client tokens: what lets a call be repeated without being done twice. */

import { createHash } from 'node:crypto';

/**
 * A token for EC2, made of the whole request and a generation: 64 hexadecimal digits, the most EC2 takes. A retry of the same
 * request in the same generation has the same token and is answered with what the first call made. Another generation gives
 * another token: without it a session that was deleted meanwhile might be "created" in answer only.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function clientToken(operation: string, request: object, generation: string): string {
  // A list of pairs in the order of their names: the same token whatever order the caller wrote the properties in.
  const parts = Object.entries(request).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([operation, generation, parts]))
    .digest('hex');
}
