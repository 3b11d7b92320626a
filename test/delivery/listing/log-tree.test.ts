import { describe, expect, it } from 'vitest';
import { levelOf, partsOf, readStoredPlace, resumeAfter, treeOf } from '../../../src/delivery/listing/log-tree.ts';

const TREE = 'AWSLogs/111122223333/';
const since = new Date('2026-01-10T12:00:00Z');
const until = new Date('2026-01-12T12:00:00Z');

describe('readStoredPlace', () => {
  it.each([
    ['s3://b', { bucket: 'b', prefix: '' }],
    ['s3://b/', { bucket: 'b', prefix: '' }],
    ['s3://b/a/b c+%20é', { bucket: 'b', prefix: 'a/b c+%20é' }],
    ['s3:///x', undefined],
    ['s3:b/x', undefined],
    ['/local/path', undefined],
  ])('reads %s', (text, place) => {
    expect(readStoredPlace(text)).toEqual(place);
  });
});

describe('levelOf', () => {
  it.each([
    ['', 'above'],
    ['my/prefix/', 'above'],
    ['o-abcdef0123/', 'above'],
    ['MyAWSLogs/', 'above'],
    ['p/AWSLogs/', 'accounts'],
    ['o-abcdef0123/AWSLogs/o-abcdef0123/', 'accounts'],
    [TREE, 'services'],
    ['AWSLogs/o-abcdef0123/111122223333/', 'services'],
    [`${TREE}CloudTrail/`, 'regions'],
    [`${TREE}CloudTrail-Digest/`, 'regions'],
    [`${TREE}Config/`, 'below'],
    [`${TREE}CloudTrail/eu-west-1/`, 'below'],
    [`${TREE}CloudTrail/eu-west-1/2026/01/02/`, 'below'],
  ])('of %s is %s', (folder, level) => {
    expect(levelOf(folder)).toBe(level);
  });
});

describe('treeOf', () => {
  it.each([
    ['AWSLogs/x', 'AWSLogs/'],
    ['a/AWSLogs/b/AWSLogs/x', 'a/AWSLogs/'],
    ['MyAWSLogs/x', undefined],
    ['a/AWSLogs', undefined],
  ])('of %s', (key, tree) => {
    expect(treeOf(key)).toBe(tree);
  });
});

describe('partsOf', () => {
  it('cuts before every folder but the first, and leaves nothing out', () => {
    expect(partsOf('p/', ['p/a/', 'p/b/', 'p/c/'])).toEqual([
      { prefix: 'p/', before: 'p/b/' },
      { prefix: 'p/', after: 'p/b/', before: 'p/c/' },
      { prefix: 'p/', after: 'p/c/' },
    ]);
    expect(partsOf('p/', [])).toEqual([{ prefix: 'p/' }]);
  });
});

describe('resumeAfter', () => {
  const region = `${TREE}CloudTrail/eu-west-1/`;
  it.each([
    [`${region}2026/01/10/x.json.gz`, undefined],
    [`${region}2026/01/13/x.json.gz`, undefined],
    [`${region}2025/12/31/x.json.gz`, `${region}2026/01/10`],
    [`${region}2026/01/14/x.json.gz`, `${region}9999\u{10ffff}`],
    [`${TREE}CloudTrail-Digest/eu-west-1/2026/01/10/x.json.gz`, `${TREE}CloudTrail-Digest/\u{10ffff}`],
    [`${TREE}CloudTrail-Insight/eu-west-1/2026/01/10/x.json.gz`, `${TREE}CloudTrail-Insight/\u{10ffff}`],
    [`${TREE}CloudTrail-Yet-Unknown/eu-west-1/2026/01/10/x.json.gz`, undefined],
    [`${TREE}elasticloadbalancing/eu-west-1/2026/01/10/x.log.gz`, `${TREE}elasticloadbalancing/\u{10ffff}`],
    ['AWSLogs/mine/things/x.json', undefined],
    ['CloudTrail-logs/2026/01/02/x.json', undefined],
    ['notes.txt', undefined],
  ])('after %j', (key, after) => {
    const answer = resumeAfter(key, { prefix: '', kinds: ['log'], since, until });
    expect(answer).toBe(after);
    expect(answer === undefined || Buffer.compare(Buffer.from(answer), Buffer.from(key)) > 0).toBe(true);
  });

  it('never skips a folder that was asked for', () => {
    const key = `${TREE}Config/eu-west-1/x.json`;
    expect(resumeAfter(key, { prefix: `${TREE}Config/`, kinds: ['log'] })).toBeUndefined();
    expect(resumeAfter(key, { prefix: TREE, kinds: ['log'] })).toBe(`${TREE}Config/\u{10ffff}`);
  });
});
