import { describe, expect, it } from 'vitest';
import { changesIn, changesInBoth } from '../../support/encodings.ts';

const set = (tagSet: unknown, ...ids: readonly string[]) => ({
  resourcesSet: { items: ids.map((resourceId) => ({ resourceId })) },
  tagSet,
});
const OWNER = { items: [{ key: 'Owner', value: 'dana' }] };

describe('CreateTags', () => {
  it('sets the tags on each resource, of any type, in both encodings', () => {
    const tags = {
      items: [
        { key: 'Owner', value: 'dana' },
        { key: 'Live', value: true },
      ],
    };
    const { classic, newer } = changesInBoth({
      eventName: 'CreateTags',
      request: set(tags, 'i-0a', 'eni-0a', 'tms-0a'),
    });
    const expected = ['i-0a', 'eni-0a', 'tms-0a'].map((resourceId) => ({
      kind: 'tags-set',
      resourceId,
      tags: [
        { key: 'Owner', value: 'dana' },
        { key: 'Live', value: 'true' },
      ],
    }));
    expect(classic).toEqual(expected);
    expect(newer).toEqual(expected);
  });

  it('gives all resources the same list, since a record may name 1,000 of them and 50 tags', () => {
    const [first, second] = changesIn({ eventName: 'CreateTags', requestParameters: set(OWNER, 'i-0a', 'i-0b') }) ?? [];
    expect(first?.kind === 'tags-set' && second?.kind === 'tags-set' && first.tags === second.tags).toBe(true);
  });

  it('counts a resource that is named twice once', () => {
    expect(changesIn({ eventName: 'CreateTags', requestParameters: set(OWNER, 'i-0a', 'i-0a') })).toHaveLength(1);
  });
});

describe('DeleteTags', () => {
  it.each([
    ['a key, whatever its value', { items: [{ key: 'Owner' }] }, [{ key: 'Owner' }]],
    ['a key with an empty value', { items: [{ key: 'Owner', value: '' }] }, [{ key: 'Owner', value: '' }]],
    ['a key with this value', OWNER, [{ key: 'Owner', value: 'dana' }]],
    ['all tags', {}, 'all'],
  ])('removes %s, in both encodings', (_what, tagSet, tags) => {
    const { classic, newer } = changesInBoth({ eventName: 'DeleteTags', request: set(tagSet, 'i-0a', 'eni-0a') });
    expect(classic).toEqual([
      { kind: 'tags-removed', resourceId: 'i-0a', tags },
      { kind: 'tags-removed', resourceId: 'eni-0a', tags },
    ]);
    expect(newer).toEqual(classic);
  });

  it('does not take tags that it cannot read for all tags', () => {
    expect(changesIn({ eventName: 'DeleteTags', requestParameters: set({ items: [{ odd: 1 }] }, 'i-0a') })).toEqual([
      { kind: 'opaque', resourceIds: ['i-0a'], lacks: 'does not say what it changed' },
    ]);
  });
});

it.each(['CreateTags', 'DeleteTags'])(
  '%s with an omitted request is opaque for everything in `resources`',
  (eventName) => {
    const resource = (type: string, id: string) => ({
      type: `AWS::EC2::${type}`,
      ARN: `arn:aws:ec2:eu-west-1:111122223333:${type.toLowerCase()}/${id}`,
    });
    const resources = [resource('Instance', 'i-0a'), resource('NetworkInterface', 'eni-0a')];
    expect(changesIn({ eventName, requestParameters: { omitted: 'true' }, resources })).toEqual([
      { kind: 'opaque', resourceIds: ['i-0a', 'eni-0a'], lacks: 'lacks its parameters (omitted)' },
    ]);
  },
);
