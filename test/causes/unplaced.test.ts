import { describe, expect, it } from 'vitest';
import type { Instance } from '../../src/inventory/instance.ts';
import { anInstance, anInventory } from '../support/inventories.ts';
import { at } from '../support/sightings.ts';
import { call, causesOf, launchOf, OWNER_TAG, tags } from '../support/stories.ts';

/** RunInstances of which CloudTrail left out request and response: it names no instance. */
const omittedLaunch = (actor: string, minute: number) => call(actor, minute, 'RunInstances', { omitted: true }, null);
const start = (minute: number) =>
  call(
    'ben',
    minute,
    'StartInstances',
    { instancesSet: { items: [{ instanceId: 'i-1' }] } },
    {
      instancesSet: {
        items: [{ instanceId: 'i-1', currentState: { name: 'pending' }, previousState: { name: 'stopped' } }],
      },
    },
  );

/** What is said of i-1, which lacks its tag. */
function said(instance: Partial<Instance>, ...calls: Parameters<typeof causesOf>[0]['calls']): string | undefined {
  const now = anInventory({ instances: [anInstance(instance)] });
  return causesOf({ now, calls, required: OWNER_TAG, mirror: null })['i-1 instance-untagged'];
}

const MAYBE = /^maybe mallory \(RunInstances\): the record of RunInstances /;

describe('a launch without parameters', () => {
  it.each<[string, Partial<Instance>]>([
    ['started at that time', { launchTime: at(2) }],
    ['started within a minute of it', { launchTime: new Date(at(2).getTime() + 59_000) }],
    ['of which nobody knows when it started', { launchTime: undefined }],
  ])('may have launched an untagged instance that %s', (_, instance) => {
    expect(said(instance, omittedLaunch('mallory', 2))).toMatch(MAYBE);
  });

  it.each<[string, number]>([
    ['was running before', 0],
    ['started later, with no record of a start', 30],
  ])('did not launch an instance that %s', (_, minute) => {
    expect(said({ launchTime: at(minute) }, omittedLaunch('mallory', 2))).toMatch(/^unknown: /);
  });

  it('may have launched one that was started again later', () => {
    expect(said({ launchTime: at(30) }, omittedLaunch('mallory', 2), start(30))).toMatch(MAYBE);
  });

  it('did not launch an instance whose launch is recorded', () => {
    expect(said({ launchTime: at(2) }, launchOf('ana', 2), omittedLaunch('mallory', 2))).toBe('by ana (RunInstances)');
  });

  it('excuses nobody who removed the tag later', () => {
    const tagged = call('ana', 3, 'CreateTags', tags('i-1', { Owner: 'a@example.com' }));
    const removal = call('ben', 5, 'DeleteTags', tags('i-1', { Owner: 'a@example.com' }));
    expect(said({ launchTime: at(2) }, omittedLaunch('mallory', 2), tagged, removal)).toBe('by ben (DeleteTags)');
  });
});
