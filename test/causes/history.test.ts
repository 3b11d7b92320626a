import { describe, expect, it } from 'vitest';
import { accountCells } from '../../src/causes/account-cells.ts';
import { historyOf } from '../../src/causes/history.ts';
import type { Sighting } from '../../src/sighting/sighting.ts';
import { anInventory } from '../support/inventories.ts';
import { call, items, launchOf, tags } from '../support/stories.ts';

const names = (...calls: (readonly Sighting[])[]) =>
  historyOf({ sightings: calls.flat(), account: accountCells(anInventory()), tagKeys: ['Owner'] }).calls.map(
    ({ evidence: { actor, eventName } }) => `${actor} ${eventName}`,
  );
const setOwner = (actor: string, minute: number, value: string) =>
  call(actor, minute, 'CreateTags', tags('i-1', { Owner: value }));
const created = (minute: number) =>
  call('zoe', minute, 'CreateNetworkInterface', {}, { networkInterface: { networkInterfaceId: 'eni-2' } });
const attached = (minute: number) =>
  call('amy', minute, 'AttachNetworkInterface', { networkInterfaceId: 'eni-2', instanceId: 'i-1', deviceIndex: 1 });

describe('historyOf', () => {
  it('orders calls by time, whatever order they are read in', () => {
    expect(names(setOwner('erin', 9, 'b'), launchOf('dana', 0), setOwner('kim', 5, 'a'))).toEqual([
      'dana RunInstances',
      'kim CreateTags',
      'erin CreateTags',
    ]);
  });

  it('orders calls of one second by what must come first', () => {
    const removed = call('amy', 0, 'DeleteTags', tags('i-1', { Owner: undefined }));
    const stopped = call('abe', 0, 'StopInstances', { instancesSet: items({ instanceId: 'i-1' }) });
    expect(names(stopped, removed, setOwner('zoe', 0, 'ops'), launchOf('zoe', 0))).toEqual([
      'zoe RunInstances',
      'zoe CreateTags',
      'amy DeleteTags',
      'abe StopInstances',
    ]);
    expect(names(attached(0), created(0))).toEqual(['zoe CreateNetworkInterface', 'amy AttachNetworkInterface']);
  });

  it('counts a call once, however often it was read', () => {
    expect(names(setOwner('erin', 9, 'b'), setOwner('erin', 9, 'b'))).toEqual(['erin CreateTags']);
  });

  it('counts a call once whose addendum was read in an earlier or later run', () => {
    const first = launchOf('dana', 0);
    const addendum = launchOf('dana', 0, { Owner: 'ops' }).map((sighting) => ({
      ...sighting,
      evidence: { ...sighting.evidence, addendumID: 'second-record' },
    }));
    for (const sightings of [
      [...first, ...addendum],
      [...addendum, ...first],
    ]) {
      const { calls } = historyOf({ sightings, account: accountCells(anInventory()), tagKeys: ['Owner'] });
      expect(calls.map(({ evidence: { eventID } }) => eventID)).toEqual(['RunInstances 0 dana']);
      expect(calls[0]?.effects.find(({ cell }) => cell.kind === 'tag')).toMatchObject({ after: 'ops' });
    }
    expect(names(addendum)).toEqual(['dana RunInstances']);
  });

  it('leaves out calls that repeat what was so already', () => {
    const calls = [launchOf('dana', 0, { Owner: 'ops' }), setOwner('kim', 5, 'ops'), setOwner('erin', 9, 'web')];
    expect(names(...calls)).toEqual(['dana RunInstances', 'erin CreateTags']);
    const nothing = call('amy', 5, 'DeleteTags', tags('i-1', { Owner: 'other' }));
    expect(names(launchOf('dana', 0, { Owner: 'ops' }), nothing)).toEqual(['dana RunInstances']);
  });

  it('leaves out tags that no policy mentions, and calls that failed', () => {
    const failed = call('amy', 5, 'CreateTags', tags('i-1', { Owner: 'x' }), null, {
      errorCode: 'Client.DryRunOperation',
    });
    expect(names(call('kim', 5, 'CreateTags', tags('i-1', { Name: 'web' })), failed)).toEqual([]);
  });
});
