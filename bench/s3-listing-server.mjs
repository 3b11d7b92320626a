// A bucket with a million log files that are not there: 100 accounts, 17 regions, 589 files each, one a day. It prints its port, and at the end how
// many requests it had.
import { createServer } from 'node:http';
import { lister } from './s3-pages.mjs';

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
const list = lister(keys, (key) => ({
  size: 20_000 + (key.length % 7) * 1000,
  etag: '0123456789abcdef0123456789abcdef',
}));
let requests = 0;

const server = createServer((request, response) => {
  requests += 1;
  const { searchParams: asked } = new URL(request.url, 'http://s3');
  if (asked.get('list-type') !== '2') {
    response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>no</Message></Error>');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end(list(asked));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.on('SIGTERM', () => {
  process.stdout.write(`${requests}\n`);
  process.exit(0);
});
