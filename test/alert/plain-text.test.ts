import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiText, bodyOf, MAX_BODY_BYTES, pasteable, plainText, wrap } from '../../src/alert/plain-text.ts';

describe('plainText', () => {
  it.each([
    ['keeps ordinary text', 'Zoë Müller, 東京 😀', 'Zoë Müller, 東京 😀'],
    ['keeps an emoji without its variation selector', '❤️', '❤'],
    ['replaces a line break', 'a\r\nb', 'a\uFFFDb'],
    ['replaces bidirectional marks', 'a\u202Eb\u2066c', 'a\uFFFDb\uFFFDc'],
    ['replaces a zero-width character', 'ad\u200Bmin', 'ad\uFFFDmin'],
    ['breaks up links', 'https://a.example www.b.example', 'https[:]//a[.]example www[.]b[.]example'],
    ['keeps an S3 address', 's3://bucket/key', 's3://bucket/key'],
    ['keeps mail addresses', 'dana@example.com', 'dana@example.com'],
    ['keeps a mail address with a dot before the at', 'dana.doe@example.com', 'dana.doe@example.com'],
    ['breaks up a domain with a path behind an at', 'a@evil.example/x', 'a@evil[.]example/x'],
    ['breaks up bare domains', 'see evil.example, x.evil.co.uk/y', 'see evil[.]example, x[.]evil[.]co[.]uk/y'],
    [
      'leaves the error codes of AWS',
      'Client.DryRunOperation, InvalidAMIID.NotFound',
      'Client.DryRunOperation, InvalidAMIID.NotFound',
    ],
    ['breaks up domains in Punycode', 'xn--e1a.xn--p1ai', 'xn--e1a[.]xn--p1ai'],
    ['keeps names of files', 'a.json.gz, b.html and c.sqlite', 'a.json.gz, b.html and c.sqlite'],
    ['keeps names of services', 'autoscaling.amazonaws.com', 'autoscaling.amazonaws.com'],
    ['breaks up buckets as hosts', 'x.s3.amazonaws.com', 'x[.]s3[.]amazonaws[.]com'],
    [
      'keeps types, addresses and versions',
      'm5.large 203.0.113.7 aws-cli/2.31.0',
      'm5.large 203.0.113.7 aws-cli/2.31.0',
    ],
    ['keeps keys of the configuration', 'mirroring.targets', 'mirroring.targets'],
    ['turns other kinds of space into plain ones', 'a\u00A0b\u3000c', 'a b c'],
  ])('%s', (_name, value, expected) => {
    expect(plainText(value, 80)).toBe(expected);
  });

  it('never splits a character and never exceeds its length', () => {
    expect(plainText('😀'.repeat(256), 10)).toBe(`${'😀'.repeat(9)}…`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (value, length) => {
        expect([...plainText(value, length)].length).toBeLessThanOrEqual(length);
      }),
    );
  });
});

describe('asciiText', () => {
  it.each([
    ['a\r\nb', 'a?b'],
    ['Zoë 東京', 'Zo? ?'],
    ['plain', 'plain'],
    ['x'.repeat(20), `${'x'.repeat(9)}...`],
  ])('%j becomes %j', (value, expected) => {
    expect(asciiText(value, 12)).toBe(expected);
  });
});

describe('pasteable', () => {
  it.each([
    ['a command', "aws ec2 create-tags --tags 'Key=a,Value=b'", true],
    ['two lines', 'a\nb', false],
    ['a hidden character', 'aws\u200B ec2', false],
    ['a right-to-left mark', 'aws \u202Eec2', false],
    ['nothing', '', false],
    ['a command that is too long', 'x'.repeat(2_001), false],
  ])('%s: %s', (_name, command, expected) => {
    expect(pasteable(command)).toBe(expected ? command : undefined);
  });
});

describe('wrap', () => {
  it('keeps a long word on the line of the label before it', () => {
    const arn = `arn:${'x'.repeat(80)}`;
    expect(wrap(`What: ${arn} is not mirrored`)).toEqual([`What: ${arn}`, '  is not mirrored']);
    expect(wrap(`a sentence of some length ${arn}`)).toEqual(['a sentence of some length', `  ${arn}`]);
  });

  it('breaks between words at 72 columns and drops none', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,90}$/), { minLength: 1 }), (words) => {
        const lines = wrap(words.join(' '));
        expect(lines.join(' ').split(' ').filter(Boolean)).toEqual(words);
        for (const line of lines.filter(({ length }) => length > 72)) {
          expect(line).toMatch(/^.{0,14} ?[a-z]{58,}$/);
        }
      }),
    );
  });
});

describe('bodyOf', () => {
  it('leaves out whole lines and says so when the text is too long', () => {
    const body = bodyOf(Array.from({ length: 10_000 }, () => 'é'.repeat(70)));
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BODY_BYTES);
    expect(body).toMatch(/é{70}\nThe rest of this mail was too long to send; see the report\.\n$/);
  });
});
