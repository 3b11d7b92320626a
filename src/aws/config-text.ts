/** Reads the configuration's text: from the variable itself, S3, Parameter Store, or a file next to the program. */

import { GetObjectCommand } from '@aws-sdk/client-s3';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { PipelineError } from '../errors.ts';
import { checkPin, pinnedPlace } from './access/pin.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';
import { bucketCall, bucketOf } from './s3/bucket-owner.ts';
import type { S3ByRegion } from './s3/s3-log-store.ts';

/** A text, and when it was stored, if that is known. */
export interface StoredText {
  readonly text: string;
  readonly changedAt?: Date | undefined;
}

/** What reading the text may need. */
export interface ConfigTextOptions {
  readonly clients: Clients;
  readonly s3: () => Promise<S3ByRegion>;
  readonly region: string;
  /** The account that the bucket has to belong to. @default S3 does not check it */
  readonly owner?: (() => Promise<string>) | undefined;
  /** Reads a file. Its errors pass through. */
  readonly readFile: (path: string) => Promise<string>;
}

/**
 * The text that `source` refers to: JSON if it begins with `{`, else `s3://bucket/key`, `ssm:/name` (SecureString too) or a path. A place
 * may end in `#sha256=` and 64 hexadecimal digits: then only the content with this SHA-256 is accepted.
 * Throws AwsCallError, or PipelineError `config-invalid` if the object or parameter is empty, or if it has another content; the latter may
 * be retried, since an update of the content and one of the pin come one after the other.
 */
export async function readConfigText(
  source: string,
  { clients, s3, region, owner, readFile }: ConfigTextOptions,
): Promise<StoredText> {
  if (source.trimStart().startsWith('{')) return { text: source };
  const { place, pin } = pinnedPlace(source);
  if (pin !== undefined) {
    const stored = await readConfigText(place, { clients, s3, region, owner, readFile });
    checkPin(stored.text, { place, pin });
    return stored;
  }
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(source) ?? [];
  if (bucket !== undefined && key !== undefined) {
    const answer = await bucketCall('GetObject', { key: source }, bucketOf(bucket, await owner?.()), async (place) => {
      const { Body, LastModified } = await (await s3())(undefined).send(new GetObjectCommand({ ...place, Key: key }));
      return { text: await Body?.transformToString('utf-8'), changedAt: LastModified };
    });
    return { ...answer, text: nonEmpty(answer.text, source) };
  }
  if (source.startsWith('ssm:')) {
    const Name = source.slice('ssm:'.length);
    const { Parameter } = await awsCall('GetParameter', { resourceId: Name }, () =>
      clients.home(SSMClient, region).send(new GetParameterCommand({ Name, WithDecryption: true })),
    );
    return { text: nonEmpty(Parameter?.Value, source), changedAt: Parameter?.LastModifiedDate };
  }
  return { text: await readFile(source) };
}

function nonEmpty(text: string | undefined, source: string): string {
  if (text) return text;
  throw new PipelineError('config-invalid', `${source} is empty: expected a configuration in JSON or YAML`, {
    path: source,
  });
}
