import { describe, expect, it } from 'vitest';
import { formOf, refusal } from '../../../src/delivery/forms/file-form.ts';
import { kindOfHead } from '../../../src/delivery/log-file.ts';

const TAR = Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\u000000')].map((part) => new Uint8Array(part)));
const LAKE = 'eventversion,useridentity,eventtime,eventsource,eventname\n"1.11","{type=IAMUser}","2026-01-31"';
const CONSOLE = 'Event name,Event time,User name,Event source\nRunInstances,…';
const utf16 = (text: string) => Buffer.from(text, 'utf16le');

describe('formOf', () => {
  it.each<[string, Buffer, string, string]>([
    ['ORC', Buffer.from('ORC\u0015\u0004'), 'ORC', "CloudTrail's own log files"],
    ['a tar archive', TAR, 'a tar archive', 'tar xf'],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'bzip2', 'bunzip2'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 'xz', 'unxz'],
    ['UTF-16 with a mark', utf16('\ufeff{"Records":[]}'), 'UTF-16 text', 'iconv -f UTF-16 '],
    ['UTF-16 without one', utf16('{"Records":[]}'), 'UTF-16 text', 'iconv -f UTF-16LE '],
    ['big-endian UTF-16', Buffer.from([0, 0x7b, 0, 0x22]), 'UTF-16 text', 'iconv -f UTF-16BE '],
    ['a query result of Lake', Buffer.from(LAKE), 'a table of events (CSV)', 'export the events as JSON'],
    ["the console's event history", Buffer.from(CONSOLE), 'a table of events (CSV)', 'export the events as JSON'],
    [
      "Splunk's table",
      Buffer.from('"_raw","_time","eventName"\n'),
      'a table of events (CSV)',
      'export the events as JSON',
    ],
    [
      'an error page',
      Buffer.from('<?xml version="1.0"?><Error><Code>AccessDenied</Code>'),
      'an XML or HTML page',
      'download',
    ],
  ])('names %s and says what to do', (_what, content, name, advice) => {
    const form = formOf(content);
    if (form.kind !== 'refused') throw new Error(`it is ${form.kind}`);
    expect(refusal(form).message).toMatch(/^reading a log: found /);
    expect(form.name).toContain(name);
    expect(form.advice).toContain(advice);
  });

  it.each<[string, string]>([
    ['a log', '{"Records":[]}'],
    ['a list', '[{"eventName":"RunInstances"}]'],
    ['a log after blanks and a byte order mark', '\ufeff \n {"Records":[]}'],
    [
      'a log without its beginning',
      'ntTime":"2026-01-31T12:00:00Z","eventName":"RunInstances"},{"eventVersion":"1.11"}',
    ],
    ['a table of something else', 'name,price,colour\nchair,3,red'],
    ['a table with one column of that name', 'eventName,price\nfair,3'],
    ['an index of records', 'file\teventVersion\tidentity\tinvokedBy\terrorCode\na.json\t1.09\tIAMUser\t\t'],
    ['text', 'hello'],
    ['nothing', ''],
  ])('leaves %s to the scan', (_what, content) => {
    expect(formOf(Buffer.from(content))).toEqual({ kind: 'json' });
  });

  it('takes a file of a folder for a log when logs are kept in its form, so that it is named and not passed over', () => {
    expect(kindOfHead(TAR)).toBe('tar');
    expect([Buffer.from(LAKE), Buffer.from('PAR1')].map(kindOfHead)).toEqual(['log', 'log']);
    expect(['<html>', 'SQLite format 3\0', 'hello'].map((text) => kindOfHead(Buffer.from(text)))).toEqual(
      Array(3).fill('not-a-log'),
    );
  });
});
