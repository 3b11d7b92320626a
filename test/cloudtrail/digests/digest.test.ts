import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseDigest, signedText } from '../../../src/cloudtrail/digests/digest.ts';
import {
  type ChainOptions,
  type FoundDigest,
  type IntegrityCheck,
  verifyDigests,
} from '../../../src/cloudtrail/digests/digest-chain.ts';
import { type LogContent, missingLog, startProving } from '../../../src/cloudtrail/digests/log-integrity.ts';
import { readSigningKeys } from '../../../src/cloudtrail/digests/signing-keys.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-01-02T00:00:00Z');
const hour = (count: number): Date => new Date(START + count * HOUR_MS);
const isoOf = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
const stampOf = (date: Date): string => isoOf(date).replace(/[-:]/g, '');
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes.toString(), 'utf8').digest('hex');

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly entry: { Value: string; Fingerprint: string; ValidityStartTime?: string; ValidityEndTime?: string };
}

function keyPair(type: 'pkcs1' | 'spki'): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const Value = publicKey.export({ format: 'der', type }).toString('base64');
  return { privateKey, entry: { Value, Fingerprint: createHash('md5').update(Value, 'base64').digest('hex') } };
}

const PKCS1 = keyPair('pkcs1');
const SPKI = keyPair('spki');
const KEYS = readSigningKeys({ PublicKeyList: [PKCS1.entry, SPKI.entry] }).keys;

const logKeyOf = (at: number): string =>
  `p/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/01/02/111122223333_CloudTrail_eu-west-1_${stampOf(new Date(hour(at).getTime() - HOUR_MS / 2)).slice(0, 13)}Z_AbCdEfGhIjKlM${100 + at}.json.gz`;
const digestKeyOf = (at: number, backfill = false): string =>
  `p/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/01/02/111122223333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_${stampOf(hour(at))}${backfill ? '_backfill' : ''}.json.gz`;
const logContentOf = (at: number): string => `{"Records":[{"eventID":"${at}"}]}`;

const md5Entry = (at: number) => ({
  s3Bucket: 'logs',
  s3Object: logKeyOf(at),
  hashValue: sha256(logContentOf(at)),
  hashAlgorithm: 'MD5',
});

interface Made extends FoundDigest {
  readonly bucket: string;
  readonly content: Buffer;
  readonly signature: string;
}

interface Variation {
  readonly bucket?: string;
  readonly key?: KeyPair;
  readonly starts?: boolean;
  readonly backfill?: boolean;
  readonly fields?: Record<string, unknown>;
}

/** Hourly digests as CloudTrail would write them, each with one log file; `vary` changes what is written before it is signed. */
function chain(hours: number, vary: (at: number) => Variation = () => ({})): Made[] {
  const made: Made[] = [];
  for (let at = 1; at <= hours; at++) {
    const { bucket = 'logs', key = PKCS1, starts = at === 1, backfill = false, fields = {} } = vary(at);
    const before = starts ? undefined : made.at(-1);
    const body = {
      awsAccountId: '111122223333',
      digestStartTime: isoOf(hour(at - 1)),
      digestEndTime: isoOf(hour(at)),
      digestS3Bucket: bucket,
      digestS3Object: digestKeyOf(at, backfill),
      digestPublicKeyFingerprint: key.entry.Fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: null,
      oldestEventTime: null,
      previousDigestS3Bucket: before?.bucket ?? null,
      previousDigestS3Object: before?.key ?? null,
      previousDigestHashValue: before ? sha256(before.content) : null,
      previousDigestHashAlgorithm: before ? 'SHA-256' : null,
      previousDigestSignature: before?.signature ?? null,
      logFiles: [
        { s3Bucket: 'logs', s3Object: logKeyOf(at), hashValue: sha256(logContentOf(at)), hashAlgorithm: 'SHA-256' },
      ],
      ...fields,
    };
    const content = Buffer.from(JSON.stringify(body));
    const text = Buffer.from(signedText(parseDigest(content), content)).toString('utf8');
    const signature = sign('RSA-SHA256', new TextEncoder().encode(text), key.privateKey).toString('hex');
    made.push({ bucket, key: digestKeyOf(at, backfill), content, signature, signatureAlgorithm: 'SHA256withRSA' });
  }
  return made;
}

const statuses = (checks: readonly IntegrityCheck[]): string[] => checks.map(({ status }) => status);

function verified(found: readonly FoundDigest[], options: Partial<ChainOptions> = {}) {
  return verifyDigests(found, { keys: KEYS, since: hour(0), until: hour(4), now: hour(48), ...options });
}

const without = (made: readonly Made[], ...hours: number[]): Made[] => made.filter((_, at) => !hours.includes(at + 1));
const changed = (made: readonly Made[], at: number, change: (one: Made) => Partial<FoundDigest>): FoundDigest[] =>
  made.map((one, index) => (index + 1 === at ? { ...one, ...change(one) } : one));
const unsigned = ({ bucket: _, signature: _s, signatureAlgorithm: _a, ...rest }: Made): FoundDigest => rest;
const flippedHash = ({ content }: Made): Buffer =>
  Buffer.from(content.toString().replace(/"previousDigestHashValue":"[0-9a-f]{2}/, '"previousDigestHashValue":"00'));
const flipped = (content: Buffer): Buffer => Buffer.from(content.toString().replace('111122223333', '111122223334'));

describe('verifyDigests', () => {
  it('finds a sound chain valid, newest digest first', () => {
    const { checks, digests } = verified(chain(4));
    expect(checks).toMatchObject(
      [4, 3, 2, 1].map((at) => ({
        object: `s3://logs/${digestKeyOf(at)}`,
        type: 'digest',
        status: 'valid',
        accountId: '111122223333',
        region: 'eu-west-1',
        from: hour(at - 1),
        to: hour(at),
      })),
    );
    expect(digests.every(({ status }) => status === 'valid')).toBe(true);
  });

  it('gives the same result whatever the order of the digests', () => {
    expect(verified(chain(4).toReversed()).checks).toEqual(verified(chain(4)).checks);
  });

  it.each([
    ['a new key in SPKI form', chain(4, (at) => ({ key: at > 2 ? SPKI : PKCS1 }))],
    ['a new bucket', chain(4, (at) => ({ bucket: at > 2 ? 'new-logs' : 'logs' }))],
  ])('accepts %s', (_, found) => {
    expect(statuses(verified(found).checks)).toEqual(['valid', 'valid', 'valid', 'valid']);
  });

  const made = chain(4);
  it.each<[string, FoundDigest[], RegExp]>([
    [
      'a changed byte',
      changed(made, 2, ({ content }) => ({ content: flipped(content) })),
      /its hash is not the one that the digest after it records/,
    ],
    [
      'a changed byte in the newest',
      changed(made, 4, ({ content }) => ({ content: flipped(content) })),
      /signature does not verify/,
    ],
    [
      'another signature',
      changed(made, 2, () => ({ signature: made[0]?.signature ?? '' })),
      /its signature is not the one that the digest after it records/,
    ],
    [
      'another signature of the newest',
      changed(made, 4, () => ({ signature: made[0]?.signature ?? '' })),
      /signature does not verify/,
    ],
    ['a signature that is not hexadecimal', changed(made, 4, () => ({ signature: 'zz' })), /not hexadecimal/],
    [
      'stripped metadata',
      made.map((one, at) => (at === 1 ? { bucket: one.bucket, key: one.key, content: one.content } : one)),
      /signature is missing from its metadata/,
    ],
    [
      'another algorithm in the metadata',
      changed(made, 3, () => ({ signatureAlgorithm: 'SHA1withRSA' })),
      /names the algorithm "SHA1withRSA"/,
    ],
    [
      'another algorithm in the digest',
      chain(4, (at) => (at === 4 ? { fields: { digestSignatureAlgorithm: 'MD5withRSA' } } : {})),
      /signature algorithm is "MD5withRSA"/,
    ],
    [
      'the fingerprint of an unknown key',
      chain(4, (at) => (at === 4 ? { key: keyPair('pkcs1') } : {})),
      /no public key has its fingerprint/,
    ],
    [
      'content that is not a digest',
      changed(made, 2, () => ({ content: Buffer.from('{}') })),
      /awsAccountId is missing/,
    ],
    [
      'content that cannot be read',
      changed(made, 2, () => ({ content: { fault: '7 bytes follow' } })),
      /7 bytes follow/,
    ],
    [
      'a field of the wrong kind',
      changed(made, 2, ({ content }) => ({
        content: Buffer.from(content.toString().replace(/"logFiles":\[.*\]/, '"logFiles":{}')),
      })),
      /logFiles is not a list/,
    ],
    [
      'an incomplete previous digest',
      changed(made, 2, ({ content }) => ({
        content: Buffer.from(
          content.toString().replace('"previousDigestHashAlgorithm":"SHA-256"', '"previousDigestHashAlgorithm":null'),
        ),
      })),
      /previousDigestHashAlgorithm is missing/,
    ],
    [
      'a new location in the bucket',
      changed(made, 2, ({ key }) => ({ key: key.replace('p/', 'q/') })),
      /it has been moved/,
    ],
    [
      'a location in another bucket',
      changed(made, 2, () => ({ bucket: 'other' })),
      /it has been moved: CloudTrail wrote it to s3:\/\/logs\//,
    ],
  ])('finds a digest with %s invalid, and no other', (_, found, reason) => {
    const { checks } = verified(found);
    const invalid = checks.filter(({ status }) => status === 'invalid');
    expect(invalid).toMatchObject([{ reason: expect.stringMatching(reason) }]);
    expect(checks.filter(({ status }) => status === 'valid')).toHaveLength(3);
  });

  it('refuses a key outside its validity, with two hours of tolerance', () => {
    const signedWith = (end: Date) =>
      readSigningKeys([{ ...PKCS1.entry, ValidityStartTime: isoOf(hour(-100)), ValidityEndTime: isoOf(end) }]).keys;
    expect(statuses(verified(chain(4), { keys: signedWith(hour(2)) }).checks)).toEqual([
      'valid',
      'valid',
      'valid',
      'valid',
    ]);
    expect(verified(chain(4), { keys: signedWith(hour(1)) }).checks[0]).toMatchObject({
      status: 'invalid',
      reason: expect.stringMatching(/was not valid at/),
    });
  });

  it.each<[string, FoundDigest[], Partial<ChainOptions>, object]>([
    [
      'one missing digest',
      without(made, 3),
      {},
      { object: `s3://logs/${digestKeyOf(3)}`, from: hour(2), to: hour(3), reason: 'CloudTrail writes one every hour' },
    ],
    [
      'two missing in a row',
      without(made, 2, 3),
      {},
      {
        object: `s3://logs/${digestKeyOf(3)}`,
        from: hour(1),
        to: hour(3),
        reason: expect.stringMatching(/1 before it/),
      },
    ],
    [
      'the oldest of the period missing',
      without(made, 1, 2),
      {},
      { object: `s3://logs/${digestKeyOf(2)}`, from: hour(0), to: hour(2) },
    ],
    [
      'the newest missing',
      without(made, 3, 4),
      { until: hour(5) },
      { from: hour(2), to: hour(5), reason: expect.stringMatching(/no valid digest after this one/) },
    ],
    [
      'a chain that starts again',
      without(
        chain(4, (at) => ({ starts: at === 1 || at === 4 })),
        3,
      ),
      {},
      { from: hour(2), to: hour(3), reason: expect.stringMatching(/a new chain starts/) },
    ],
    [
      'one that was moved',
      changed(made, 2, () => ({ bucket: 'other' })),
      {},
      { object: `s3://logs/${digestKeyOf(2)}` },
    ],
    [
      'a gap between two digests’ times',
      chain(4, (at) => (at === 3 ? { fields: { digestStartTime: isoOf(new Date(hour(2).getTime() + 60_000)) } } : {})),
      {},
      { reason: expect.stringMatching(/gap between the end of this digest/) },
    ],
  ])('finds a gap: %s', (_, found, options, expected) => {
    expect(verified(found, options).checks.filter(({ status }) => status === 'missing')).toMatchObject([expected]);
  });

  it('calls the digest before the oldest one found unverified, not missing', () => {
    const { checks } = verifyDigests(without(made, 1), { keys: KEYS, now: hour(5) });
    expect(checks.at(-1)).toMatchObject({ object: `s3://logs/${digestKeyOf(1)}`, status: 'unverified' });
    expect(checks.some(({ status }) => status === 'missing')).toBe(false);
  });

  it('does not believe what an invalid digest says about the one before it', () => {
    const forged = changed(made, 3, ({ content }) => ({
      content: Buffer.from(
        content.toString().replace(/"previousDigestHashValue":"[0-9a-f]{2}/, '"previousDigestHashValue":"00'),
      ),
    }));
    expect(statuses(verified(forged).checks)).toEqual(['valid', 'invalid', 'valid', 'valid']);
  });

  it('takes the signature from the next digest when files were downloaded without metadata', () => {
    const { checks } = verified(made.map(unsigned));
    expect(statuses(checks)).toEqual(['unverified', 'valid', 'valid', 'valid']);
    const forged = changed(made, 2, ({ content }) => ({ content: flipped(content) })).map((one) =>
      unsigned(one as Made),
    );
    expect(statuses(verified(forged).checks)).toEqual(['unverified', 'valid', 'invalid', 'unverified']);
    const [, , , newest] = made;
    const saved = [...made.slice(0, 3).map(unsigned), ...(newest ? [newest] : [])];
    expect(statuses(verified(saved).checks)).toEqual(['valid', 'valid', 'valid', 'valid']);
  });

  it('keeps the chains of different trails, accounts and regions apart', () => {
    const others = chain(4, (at) => ({
      starts: true,
      fields: { digestS3Object: digestKeyOf(at).replace('my_trail', 'other') },
    }));
    const { checks } = verified([
      ...made,
      ...others.map((one) => ({ ...one, key: one.key.replace('my_trail', 'other') })),
    ]);
    expect(checks.filter(({ object }) => object.includes('my_trail')).map(({ status }) => status)).toEqual(
      Array(4).fill('valid'),
    );
  });

  it('judges each backfill digest by itself, at the time it was generated', () => {
    const backfill = chain(2, () => ({ starts: true, backfill: true })).map((one) => ({
      ...one,
      generatedAt: hour(90),
    }));
    const { checks, digests } = verified([...made, ...backfill]);
    expect(statuses(checks)).toEqual(Array(6).fill('valid'));
    expect(checks.filter(({ type }) => type === 'backfill-digest')).toHaveLength(2);
    expect(digests.filter((one) => one.backfill)).toHaveLength(2);
  });

  it('expects the end of a period in the past to be covered, and of the last two hours nothing', () => {
    const missing = (options: Partial<ChainOptions>): number =>
      verified(made, options).checks.filter(({ status }) => status === 'missing').length;
    expect(missing({ until: hour(5), now: hour(48) })).toBe(1);
    expect(missing({ until: hour(5), now: hour(6) })).toBe(0);
    expect(missing({ until: undefined, now: hour(6) })).toBe(0);
    expect(missing({ until: undefined, now: hour(6.1) })).toBe(1);
  });

  it('does not believe a digest without proof against one with a signature', () => {
    const [, , , newest] = made;
    const forged = {
      ...(newest as Made),
      content: flippedHash(newest as Made),
      bucket: undefined,
      signature: undefined,
    };
    const checks = verified([...made.slice(0, 3), forged]).checks;
    expect(statuses(checks)).toEqual(['unverified', 'valid', 'valid', 'valid']);
  });

  it('finds a second file of a digest', () => {
    const copies = made.map(({ bucket: _, ...one }) => one);
    const again = { ...(copies[1] as (typeof copies)[0]), key: `older/${made[1]?.key}` };
    expect(statuses(verified([...copies, again]).checks)).toEqual(['valid', 'valid', 'valid', 'injected', 'valid']);
  });

  it('finds nothing valid when there are no digests', () => {
    expect(verified([])).toEqual({ checks: [], digests: [] });
  });
});

describe('log files against their digests', () => {
  const report = verified(chain(4));
  const prover = (of = report, now = hour(48)) => startProving(of, { period: {}, now });
  const content = (text: string, trailingBytes = 0): LogContent => ({
    kind: 'present',
    bytes: Buffer.from(text),
    sha256: sha256(text),
    trailingBytes,
  });
  const first = { bucket: 'logs', key: logKeyOf(1) };
  /** What is said of the first file, at once or at the end. */
  const said = (found: LogContent, of = report) => {
    const one = prover(of);
    const check = one.judge(first, found);
    return check ?? one.finish()[0];
  };

  it('are expected, every one that a digest names, once', () => {
    expect(
      prover()
        .unclaimed()
        .map(({ log }) => log.key)
        .toSorted(),
    ).toEqual([1, 2, 3, 4].map(logKeyOf));
  });

  it.each<[string, LogContent, object]>([
    ['unchanged', content(logContentOf(1)), { status: 'valid' }],
    ['changed', content('{"Records":[]}'), { status: 'invalid', reason: expect.stringMatching(/hash differs/) }],
    [
      'with a member appended',
      content(logContentOf(1), 30),
      { status: 'invalid', reason: '30 bytes after the end of its gzip data' },
    ],
    ['unreadable', { kind: 'unreadable', reason: 'cut off' }, { status: 'invalid', reason: 'cut off' }],
  ])('are judged when %s', (_, found, expected) => {
    expect(said(found)).toMatchObject({ type: 'log', object: `s3://logs/${logKeyOf(1)}`, ...expected });
  });

  it('are missing when there is no file for a proven entry, and not when it could not be read', () => {
    const one = prover();
    one.judge(first, { kind: 'unread' });
    const left = one.unclaimed();
    expect(left).toHaveLength(3);
    expect(left.map(missingLog)).toMatchObject(Array(3).fill({ status: 'missing' }));
  });

  it('are not judged by a hash other than SHA-256, or by an invalid digest', () => {
    const md5 = chain(4, (at) => (at === 1 ? { fields: { logFiles: [md5Entry(1)] } } : {}));
    expect(said(content(logContentOf(1)), verified(md5))).toMatchObject({ status: 'invalid' });
    const forged = changed(chain(4), 1, ({ content: bytes }) => ({ content: flipped(bytes) }));
    expect(said(content(logContentOf(1)), verified(forged))).toMatchObject({ status: 'unverified' });
  });

  it('belong to one entry each: a second copy is injected, and so is another file of the same name', () => {
    const one = prover();
    const at = (folder: string) => ({ key: `${folder}/${logKeyOf(1)}` });
    expect(one.judge(at('a'), content('forged'))).toBeUndefined();
    expect(one.judge(at('b'), content(logContentOf(1)))).toMatchObject({ status: 'valid' });
    expect(one.judge(at('c'), content(logContentOf(1)))).toMatchObject({ status: 'injected' });
    expect(one.finish()).toMatchObject([{ status: 'injected', object: at('a').key }]);
  });

  it('are found in a copy by their content when their names are lost, and moved when they have another one', () => {
    const one = prover();
    expect(one.judge({ key: 'copy/first.json.gz' }, content(logContentOf(1)))).toMatchObject({ status: 'valid' });
    expect(one.judge({ key: `copy/${logKeyOf(3)}` }, content(logContentOf(2)))).toBeUndefined();
    expect(one.finish()).toMatchObject([{ status: 'invalid', reason: expect.stringMatching(/has the content that/) }]);
  });

  const injected = (at: string, region = 'eu-west-1') =>
    `p/AWSLogs/111122223333/CloudTrail/${region}/2026/01/02/111122223333_CloudTrail_${region}_20260102T${at}Z_InjectedInjected.json.gz`;
  const gap = verified(without(chain(4), 3));
  const broken = verified(changed(chain(4), 2, ({ content: bytes }) => ({ content: flipped(bytes) })));

  it.each([
    ['in an hour whose digest is valid', report, injected('0130'), 'injected'],
    ['in an hour whose digest is missing', gap, injected('0230'), 'unverified'],
    ['in an hour whose digest is invalid', broken, injected('0130'), 'unverified'],
    ['after the newest digest', report, injected('0410'), 'unverified'],
    ['just before the newest digest ended', report, injected('0350'), 'unverified'],
    ['before the oldest digest', report, injected('0130').replace(/2026(\/?)01(\/?)02/g, '2026$101$201'), 'unverified'],
    ['in a region without digests', report, injected('0130', 'eu-north-1'), 'unverified'],
    ['under a name that CloudTrail doesn’t give', report, logKeyOf(1).replace(/[^/]+$/, 'mine.json.gz'), 'injected'],
    ['in the folder of another day', report, logKeyOf(1).replace('/01/02/', '/01/03/'), 'injected'],
  ])('are judged when no digest names them: %s', (_, digests, key, status) => {
    expect(prover(digests).judge({ bucket: 'logs', key }, undefined)).toMatchObject({
      object: `s3://logs/${key}`,
      status,
      reason: expect.any(String),
    });
  });

  it('wait for their digest until it is due, and no longer; one with a name from the future waits for none', () => {
    const at = (now: Date) => prover(report, now).judge({ bucket: 'logs', key: injected('0410') }, undefined);
    expect(at(hour(5))).toMatchObject({ status: 'unverified', notDue: true });
    expect(at(hour(6.1))).toMatchObject({ status: 'unverified', notDue: true });
    const due = at(hour(6.2));
    expect(due).toMatchObject({ status: 'unverified' });
    expect(due?.notDue).toBeUndefined();
    expect(at(hour(3.9))).toMatchObject({ status: 'injected', reason: expect.stringMatching(/from the future/) });
  });

  it.each([
    ['another account', { recipientAccountId: '999988887777' }, 'injected'],
    ['another region', { awsRegion: 'ap-east-1' }, 'injected'],
    ['a later time', { eventTime: '2026-01-02T09:00:00Z' }, 'injected'],
    ['a global service', { awsRegion: 'us-east-1' }, 'unverified'],
    ['its own', { recipientAccountId: '111122223333', eventTime: '2026-01-02T04:05:00Z' }, 'unverified'],
  ])('whose digest is not due are compared with their records: %s', (_, record, status) => {
    const file = { bucket: 'logs', key: injected('0410') };
    expect(prover(report, hour(5)).judge(file, content(JSON.stringify({ Records: [record] })))).toMatchObject({
      status,
    });
  });
});

describe('readSigningKeys', () => {
  it('reads both encodings, with times as the API or the command line gives them', () => {
    const times = { ValidityStartTime: START / 1000, ValidityEndTime: new Date(START) };
    const { keys, rejected } = readSigningKeys({ PublicKeyList: [{ ...PKCS1.entry, ...times }, SPKI.entry] });
    expect(rejected).toEqual([]);
    expect(keys).toMatchObject([
      { validFrom: hour(0), validUntil: hour(0), fingerprint: PKCS1.entry.Fingerprint },
      { fingerprint: SPKI.entry.Fingerprint },
    ]);
  });

  it.each([
    [
      'a fingerprint of another key',
      { ...PKCS1.entry, Fingerprint: SPKI.entry.Fingerprint },
      /PublicKeyList\[0\]: the fingerprint is/,
    ],
    ['no value', { Fingerprint: 'x' }, /missing/],
    [
      'bytes that are not a key',
      { Value: 'AAAA', Fingerprint: createHash('md5').update('AAAA', 'base64').digest('hex') },
      /not an RSA key/,
    ],
    ['null', null, /missing/],
  ])('names an entry with %s and leaves it out', (_, entry, reason) => {
    expect(readSigningKeys([entry])).toEqual({ keys: [], rejected: [expect.stringMatching(reason)] });
  });

  it('says so when there is no list', () => {
    expect(readSigningKeys({}).rejected).toHaveLength(1);
  });
});
