/** Client tokens: they let a call be repeated without taking effect twice. */

import { createHash } from 'node:crypto';
import { byText } from '../collections.ts';

/**
 * A token for EC2, made of the complete request and a generation: 64 hexadecimal digits, the most EC2 accepts. A retry of the same
 * request in the same generation has the same token, and EC2 answers it with what the first call created. A new generation has a new
 * token; with the old one, EC2 might report a session as created that was deleted meanwhile.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function clientToken(operation: string, request: object, generation: string): string {
  // Sorted, so that the order of the caller's properties does not matter.
  const parts = Object.entries(request).toSorted(byText(([name]) => name));
  return createHash('sha256')
    .update(JSON.stringify([operation, generation, parts]))
    .digest('hex');
}
