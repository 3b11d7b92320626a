// Answers ListObjectsV2 for a bucket with a million log files that are not there: 100 accounts, 17 regions, 589 files each, one a day. It prints its
// port, and at the end how many requests it had.
import { createServer } from 'node:http';

const [accounts, regions, files] = process.argv.slice(2).map(Number);
const FIRST_DAY = Date.UTC(2024, 0, 1);
const keys = [];
for (let account = 0; account < accounts; account += 1)
  for (let region = 0; region < regions; region += 1)
    for (let file = 0; file < files; file += 1) {
      const id = String(100_000_000_000 + account);
      const name = `region-${String(region).padStart(2, '0')}`;
      const day = new Date(FIRST_DAY + file * 86_400_000).toISOString().slice(0, 10);
      keys.push(
        `AWSLogs/o-exampleorgid/${id}/CloudTrail/${name}/${day.replaceAll('-', '/')}/${id}_CloudTrail_${name}_${day.replaceAll('-', '')}T1200Z_${String(file).padStart(16, '0')}.json.gz`,
      );
    }
keys.sort();
let requests = 0;

/** The place of the first key that is not before this one. */
function placeOf(key) {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (keys[middle] < key) from = middle + 1;
    else to = middle;
  }
  return from;
}

function page({ prefix, delimiter, after, token, most }) {
  const contents = [];
  const folders = [];
  let at = token === null ? placeOf(after === null || after < prefix ? prefix : `${after}\u0000`) : Number(token);
  while (at < keys.length && keys[at].startsWith(prefix) && contents.length + folders.length < most) {
    const cut = delimiter === '' ? -1 : keys[at].indexOf(delimiter, prefix.length);
    if (cut === -1) {
      contents.push(keys[at]);
      at += 1;
    } else {
      const folder = keys[at].slice(0, cut + 1);
      folders.push(folder);
      at = placeOf(`${folder}\u{10ffff}`);
    }
  }
  const next = at < keys.length && keys[at].startsWith(prefix) ? at : undefined;
  return { contents, folders, next };
}

const server = createServer((request, response) => {
  requests += 1;
  const { searchParams: asked } = new URL(request.url, 'http://s3');
  if (asked.get('list-type') !== '2') {
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>no</Message></Error>');
    return;
  }
  const { contents, folders, next } = page({
    prefix: asked.get('prefix') ?? '',
    delimiter: asked.get('delimiter') ?? '',
    after: asked.get('start-after'),
    token: asked.get('continuation-token'),
    most: Number(asked.get('max-keys') ?? 1000),
  });
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>trail</Name><IsTruncated>${next !== undefined}</IsTruncated>${next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}${contents.map((key) => `<Contents><Key>${key}</Key><Size>${20_000 + (key.length % 7) * 1000}</Size><ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag></Contents>`).join('')}${folders.map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`).join('')}</ListBucketResult>`,
  );
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.on('SIGTERM', () => {
  process.stdout.write(`${requests}\n`);
  process.exit(0);
});
