import { describe, expect, it } from 'vitest';
import type { Need } from '../../../src/inventory/load-inventory.ts';
import { widerNeed } from '../../../src/pipeline/looks/wider-need.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import { anInventory, aSession } from '../../support/inventories.ts';
import { tagged, terminated } from '../../support/sightings.ts';

const need: Need = { kind: 'some', instanceIds: ['i-1'], networkInterfaceIds: [] };
const inventory = anInventory({ trafficMirrorSessions: [aSession()] });
const withoutInterface = (id: string) => ({
  ...inventory,
  networkInterfaces: inventory.networkInterfaces?.filter(({ networkInterfaceId }) => networkInterfaceId !== id),
});
const stopped = (instanceId: string): Sighting => ({ ...terminated(1, instanceId), kind: 'stopped' }) as Sighting;
const named = { tags: [{ key: 'Name', value: 'i-1' }], networkInterfaceId: 'eni-gone' };

describe('widerNeed', () => {
  it.each<[string, Sighting, typeof inventory, Need | undefined]>([
    ['the whole account for a stopped sensor', stopped('i-sensor-a'), inventory, { kind: 'all' }],
    [
      'the whole account for a sensor that is gone',
      terminated(1, 'i-sensor-a'),
      withoutInterface('eni-sensor-a'),
      { kind: 'all' },
    ],
    ['nothing more for another instance', stopped('i-1'), inventory, undefined],
    ['nothing more for a terminated instance that was no sensor', terminated(1, 'i-1'), inventory, undefined],
    ['nothing more for tags', tagged(1, 'i-sensor-a', []), inventory, undefined],
    [
      'the source of a session that bears the name of an instance that is gone',
      terminated(1, 'i-1'),
      { ...inventory, trafficMirrorSessions: [aSession(named)] },
      { ...need, networkInterfaceIds: ['eni-gone'] },
    ],
    [
      'the source of a session that bears no name, for an instance that is gone',
      terminated(1, 'i-1'),
      { ...inventory, trafficMirrorSessions: [aSession({ tags: [], networkInterfaceId: 'eni-gone' })] },
      { ...need, networkInterfaceIds: ['eni-gone'] },
    ],
    [
      "the source of another tool's session, whatever its name, for an instance that is gone",
      terminated(1, 'i-1'),
      { ...inventory, trafficMirrorSessions: [aSession({ ...named, tags: [{ key: 'Name', value: 'i-2' }] })] },
      { ...need, networkInterfaceIds: ['eni-gone'] },
    ],
    [
      'nothing more for a session that we made for another instance',
      terminated(1, 'i-1'),
      {
        ...inventory,
        trafficMirrorSessions: [aSession({ ...named, tags: [...aSession().tags, { key: 'Name', value: 'i-2' }] })],
      },
      undefined,
    ],
    [
      'nothing more for a stopped instance, which keeps its interfaces',
      stopped('i-1'),
      { ...inventory, trafficMirrorSessions: [aSession({ tags: [], networkInterfaceId: 'eni-gone' })] },
      undefined,
    ],
  ])('reads %s', (_, sighting, account, wider) => {
    expect(widerNeed([sighting], account, need)).toEqual(wider);
  });

  it('reads nothing after the whole account', () => {
    expect(widerNeed([stopped('i-sensor-a')], inventory, { kind: 'all' })).toBeUndefined();
  });
});
