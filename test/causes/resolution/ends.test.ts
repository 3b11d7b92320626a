import { describe, expect, it } from 'vitest';
import { endOfFinding, endsIn } from '../../../src/causes/resolution/ends.ts';
import { at } from '../../support/sightings.ts';
import { call, items, tags } from '../../support/stories.ts';

const terminated = (actor: string, minute: number) =>
  call(
    actor,
    minute,
    'TerminateInstances',
    { instancesSet: items({ instanceId: 'i-1' }) },
    {
      instancesSet: items({ instanceId: 'i-1', currentState: { code: 32 }, previousState: { code: 16 } }),
    },
  );
const tagged = (actor: string, minute: number, id = 'i-1') =>
  call(actor, minute, 'CreateTags', tags(id, { Owner: 'ops' }));
const seenAt = (minute: number) => at(minute).toISOString();
const UNTAGGED = { rule: 'instance-untagged', resourceId: 'i-1' } as const;

describe('endOfFinding', () => {
  const ends = endsIn([tagged('erin', 5), terminated('fay', 9)].flat());

  it('names who terminated the instance', () => {
    expect(endOfFinding(UNTAGGED, seenAt(0), endsIn(terminated('fay', 9)))?.actor).toBe('fay');
    expect(endOfFinding({ ...UNTAGGED, resourceId: 'i-2' }, seenAt(0), ends)).toBeUndefined();
  });

  it('names nobody where somebody set tags between the last look and the end', () => {
    expect(endOfFinding(UNTAGGED, seenAt(4), ends)).toBeUndefined();
    expect(endOfFinding(UNTAGGED, undefined, ends)).toBeUndefined();
  });

  it('names who ended it where a look saw it open after the tags were set', () => {
    expect(endOfFinding(UNTAGGED, seenAt(6), ends)?.actor).toBe('fay');
  });

  it('trusts no look that showed the resource after its end', () => {
    expect(endOfFinding(UNTAGGED, seenAt(12), ends)).toBeUndefined();
  });

  it('lets calls on other resources, and calls that mend another rule, alone', () => {
    const other = endsIn([tagged('erin', 5, 'i-2'), terminated('fay', 9)].flat());
    expect(endOfFinding(UNTAGGED, seenAt(0), other)?.actor).toBe('fay');
    expect(endOfFinding({ ...UNTAGGED, rule: 'instance-unmirrored' }, seenAt(0), ends)?.actor).toBe('fay');
  });
});
