import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { mailFolder, renderMail } from '../../src/local/mail-folder.ts';
import { publisherContract } from '../contract/publisher.ts';

const AT = new Date('2026-11-21T09:05:33.123Z');

function aMail(overrides: Partial<AlertMessage> = {}): AlertMessage {
  return {
    kind: 'findings',
    subject: '[mirrorwatch] 2 instances are untagged',
    body: 'i-1 has no Owner.\n',
    attributes: { severity: 'medium', kind: 'findings' },
    severity: 'medium',
    ...overrides,
  };
}

const NAME = '20261121T090533.123Z-0000-findings.eml';
const aFolder = () => mkdtemp(join(tmpdir(), 'mirrorwatch-mail-'));

publisherContract('the mail folder', async () => {
  const folder = await aFolder();
  return {
    publisher: mailFolder(folder, () => AT),
    received: async () => Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8'))),
  };
});

describe('mailFolder', () => {
  it('names files by time, in sending order, and creates the folder', async () => {
    const folder = join(await aFolder(), 'new', 'mail');
    const times = ['2026-11-21T10:00:00.000Z', '2026-11-21T09:00:00.000Z', '2026-11-21T09:00:00.000Z'];
    const { publish } = mailFolder(folder, () => new Date(times.pop() ?? ''));
    const ids = [await publish(aMail()), await publish(aMail()), await publish(aMail({ kind: 'digest' }))];
    expect(ids).toEqual([
      '20261121T090000.000Z-0000-findings.eml',
      '20261121T090000.000Z-0001-findings.eml',
      '20261121T100000.000Z-0000-digest.eml',
    ]);
    expect((await readdir(folder)).toSorted()).toEqual(ids);
  });

  it('overwrites nothing, even when many write at once', async () => {
    const folder = await aFolder();
    await writeFile(join(folder, '20261121T090533.123Z-0000-findings.eml'), 'mine');
    const bodies = Array.from({ length: 20 }, (_, index) => `mail ${index}`);
    const ids = await Promise.all(bodies.map((body) => mailFolder(folder, () => AT).publish(aMail({ body }))));
    expect(new Set(ids).size).toBe(20);
    expect(await readFile(join(folder, '20261121T090533.123Z-0000-findings.eml'), 'utf8')).toBe('mine');
    const written = await Promise.all(ids.map((id) => readFile(join(folder, id), 'utf8')));
    expect(written.map((text) => text.split('\n\n')[1]?.trim())).toEqual(bodies);
  });

  it('throws when the folder cannot be written', async () => {
    const path = join(await aFolder(), 'file');
    await writeFile(path, '');
    const sent = mailFolder(path, () => AT).publish(aMail());
    await expect(sent).rejects.toMatchObject({ code: 'alert-failed', message: expect.stringContaining(path) });
  });
});

describe('renderMail', () => {
  it('is text that people and mail programs can read', () => {
    expect(renderMail(aMail({ threads: ['aa', 'bb'] }), AT, NAME)).toBe(`From: Mirrorwatch <mirrorwatch@localhost>
To: Subscribers of the alerts <alerts@localhost>
Message-ID: <20261121T090533.123Z-0000-findings@mirrorwatch.invalid>
References: <aa@mirrorwatch.invalid>
 <bb@mirrorwatch.invalid>
Date: Sat, 21 Nov 2026 09:05:33 +0000
Subject: [mirrorwatch] 2 instances are untagged
X-Mirrorwatch-kind: findings
X-Mirrorwatch-severity: medium
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

i-1 has no Owner.
`);
  });

  it.each([
    ['a subject', { subject: 'a\r\nBcc: all@example.com' }],
    ['an attribute', { attributes: { rule: 'a\nBcc: all@example.com' } }],
    ["an attribute's name", { attributes: { 'a: b\nBcc': 'all@example.com' } }],
    ['a Unicode line separator', { subject: 'a\u2028Bcc: all@example.com\u0085x' }],
  ])('does not let %s add a header', (_, hostile) => {
    const [headers = ''] = renderMail(aMail(hostile), AT, NAME).split('\n\n');
    expect(headers).not.toMatch(/^Bcc/m);
    expect(headers).toMatch(/^[\x20-\x7e\n]*$/);
  });
});
