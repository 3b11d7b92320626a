// A bucket with one day of an organisation's trail, signed with a key of its own: for each account and region an hourly digest and some log files. It
// answers after 15 ms, at most `most` requests at the same time, and asks the others to slow down. It prints its port, the file of the public
// keys being made first, and on SIGTERM how many requests it had: listings, objects, and those that were slowed down.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { lister } from './s3-pages.mjs';

const [accounts, regions, perHour, most] = process.argv.slice(2, 6).map(Number);
const keysFile = process.argv[6];
const START = Date.UTC(2026, 10, 1);
const HOUR = 3_600_000;
const LATENCY_MS = 15;
const BUCKET = 'trail';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const der = publicKey.export({ format: 'der', type: 'pkcs1' });
const fingerprint = createHash('md5').update(der).digest('hex');
writeFileSync(
  keysFile,
  JSON.stringify({
    PublicKeyList: [
      {
        Value: der.toString('base64'),
        Fingerprint: fingerprint,
        ValidityStartTime: new Date(START - 24 * HOUR).toISOString(),
        ValidityEndTime: new Date(START + 96 * HOUR).toISOString(),
      },
    ],
  }),
);

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const record = (at) => ({
  eventVersion: '1.11',
  eventTime: '2026-11-01T00:00:00Z',
  eventSource: 'ec2.amazonaws.com',
  eventName: 'DescribeInstances',
  awsRegion: 'eu-west-1',
  sourceIPAddress: `192.0.2.${at % 250}`,
  userAgent: 'aws-cli/2.15.0',
  requestParameters: { instancesSet: {}, filterSet: {}, marker: sha256(String(at)) },
  eventID: sha256(`event ${at}`).slice(0, 36),
  recipientAccountId: '100000000000',
});
const content = JSON.stringify({ Records: Array.from({ length: 300 }, (_, at) => record(at)) });
const log = gzipSync(content);
const hashValue = sha256(content);

const iso = (time) => new Date(time).toISOString().replace('.000Z', 'Z');
const stamp = (time) => iso(time).replace(/[-:]/g, '');
const day = (time) => iso(time).slice(0, 10).replaceAll('-', '/');
const objects = new Map();
for (let account = 0; account < accounts; account += 1)
  for (let region = 0; region < regions; region += 1) {
    const id = String(100_000_000_000 + account);
    const name = `eu-test-${region + 1}`;
    const root = `AWSLogs/o-exampleorgid/${id}`;
    let before;
    for (let hour = 0; hour < 24; hour += 1) {
      const from = START + hour * HOUR;
      const logFiles = [];
      for (let file = 0; file < perHour; file += 1) {
        const at = from + ((file + 1) * HOUR) / (perHour + 1);
        const s3Object = `${root}/CloudTrail/${name}/${day(at)}/${id}_CloudTrail_${name}_${stamp(at).slice(0, 13)}Z_${sha256(`${id}${name}${at}`).slice(0, 16)}.json.gz`;
        logFiles.push({ s3Bucket: BUCKET, s3Object, hashValue, hashAlgorithm: 'SHA-256' });
        objects.set(s3Object, { bytes: log, etag: hashValue.slice(0, 32) });
      }
      const end = from + HOUR;
      const key = `${root}/CloudTrail-Digest/${name}/${day(end)}/${id}_CloudTrail-Digest_${name}_org_us-east-1_${stamp(end)}.json.gz`;
      const text = JSON.stringify({
        awsAccountId: id,
        digestStartTime: iso(from),
        digestEndTime: iso(end),
        digestS3Bucket: BUCKET,
        digestS3Object: key,
        digestPublicKeyFingerprint: fingerprint,
        digestSignatureAlgorithm: 'SHA256withRSA',
        newestEventTime: null,
        oldestEventTime: null,
        previousDigestS3Bucket: before === undefined ? null : BUCKET,
        previousDigestS3Object: before?.key ?? null,
        previousDigestHashValue: before === undefined ? null : sha256(before.text),
        previousDigestHashAlgorithm: before === undefined ? null : 'SHA-256',
        previousDigestSignature: before?.signature ?? null,
        logFiles,
      });
      const signed = [iso(end), `${BUCKET}/${key}`, sha256(text), before?.signature ?? 'null'].join('\n');
      const signature = sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('hex');
      objects.set(key, { bytes: gzipSync(text, { level: 1 }), etag: sha256(text).slice(0, 32), signature });
      before = { key, text, signature };
    }
  }
const list = lister([...objects.keys()].sort(), (key) => {
  const { bytes, etag } = objects.get(key);
  return { size: bytes.length, etag };
});

const seen = { lists: 0, objects: 0, slowed: 0 };
let now = 0;
const server = createServer((request, response) => {
  const { pathname, searchParams: asked } = new URL(request.url, 'http://s3');
  if (asked.get('list-type') === '2') {
    seen.lists += 1;
    response.writeHead(200, { 'content-type': 'application/xml' }).end(list(asked));
    return;
  }
  seen.objects += 1;
  const found = objects.get(decodeURIComponent(pathname).replace(`/${BUCKET}/`, ''));
  if (found === undefined) {
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>no</Message></Error>');
    return;
  }
  if (now >= most) {
    seen.slowed += 1;
    response
      .writeHead(503)
      .end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
    return;
  }
  now += 1;
  setTimeout(() => {
    now -= 1;
    const { bytes, etag, signature } = found;
    response.writeHead(200, {
      ...{ 'content-length': bytes.length, etag: `"${etag}"` },
      ...(signature !== undefined && {
        'x-amz-meta-signature': signature,
        'x-amz-meta-signature-algorithm': 'SHA256withRSA',
      }),
    });
    response.end(bytes);
  }, LATENCY_MS);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  process.exit(0);
});
