import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkPin, pinnedPlace } from '../../../src/aws/access/pin.ts';

const HASH = createHash('sha256').update('{}').digest('hex');

describe('pinnedPlace', () => {
  it.each<[source: string, place: string, pin?: string]>([
    [`s3://settings/config.json#sha256=${HASH}`, 's3://settings/config.json', HASH],
    [`ssm:/mirrorwatch/config#sha256=${HASH}`, 'ssm:/mirrorwatch/config', HASH],
    [`config.json#sha256=${HASH}`, 'config.json', HASH],
    ['s3://settings/config.json', 's3://settings/config.json'],
    ['s3://settings/a#b.json', 's3://settings/a#b.json'],
    [`s3://settings/config.json#sha256=${HASH.slice(1)}`, `s3://settings/config.json#sha256=${HASH.slice(1)}`],
    [`{"region":"#sha256=${HASH}`, `{"region":"#sha256=${HASH}`],
  ])('reads %s', (source, place, pin) => {
    expect(pinnedPlace(source)).toEqual({ place, pin });
  });
});

describe('checkPin', () => {
  it('accepts the content of the hash, and any where there is none', () => {
    expect(() => checkPin('{}', { place: 'config.json', pin: HASH })).not.toThrow();
    expect(() => checkPin('[]', { place: 'config.json' })).not.toThrow();
  });

  it('refuses any other content, to be tried again: an update of content and pin takes two steps', () => {
    expect(() => checkPin('{} ', { place: 'config.json', pin: HASH })).toThrow(
      expect.objectContaining({ code: 'config-invalid', retryable: true, concerns: { path: 'config.json' } }),
    );
  });
});
