/** Words of an attacker in terminals, mails, reports and logs. OWASP: Logging, CSV Injection and Cross Site Scripting Prevention. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createLogScanner } from '../../src/cloudtrail/scanner/scan.ts';
import { answerStack } from '../../src/lambda/custom-resource.ts';
import { aPlace, type Place, packed, type Ran } from '../support/command-line.ts';

const EXAMPLE = readFileSync(new URL('../../examples/account.json', import.meta.url), 'utf8');
const CONFIG = readFileSync(new URL('../../config.json', import.meta.url), 'utf8');
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** What acts on a terminal or reorders text, apart from line breaks and tabs of our own. */
const ACTING = /(?![\r\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const HOSTILE = 'a\u001b[2J\u009b31m\u202egnp\u2066\u200f\u061cz';
const RECORD = {
  ...{ eventVersion: '1.08', eventSource: 'ec2.amazonaws.com', eventName: 'RunInstances', awsRegion: 'eu-west-1' },
  ...{ eventTime: '2026-11-01T00:00:00Z', eventID: 'e1', userAgent: HOSTILE, recipientAccountId: '111122223333' },
};

/** The example account with this name on an unmirrored instance, and its configuration. */
function named(name: string): Place {
  const place = aPlace();
  const { regions } = JSON.parse(EXAMPLE) as {
    regions: { Reservations: { Instances: { Tags?: { Key: string; Value: string }[] }[] }[] }[];
  };
  for (const { Instances } of regions[0]?.Reservations ?? [])
    for (const instance of Instances)
      instance.Tags = [
        { Key: 'Name', Value: name },
        { Key: 'Owner', Value: name },
      ];
  place.put('account.json', { ...JSON.parse(EXAMPLE), regions });
  place.put('config.json', CONFIG);
  return place;
}

const audited = (name: string, format: string): Promise<Ran> =>
  named(name).run('audit', '--account', 'account.json', '-o', format, '--quiet');

/** A folder with a configuration that requires a tag. */
function withPolicy(): Place {
  const place = aPlace();
  place.put('config.json', { requiredTags: ['Owner'] });
  return place;
}

describe('stderr', () => {
  it('a line break in the name of a damaged file starts no line of the log', async () => {
    const place = withPolicy();
    place.put('logs/a\nall is well.json', '{"Records":[{]}');
    const { stderr } = await place.run('scan', 'logs', '--account', 'none');
    expect(stderr).toContain('a\\nall is well.json');
    expect(stderr.split('\n').filter((line) => line.startsWith('all is well'))).toEqual([]);
  });

  it('a line break in a path that does not exist starts no line of the error', async () => {
    const place = withPolicy();
    const { stderr } = await place.run('scan', 'a\n  all is well', '--account', 'none');
    expect(stderr).toContain('a\\n  all is well');
    expect(stderr.split('\n').filter((line) => line.trim().startsWith('all is well'))).toEqual([]);
  });

  it('control and bidirectional characters in the name of a file are escapes in the log', async () => {
    const place = withPolicy();
    place.put(`logs/${HOSTILE}.json`, '{"Records":[{]}');
    expect((await place.run('scan', 'logs', '--account', 'none')).stderr).not.toMatch(ACTING);
  });

  it('control and bidirectional characters in the name of a file are escapes in JSON logs, which read the same', async () => {
    const place = withPolicy();
    place.put(`logs/${HOSTILE}.json`, '{"Records":[{]}');
    const { stderr } = await place.run('scan', 'logs', '--account', 'none', '--json-logs');
    expect(stderr).not.toMatch(ACTING);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line): { path?: string } => JSON.parse(line));
    expect(lines.some(({ path }) => path?.includes(HOSTILE))).toBe(true);
  });

  it('control and bidirectional characters in a path are escapes in the JSON of an error', async () => {
    const { stderr } = await withPolicy().run('audit', '--account', HOSTILE, '--json-logs');
    expect(stderr).toContain('"level":"error"');
    expect(stderr).not.toMatch(ACTING);
  });
});

describe('records', () => {
  it('control and bidirectional characters of a record are escapes on a terminal', () => {
    const place = aPlace();
    place.put('log.json', `{"Records":[${JSON.stringify(RECORD)}]}`);
    const shown = execFileSync(
      'script',
      ['-qec', `'${process.execPath}' '${CLI}' events log.json --quiet`, '/dev/null'],
      {
        ...{ cwd: place.folder, stdio: ['ignore', 'pipe', 'ignore'] },
      },
    ).toString('utf8');
    expect(shown).not.toMatch(ACTING);
    expect(JSON.parse(shown)).toEqual(RECORD);
  });

  it('records in a pipe stay byte for byte', async () => {
    const place = aPlace();
    const text = JSON.stringify(RECORD);
    place.put('log.json', `{"Records":[${text}]}`);
    expect((await place.run('events', 'log.json', '--quiet')).stdout).toBe(`${text}\n`);
  });
});

describe('reports', () => {
  it.each([
    { attack: 'control and bidirectional characters of a tag are escapes in CSV', format: 'csv' },
    { attack: 'control and bidirectional characters of a tag are escapes in the table', format: 'table' },
    { attack: 'control and bidirectional characters of a tag are escapes in JSON', format: 'json' },
    { attack: 'control and bidirectional characters of a tag are escapes in JSON lines', format: 'jsonl' },
    { attack: 'control and bidirectional characters of a tag are escapes in Markdown', format: 'markdown' },
    { attack: 'control and bidirectional characters of a tag are escapes in JUnit', format: 'junit' },
    { attack: 'control and bidirectional characters of a tag are escapes in HTML', format: 'html' },
    { attack: 'control and bidirectional characters of a tag are escapes in SARIF', format: 'sarif' },
  ])('$attack', async ({ format }) => {
    const { stdout } = await audited(HOSTILE, format);
    expect(stdout).toContain('gnp');
    expect(stdout).not.toMatch(ACTING);
  });

  it('control and bidirectional characters of a log are escapes in what verify prints as JSON', async () => {
    const place = aPlace();
    place.put('keys.json', { PublicKeyList: [] });
    place.put(`logs/${HOSTILE}.json.gz`, packed([RECORD]));
    const { stdout } = await place.run('verify', 'logs', '--keys', 'keys.json', '-o', 'json');
    expect(stdout).toContain('gnp');
    expect(stdout).not.toMatch(ACTING);
  });

  it('a line break in a tag adds no row to a CSV', async () => {
    const rows = async (name: string): Promise<number> => (await audited(name, 'csv')).stdout.split('\n').length;
    expect(await rows('a\r\n1,2,3')).toBe(await rows('a'));
  });

  it('a formula in a tag is text in a CSV', async () => {
    const { stdout } = await audited('=HYPERLINK("http://evil.example")', 'csv');
    expect(stdout).toContain(`'=HYPERLINK`);
    expect(stdout).not.toMatch(/(?:^|,)"?=HYPERLINK/m);
  });

  it('a script in a tag is text in HTML', async () => {
    const { stdout } = await audited('</script><script>alert(1)</script><img src=x onerror=alert(1)>', 'html');
    expect(stdout).not.toMatch(/<script>alert|<img src=x/);
  });

  it('an element in a tag is text in JUnit', async () => {
    const { stdout } = await audited(']]></failure><evil/>', 'junit');
    expect(stdout).not.toContain('<evil/>');
  });
});

/** The mails that an audit sends about instances with this name. */
async function mailsFor(name: string): Promise<string> {
  const place = named(name);
  await place.run('audit', '--account', 'account.json', '--ledger', 'l.sqlite', '--mail', 'mails', '--quiet');
  const mails = readdirSync(place.path('mails')).map((file) => readFileSync(place.path(`mails/${file}`), 'utf8'));
  expect(mails.length).toBeGreaterThan(0);
  return mails.join('\n');
}

describe('mails', () => {
  it.each([
    { attack: 'a domain in a tag is no link in a mail', name: 'evil.example', shown: 'evil[.]example' },
    { attack: 'a domain with a path in a tag is no link in a mail', name: 'evil.co.uk/x', shown: 'evil[.]co[.]uk/x' },
    { attack: 'a domain of other letters in a tag is no link in a mail', name: 'зло.рф', shown: 'зло[.]рф' },
    {
      attack: 'a domain with other dots in a tag is no link in a mail',
      name: 'evil。example',
      shown: 'evil[.]example',
    },
    {
      attack: 'a file name that is a domain too in a tag is no link in a mail',
      name: 'invoice.zip',
      shown: 'invoice[.]zip',
    },
    {
      attack: 'a page in a bucket under a name of AWS in a tag is no link in a mail',
      name: 's3.amazonaws.com/evil/login.html',
      shown: 's3[.]amazonaws[.]com/evil/login.html',
    },
    { attack: 'an address with a scheme in a tag is no link in a mail', name: 'http://evil', shown: 'http[:]//evil' },
  ])('$attack', async ({ name, shown }) => {
    const mails = await mailsFor(name);
    expect(mails).toContain(shown);
    expect(mails).not.toContain(name);
  });

  it('a line break in a tag adds no header and no line to a mail', async () => {
    const mails = await mailsFor('a\r\nBcc: evil@evil.example\r\n\r\nFix:');
    expect(mails).not.toMatch(/^(?:Bcc|\s*Fix:$)/m);
  });
});

describe('the response to a stack', () => {
  const context = { logStreamName: 'stream' };
  const answer = (ResponseURL: string): Promise<void> =>
    answerStack(
      { RequestType: 'Create', StackId: 's', RequestId: 'r', LogicalResourceId: 'l', ResponseURL } as never,
      context,
    );

  it.each([
    { attack: 'the response to a stack goes to no foreign host', url: 'https://evil.example/x' },
    {
      attack: 'the response to a stack goes to no address without encryption',
      url: 'http://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/x',
    },
    { attack: 'the response to a stack goes to no address inside', url: 'http://169.254.169.254/latest' },
    { attack: 'the response to a stack goes to no foreign bucket', url: 'https://evil.s3.eu-west-1.amazonaws.com/x' },
    {
      attack: 'the response to a stack goes to no host that begins like ours',
      url: 'https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com.evil.example/x',
    },
    {
      attack: 'the response to a stack goes to no host behind a user name',
      url: 'https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com@evil.example/x',
    },
    {
      attack: 'the response to a stack goes to no other port',
      url: 'https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com:8443/x',
    },
  ])('$attack', async ({ url }) => {
    await expect(answer(url)).rejects.toThrow(/was not sent to .*: it is not a bucket of CloudFormation/);
  });
});

describe('a damaged file', () => {
  it('a damaged log counts alike whatever the sizes of its pieces', () => {
    const records = Array.from({ length: 40 }, (_, index) => ({
      ...RECORD,
      eventID: `e${index}`,
      x: 'x'.repeat(4000),
    }));
    const text = JSON.stringify({ Records: records });
    const damaged = [
      text.slice(0, 90_001),
      `${text.slice(0, 70_000)}}]${text.slice(70_100)}`,
      `${text.slice(0, 66_000)}"${text.slice(66_000)}`,
      `${text.slice(0, 50)}{{[${text.slice(50, 140_000)}\0\0${text.slice(140_050)}`,
    ];
    for (const bytes of damaged.map((each) => Buffer.from(each))) {
      const counts = [1 << 20, 65_536, 4096, 997, 64].map((size) => {
        const scanner = createLogScanner({});
        let wanted = 0;
        for (let at = 0; at < bytes.length; at += size) wanted += scanner.push(bytes.subarray(at, at + size)).length;
        const { records: read, rejectedCount, skipped, incomplete, wanted: rest } = scanner.end();
        return JSON.stringify({ read, rejectedCount, skipped, incomplete, wanted: wanted + rest.length });
      });
      expect([...new Set(counts)]).toHaveLength(1);
    }
  });
});
