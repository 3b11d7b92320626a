import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defang } from '../../src/alert/defang.ts';
import { plainText } from '../../src/alert/plain-text.ts';
import { TOP_LEVEL_DOMAINS } from '../../src/alert/top-level-domains.ts';

describe('what no mail program links stays whole', () => {
  it.each([
    ['the name of a user', 'dana.smith'],
    ['a user of a role session', 'arn:aws:sts::111122223333:assumed-role/Admin/dana.smith'],
    ['a user with three names', 'ana.maria.garcia-lopez'],
    ['a user with letters of other scripts', 'jürgen.müller, 李.小龍, анна.иванова'],
    ['a name with capital letters', 'Dana.Smith'],
    ['the name of a service', 'launched by autoscaling.amazonaws.com'],
    ['the name of a service in China', 'ec2.amazonaws.com.cn'],
    ['the name of a service at the end of a sentence', 'It was signin.amazonaws.com.'],
    ['the name of an endpoint service', 'com.amazonaws.eu-west-1.s3'],
    ['the error codes of AWS', 'Client.DryRunOperation, InvalidAMIID.NotFound, UnauthorizedOperation.Denied'],
    ['types of instances', 'm5.large, u-6tb1.metal, t3.nano'],
    ['addresses and versions', '203.0.113.7 aws-cli/2.31.0 Python/3.13.1'],
    ['files', 'a.json.gz, b.html, c.sqlite, d.yaml'],
    ['keys of the configuration', 'mirroring.targets and trail.accounts'],
    ['a mail address', 'dana.doe@example.com'],
    ['a mail address at the end of a sentence', 'Owner: dana@example.com.'],
    ['an address in S3', 's3://trail/AWSLogs/111122223333/'],
    ['a private name of an instance', 'ip-10-0-0-1.ec2.internal'],
    ['an abbreviation', 'e.g. i.e. a.b'],
  ])('%s: %s', (_what, text) => {
    expect(defang(text)).toBe(text);
    expect(plainText(text, 500)).toBe(text);
  });
});

describe('what a mail program links is broken up', () => {
  it.each([
    ['a domain', 'evil.com', 'evil[.]com'],
    ['a newer domain', 'evil.zip evil.dev evil.mov', 'evil[.]zip evil[.]dev evil[.]mov'],
    ['a domain of a country', 'evil.co.uk evil.ly', 'evil[.]co[.]uk evil[.]ly'],
    ['capital letters', 'EVIL.COM', 'EVIL[.]COM'],
    ['a domain with a path', 'evil.com/login', 'evil[.]com/login'],
    ['a domain with a port', 'evil.com:8443', 'evil[.]com:8443'],
    ['a domain with a question', 'evil.com?a=b evil.com#a', 'evil[.]com?a=b evil[.]com#a'],
    ['a domain in a sentence', 'Go to evil.com.', 'Go to evil[.]com.'],
    ['a domain in quotes and brackets', '(evil.com) “evil.com” <evil.com>', '(evil[.]com) “evil[.]com” <evil[.]com>'],
    ['a domain with a label of other letters', 'bücher.de', 'bücher[.]de'],
    ['a top-level domain of other letters', 'пример.рф, 例子.中国', 'пример[.]рф, 例子[.]中国'],
    ['Punycode', 'xn--e1afmkfd.xn--p1ai', 'xn--e1afmkfd[.]xn--p1ai'],
    ['wide letters', 'evil.ｃｏｍ', 'evil[.]ｃｏｍ'],
    ['other dots', 'evil。com evil．com evil｡com evil․com evil﹒com', Array(5).fill('evil[.]com').join(' ')],
    ['a symbol before the dot', 'i❤.ws a.i❤.ws', 'i❤[.]ws a[.]i❤[.]ws'],
    ['a symbol behind the domain', 'evil.com→here', 'evil[.]com→here'],
    ['a symbol before the domain', '→evil.com', '→evil[.]com'],
    ['a domain that goes on', 'evil.com.smith', 'evil[.]com[.]smith'],
    ['a user whose name is a domain', 'dana.kim', 'dana[.]kim'],
    ['a domain behind what is not one', 'dana.smith@evil.com/x', 'dana.smith@evil[.]com/x'],
    [
      'a domain before an at without a mail address',
      'evil.com@x evil.com@dana.smith',
      'evil[.]com@x evil[.]com@dana.smith',
    ],
    [
      'a domain behind an at without a name',
      '@evil.com .@evil.com -@evil.com',
      '@evil[.]com .@evil[.]com -@evil[.]com',
    ],
    ['user and password', 'evil.com:dana@example.com/x', 'evil[.]com:dana@example[.]com/x'],
    ['a bucket as a host', 'evil.s3.amazonaws.com', 'evil[.]s3[.]amazonaws[.]com'],
    ['a bucket in a path', 's3.amazonaws.com/evil/login.html', 's3[.]amazonaws[.]com/evil/login.html'],
    ['a host that begins like a service', 'ec2.amazonaws.com.evil.com', 'ec2[.]amazonaws[.]com[.]evil[.]com'],
    ['a scheme', 'https://dana.smith/x ftp://a', 'https[:]//dana.smith/x ftp[:]//a'],
    ['www', 'www.dana-smith', 'www[.]dana-smith'],
    ['a name for the local network', 'evil.local evil.onion', 'evil[.]local evil[.]onion'],
  ])('%s: %s', (_what, text, expected) => {
    expect(defang(text)).toBe(expected);
  });

  it('every top-level domain of IANA', () => {
    expect(TOP_LEVEL_DOMAINS.size).toBeGreaterThan(1_400);
    const whole = [...TOP_LEVEL_DOMAINS].filter((name) => defang(`evil.${name}`) !== `evil[.]${name}`);
    expect(whole).toEqual([]);
  });

  it('a domain that only cutting makes one', () => {
    for (let length = 2; length < 40; length += 1)
      expect(plainText('see evil.communist and evil.commons, a.com b.orgs', length)).not.toMatch(/\.(com|org)\b/);
  });

  it('nothing twice', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z.@/:-]{0,30}( evil\.com| www\.a\.b| https:\/\/x)?$/), (text) => {
        expect(defang(defang(text))).toBe(defang(text));
      }),
    );
  });

  it('in time linear in the text', () => {
    const started = performance.now();
    defang('a'.repeat(200_000));
    defang('a.'.repeat(100_000));
    defang('a.com@'.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
