import { describe, expect, it } from 'vitest';
import { missingInAccount } from '../../src/config/against-account.ts';
import { mirrorPolicyFor } from '../../src/config/mirroring-config.ts';
import { parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { anInventory, aSession } from '../support/inventories.ts';

const inventory = anInventory();
const HERE = { accountId: inventory.accountId, region: inventory.region };

function said(mirroring: unknown, account: Inventory = inventory): readonly string[] {
  const policy = mirrorPolicyFor(parseConfig(JSON.stringify({ mirroring }), 'config.json'), HERE);
  if (policy === null) throw new Error('mirroring is off');
  return missingInAccount(indexAccount(account, policy)).map(({ path, message }) => `${path}: ${message}`);
}

describe('missingInAccount', () => {
  it('has nothing to say if a configured target and the filter exist', () => {
    expect(said({ filterId: 'tmf-1', targets: ['tmt-a', 'tmt-gone'] })).toEqual([]);
  });

  it('says that none of the configured targets exists, before good sessions are taken for rogue ones', () => {
    const targets = ['tmt-1', 'tmt-2', 'tmt-3', 'tmt-4', 'tmt-5'];
    expect(said({ filterId: 'tmf-1', targets })).toEqual([
      expect.stringMatching(
        /^111122223333:eu-west-1: none of the 5 configured targets \(tmt-1, tmt-2, tmt-3 and 2 more\) exists here, .*before you delete any/,
      ),
    ]);
    expect(said({ filterId: 'tmf-1', targets: ['tmt-1'] })).toEqual([
      expect.stringContaining('the configured target (tmt-1) does not exist here'),
    ]);
  });

  it('counts the targets of rules, and an override for the account', () => {
    const rules = { vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1', targetId: 'tmt-a' }] };
    expect(said({ targets: ['tmt-1'], rules })).toEqual([]);
    expect(said({ filterId: 'tmf-1', targets: ['tmt-a'], overrides: [{ ...HERE, targets: ['tmt-1'] }] })).toHaveLength(
      1,
    );
  });

  it('says that a filter does not exist', () => {
    expect(said({ filterId: 'tmf-gone', targets: ['tmt-a'] })).toEqual([
      expect.stringContaining('the configured filter tmf-gone does not exist here'),
    ]);
  });

  it('says that every session belongs to another account, as with a wrong account id in a snapshot', () => {
    const good = { filterId: 'tmf-1', targets: ['tmt-a'] };
    const owned = (...owners: readonly (string | undefined)[]): Inventory => ({
      ...inventory,
      trafficMirrorSessions: owners.map((ownerId, at) => ({
        ...aSession({ trafficMirrorSessionId: `tms-${at}` }),
        ownerId,
      })),
    });
    const other = '444455556666';
    expect(said(good, owned(other, other))).toEqual([
      expect.stringContaining(
        `all 2 sessions here belong to account ${other}, which is neither this account nor trusted`,
      ),
    ]);
    expect(said(good, owned(other, inventory.accountId))).toEqual([]);
    expect(said(good, owned(other, undefined))).toEqual([]);
    expect(said(good, owned(undefined))).toEqual([]);
    expect(said({ ...good, trustedOwners: [other] }, owned(other))).toEqual([]);
  });

  it('claims nothing about lists that were not read, or of an account with nothing in it', () => {
    const wrong = { filterId: 'tmf-gone', targets: ['tmt-1'] };
    const { trafficMirrorTargets: _, trafficMirrorFilters: __, ...unread } = inventory;
    expect(said(wrong, unread)).toEqual([]);
    expect(said(wrong, { ...inventory, instances: [], trafficMirrorSessions: [] })).toEqual([]);
    expect(said(wrong)).toHaveLength(2);
  });
});
