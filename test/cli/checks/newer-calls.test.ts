import { describe, expect, it } from 'vitest';
import { newerCalls } from '../../../src/cli/checks/newer-calls.ts';
import { sightingsOf } from '../../../src/sighting/readers.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import { aRecord } from '../../support/deliveries.ts';

/** A deletion of a tag, some minutes after noon on 20 November 2026. */
const deletionAt = (minute: number) =>
  sightingsOf(
    aRecord(
      'DeleteTags',
      minute,
      { resourcesSet: { items: [{ resourceId: 'i-1' }] }, tagSet: { items: [{ key: 'Owner' }] } },
      { _return: true },
    ),
  );

const [call] = deletionAt(40);
const readAt = new Date((call?.eventTime.getTime() ?? 0) - 30 * 60_000);

function named(batches: readonly (readonly Sighting[])[], ...account: Parameters<typeof newerCalls>) {
  const newer = newerCalls(...account);
  for (const batch of batches) newer.see(batch);
  return newer.named();
}

describe('calls that a snapshot is too old to show', () => {
  it('are named by the first of them, with what to do', () => {
    expect(named([deletionAt(50), deletionAt(40)], { readAt }, 'account.json')).toEqual([
      {
        of: 'snapshot',
        path: 'account.json',
        reason: `was read at ${readAt.toISOString()} and does not show 2 later calls, the first of them DeleteTags at ${call?.evidence.eventTime}: take a new snapshot to judge them`,
      },
    ]);
  });

  it('are not calls of the minutes in which the account was read', () => {
    expect(named([deletionAt(12)], { readAt }, 'account.json')).toEqual([]);
  });

  it('are none if the snapshot does not say when it was read, or the account was read live', () => {
    expect(named([deletionAt(40)], { readAt: undefined }, 'account.json')).toEqual([]);
    expect(named([deletionAt(40)], { readAt }, undefined)).toEqual([]);
  });
});
