import { describe, expect, it } from 'vitest';
import { withOmittedLaunches } from '../../../src/pipeline/looks/omitted-launches.ts';
import type { LaunchSighting, Sighting } from '../../../src/sighting/sighting.ts';
import { ACCOUNT, anInstance, anInventory, REGION } from '../../support/inventories.ts';
import { at, launched, tagged } from '../../support/sightings.ts';

/** A launch whose response CloudTrail omitted. */
const omitted = (minute: number, name = 'x', eventName = 'RunInstances'): LaunchSighting => {
  const launch = launched(minute, name, undefined);
  return { ...launch, instances: [], incomplete: true, evidence: { ...launch.evidence, eventName } };
};
const account = (...launches: readonly (readonly [string, number | undefined])[]) =>
  anInventory({
    instances: launches.map(([instanceId, minute]) =>
      anInstance({ instanceId, launchTime: minute === undefined ? undefined : at(minute) }),
    ),
  });
const found = (sightings: readonly Sighting[]): readonly (readonly string[])[] =>
  sightings.flatMap((each) =>
    each.kind === 'launch' && each.instances.length > 0 ? [each.instances.map(({ instanceId }) => instanceId)] : [],
  );

describe('withOmittedLaunches', () => {
  it('finds the instances that were launched within a minute of the call', () => {
    const inventory = account(['i-before', 7], ['i-1', 10], ['i-2', 11], ['i-after', 13], ['i-undated', undefined]);
    const { sightings, unfound } = withOmittedLaunches([omitted(10)], inventory);
    expect(found(sightings)).toEqual([['i-1', 'i-2']]);
    expect(unfound.size).toBe(0);
  });

  it('leaves out instances that another launch names, and those of another account', () => {
    const inventory = account(['i-1', 10], ['i-named', 10], ['i-foreign', 10]);
    const instances = inventory.instances?.map((each) =>
      each.instanceId === 'i-foreign' ? { ...each, ownerId: '999999999999' } : each,
    );
    const { sightings } = withOmittedLaunches([omitted(10), launched(10, 'i-named', [])], { ...inventory, instances });
    expect(found(sightings)).toEqual([['i-1'], ['i-named']]);
  });

  it.each<[string, ReturnType<typeof anInventory>, readonly Sighting[], number]>([
    ['a launch that the account does not show', account(['i-1', 30]), [omitted(10)], 1],
    [
      'launches of the same time, if they have too few instances',
      account(['i-1', 10]),
      [omitted(10, 'a'), omitted(10, 'b')],
      2,
    ],
    [
      'no launch of the same time, if there is an instance for each',
      account(['i-1', 10], ['i-2', 10]),
      [omitted(10, 'a'), omitted(10, 'b')],
      0,
    ],
    ['every launch if the instances were not read', { accountId: ACCOUNT, region: REGION }, [omitted(10)], 1],
    [
      'no request for a fleet whose instances are named by their own launches',
      account(['i-1', 10]),
      [omitted(10, 'f', 'CreateFleet'), launched(10, 'i-1', [])],
      0,
    ],
    ['a request for a fleet without any instance', account(), [omitted(10, 'f', 'CreateFleet')], 1],
  ])('names %s', (_, inventory, sightings, count) => {
    expect([...withOmittedLaunches(sightings, inventory).unfound.values()]).toHaveLength(count);
  });

  it('leaves sightings that lack nothing as they are', () => {
    const sightings = [launched(1, 'i-1', []), tagged(2, 'i-1', [])];
    expect(withOmittedLaunches(sightings, account(['i-1', 1])).sightings).toBe(sightings);
  });

  it('looks 10,000 launches up among 20,000 instances in one pass', () => {
    const instances = Array.from({ length: 20_000 }, (_, n) =>
      anInstance({ instanceId: `i-${n}`, launchTime: at(n % 500) }),
    );
    const launches = Array.from({ length: 10_000 }, (_, n) => omitted(n % 500, `x-${n}`));
    const { sightings, unfound } = withOmittedLaunches(launches, anInventory({ instances }));
    expect(found(sightings).flat()).toHaveLength(20_000);
    expect(unfound.size).toBe(0);
  });
});
