/** Values of forged records in everything that prints a command or a link. OWASP: OS Command Injection Defense and Logging. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aPlace, type Place, packed } from '../support/command-line.ts';
import { aLaunch } from '../support/records.ts';

/** What acts on a terminal or reorders text, apart from line breaks and tabs of our own. Mails and Markdown break links with U+200B. */
const ACTING = /(?![\r\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
const CONSOLE = /^https:\/\/[a-z0-9-]+\.console\.aws\.amazon\.com(?:\/|$)/;
const FORMATS = ['table', 'markdown', 'html', 'csv', 'jsonl', 'junit', 'ocsf', 'asff', 'json', 'sarif'] as const;

/** The launch of an untagged instance whose record says `value` wherever somebody may choose it: one place a record. */
function forgedEverywhere(value: string): readonly unknown[] {
  const identity = { type: 'IAMUser', userName: value, arn: value, accountId: value };
  const role = {
    type: 'AssumedRole',
    principalId: value,
    arn: value,
    sessionContext: { sessionIssuer: { arn: value } },
  };
  const fields: readonly Readonly<Record<string, unknown>>[] = [
    { awsRegion: value },
    { recipientAccountId: value },
    { userIdentity: identity },
    { userIdentity: role },
    { userIdentity: { type: 'AWSService', invokedBy: value } },
    { sourceIPAddress: value, userAgent: value, eventID: value },
    { eventSource: value },
    { eventName: value },
    { eventTime: value },
  ];
  const named = (id: number): string => `i-0abc000000000${String(id).padStart(4, '0')}`;
  return [
    ...fields.map((each, index) => aLaunch([{ instanceId: named(index) }], { eventID: `e-${index}`, ...each })),
    aLaunch([{ instanceId: value, tags: { Name: value, Owner: value, [value]: value } }], { eventID: 'e-last' }),
  ];
}

/** A folder with such a log, scanned in every format and with mails. Returns all that was written, by name. */
async function written(value: string): Promise<{ readonly place: Place; readonly texts: ReadonlyMap<string, string> }> {
  const place = aPlace();
  place.put('config.json', { requiredTags: [{ key: 'CostCenter', values: ['c1'] }] });
  place.put('logs/1.json.gz', packed(forgedEverywhere(value)));
  const outputs = FORMATS.flatMap((format) => ['-o', `${format}=out/${format}`]);
  place.put('out/.keep', '');
  const scan = ['scan', 'logs', '--account', 'none', '--ledger', 'history.sqlite', '--mail', 'mails'];
  const { stderr } = await place.run(...scan, ...outputs);
  const shown = await place.run('scan', 'logs', '--account', 'none', '--json-logs');
  const past = await place.run('report', '--ledger', 'history.sqlite', '--since', '2026-01-01', '-o', 'table');
  const files = ['out', 'mails'].flatMap((folder) =>
    (existsSync(place.path(folder)) ? readdirSync(place.path(folder)) : []).map((name) => `${folder}/${name}`),
  );
  const own: readonly (readonly [string, string])[] = [
    ['stderr', stderr],
    ['table', shown.stdout],
    ['JSON logs', shown.stderr],
    ['report', past.stdout],
  ];
  return {
    place,
    texts: new Map([...own, ...files.map((name) => [name, readFileSync(place.path(name), 'utf8')] as const)]),
  };
}

const ENDS_QUOTES = "x'; touch pwned; '$(touch pwned)`touch pwned`|touch pwned&";

describe('a value of a forged record', () => {
  it.each([
    { attack: 'a value that ends quotes and substitutes commands runs nothing', value: ENDS_QUOTES },
    { attack: 'a value of several lines starts no command', value: 'i-0abc\ntouch pwned\nmirrorwatch mirror apply' },
    { attack: 'a value that poses as an option is in no command', value: '--endpoint-url=http://evil.example' },
    { attack: 'a value that hides a mark to end the quotes of sh runs nothing', value: "i-0abc\u200b'; touch pwned #" },
  ])('$attack', async ({ value }) => {
    const { place, texts } = await written(value);
    const fixes = (texts.get('out/jsonl') ?? '')
      .trim()
      .split('\n')
      .map((line): string => (JSON.parse(line) as { fix: string }).fix);
    const mailed = [...texts].flatMap(([name, text]) =>
      name.startsWith('mails/') ? text.split('\n').filter((line) => /^\s*(?:aws|mirrorwatch) /.test(line)) : [],
    );
    expect(fixes.length).toBeGreaterThan(3);
    expect(fixes.some((fix) => fix.startsWith('aws ec2 create-tags'))).toBe(true);
    for (const text of [...fixes, ...mailed]) {
      if (/^\s*(?:aws|mirrorwatch) /.test(text)) expect(text).not.toContain('evil.example');
      try {
        execFileSync('sh', ['-c', text], { cwd: place.folder, env: { PATH: '/bin:/usr/bin' }, stdio: 'ignore' });
      } catch {
        // There is no such program, and words are none: pasting them fails, and does nothing.
      }
    }
    expect(existsSync(place.path('pwned'))).toBe(false);
  });

  it('a value that acts on terminals or reorders text is shown as escapes in every output', async () => {
    const { texts } = await written('a\u001b[2J\u009b31m\u202egnp\u2066\u200f\u061cz');
    for (const [name, text] of texts) expect(ACTING.exec(text), name).toBeNull();
  });

  it.each([
    { attack: 'a region that is the start of another host makes no link', value: 'us-east-1.evil.example#' },
    { attack: 'a region with a user name in it makes no link', value: 'us-east-1@evil.example/' },
    { attack: 'an address in a value makes no link', value: 'https://evil.example/?x=<a href="https://evil.example">' },
  ])('$attack', async ({ value }) => {
    const { texts } = await written(value);
    for (const [name, text] of texts) {
      // Nothing is rendered in the code spans of Markdown.
      const rendered = name.endsWith('markdown') ? text.replace(/(`+)[^`].*?\1(?!`)/g, '') : text;
      const isPage = /\/(?:html|markdown)$/.test(name);
      const links = [...rendered.matchAll(/href="([^"#][^"]*)"|\]\((\w[^)]*)\)/g)].map(
        ([, href, target]) => href ?? target ?? '',
      );
      expect(isPage ? links.filter((link) => !CONSOLE.test(link)) : [], name).toEqual([]);
      // In the text of a mail every address is a link; its headers are SNS's attributes, which filters compare as they are.
      const addresses = name.startsWith('mails/')
        ? [...text.slice(text.search(/\r?\n\r?\n/)).matchAll(/https?:\/\/\S+/g)].map(([link]) => link)
        : [];
      expect(
        addresses.filter((link) => !CONSOLE.test(link)),
        name,
      ).toEqual([]);
    }
  });
});
