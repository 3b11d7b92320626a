/** Checks the signature of a request as AWS does, from AWS's own description and not by the SDK. */

import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a valid signature says: whose key it is, and for which region and service. */
export interface SignedFor {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/**
 * Whom a request is signed by; null if the signature is missing, or not the one that this key makes of this request.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signedBy(
  { method = '', url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  body: string,
  secretOf: (accessKeyId: string) => string | undefined,
): SignedFor | null {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/;
  const [, accessKeyId = '', day = '', region = '', service = '', names = '', signature] =
    form.exec(headers.authorization ?? '') ?? [];
  const secret = secretOf(accessKeyId);
  if (signature === undefined || secret === undefined) return null;
  const { pathname, searchParams } = new URL(url, 'http://host');
  searchParams.sort();
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim().replace(/\s+/g, ' ')}\n`);
  const request = [method, pathname, searchParams.toString(), signed.join(''), names, sha256(body)].join('\n');
  const text = `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${day}/${region}/${service}/aws4_request\n${sha256(request)}`;
  const key = [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day));
  return hmac(key, text).toString('hex') === signature ? { accessKeyId, region, service } : null;
}
