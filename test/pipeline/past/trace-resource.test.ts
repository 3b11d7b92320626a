import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { findResource } from '../../../src/pipeline/past/trace-resource.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import { anInstance, anInterface, attachedTo } from '../../support/inventories.ts';
import { at } from '../../support/sightings.ts';
import { aMirroredAccount, call, items, launchOf } from '../../support/stories.ts';

const config = parseConfig(
  JSON.stringify({ requiredTags: ['Owner'], mirroring: { filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } }),
  'config.json',
);

async function find(id: string, inventory: Inventory, ...calls: readonly (readonly Sighting[])[]) {
  const scope = { accountId: inventory.accountId, region: inventory.region };
  const spans = new Map([[`${scope.accountId}:${scope.region}`, { ...scope, first: at(0), last: at(99) }]]);
  const source = { scopes: async () => [scope], load: async () => inventory };
  return findResource({ id, scopes: [scope], sightings: calls.flat(), spans }, source, config);
}

async function mirroringOf(id: string, inventory: Inventory, ...calls: readonly (readonly Sighting[])[]) {
  const found = await find(id, inventory, ...calls);
  const { spans = [] } = found?.trace({ since: at(0), until: at(99) }) ?? {};
  return spans.map(({ from, to, mirroring }) => `${minute(from)}-${minute(to)} ${mirroring}`);
}
const minute = (time: number): number => (time - at(0).getTime()) / 60_000;

describe('findResource', () => {
  it('follows an interface from one instance to another', async () => {
    const base = aMirroredAccount();
    const moved = anInterface({ attachment: { ...attachedTo('i-2', 1), attachmentId: 'eni-attach-2' } });
    const account = {
      ...base,
      instances: [...(base.instances ?? []), anInstance({ instanceId: 'i-2', networkInterfaceIds: ['eni-1'] })],
      networkInterfaces: (base.networkInterfaces ?? []).map((each) =>
        each.networkInterfaceId === 'eni-1' ? moved : each,
      ),
    };
    const attach = (instanceId: string, time: number, attachmentId: string) =>
      call(
        'dana',
        time,
        'AttachNetworkInterface',
        { networkInterfaceId: 'eni-1', instanceId, deviceIndex: 1 },
        { attachmentId },
      );
    const detach = call('dana', 30, 'DetachNetworkInterface', { attachmentId: 'eni-attach-1' });
    const calls = [attach('i-1', 10, 'eni-attach-1'), detach, attach('i-2', 50, 'eni-attach-2')];
    expect(await mirroringOf('eni-1', account, ...calls)).toEqual([
      '0-10 exempt',
      '10-30 yes',
      '30-50 exempt',
      '50-99 yes',
    ]);
  });

  it('does not judge the tags of anything but an instance', async () => {
    const account = aMirroredAccount();
    expect((await find('i-1', account))?.judged).toEqual({ tags: true, mirroring: true });
    expect((await find('eni-1', account))?.judged).toEqual({ tags: false, mirroring: true });
    expect((await find('tms-1', account))?.judged).toEqual({ tags: false, mirroring: true });
  });

  it('finds what is gone from the account if a record says what it was', async () => {
    const account = aMirroredAccount({ trafficMirrorSessions: [] });
    const gone = launchOf('dana', 10, {}, { instanceId: 'i-9', networkInterfaceId: 'eni-9' });
    const state = { currentState: { name: 'shutting-down' }, previousState: { name: 'running' } };
    const ended = call('dana', 20, 'TerminateInstances', {}, { instancesSet: items({ instanceId: 'i-9', ...state }) });
    expect(await mirroringOf('i-9', account, gone, ended)).toEqual(['0-10 absent', '10-20 no', '20-99 absent']);
    expect(await find('i-9', account)).toBeUndefined();
  });
});
