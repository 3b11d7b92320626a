/** The contract of every ChangeLog, run against SQLite, the table in memory, and the DynamoDB adapter over a fake endpoint. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byText } from '../../src/collections.ts';
import {
  type ChangeLog,
  type ChangingCall,
  type FullLedger,
  KEPT_DAYS,
  type KeptPart,
} from '../../src/ledger/change-log.ts';
import { MOST_BYTES } from '../../src/ledger/resource-calls.ts';
import { callsBehind } from '../../src/pipeline/history/calls-behind.ts';
import type { Change } from '../../src/sighting/changes/change.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { at } from '../support/sightings.ts';
import { freshnessContract } from './freshness.ts';
import { policyContract } from './kept-policies.ts';
import { launchContract } from './launches.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const NOW = at(60);

/** A call `minute` minutes after noon. */
export function aCall(minute: number, changes: readonly Change[], parts: Partial<ChangingCall> = {}): ChangingCall {
  const eventName = changes[0]?.kind ?? 'nothing';
  const eventTime = at(minute);
  const evidence = { eventID: `${eventName}-${minute}`, eventName, eventTime: eventTime.toISOString(), actor: 'dana' };
  return { ...SCOPE, kind: 'tags-set', eventTime, evidence, changes, ...parts };
}

/** A change of a resource's tag. */
export function tagSet(resourceId: string, value = 'x'): Change {
  return { kind: 'tags-set', resourceId, tags: [{ key: 'Owner', value }] };
}

const inOrder = (parts: readonly KeptPart[]): readonly KeptPart[] =>
  parts.toSorted(byText((part) => `${part.eventTime.toISOString()} ${part.callId} ${JSON.stringify(part.changes)}`));

const changesOf = (parts: readonly KeptPart[]): readonly Change[] =>
  inOrder(parts).flatMap(({ changes }) => changes.map(({ change }) => change));

/** What calls did to these resources. */
export async function partsOn(
  log: Pick<ChangeLog, 'about'>,
  ...[scope, ids]: Parameters<ChangeLog['about']>
): Promise<readonly KeptPart[]> {
  return (await log.about(scope, ids)).flatMap(({ parts }) => parts);
}

/** Describes the contract. `create` opens an empty log. */
export function changeLogContract(
  name: string,
  create: () => Promise<FullLedger>,
  options: { readonly runs?: number } = {},
): void {
  describe(`${name} keeps calls`, () => {
    it('by each resource that they changed, with the changes of that resource only', async () => {
      const log = await create();
      const call = aCall(1, [tagSet('i-1'), tagSet('i-2'), tagSet('eni-1')]);
      await log.keep([call], NOW);
      const { changes: _, ...rest } = call;
      expect(await partsOn(log, SCOPE, ['i-2', 'i-other'])).toEqual([
        { ...rest, callId: expect.any(String), changes: [{ place: 1, change: tagSet('i-2') }] },
      ]);
    });

    it('of each account and region apart', async () => {
      const log = await create();
      await log.keep(
        [aCall(1, [tagSet('i-1', 'here')]), aCall(1, [tagSet('i-1', 'there')], { region: 'us-east-1' })],
        NOW,
      );
      expect(changesOf(await partsOn(log, SCOPE, ['i-1']))).toEqual([tagSet('i-1', 'here')]);
      expect(changesOf(await partsOn(log, { ...SCOPE, region: 'us-east-1' }, ['i-1']))).toEqual([
        tagSet('i-1', 'there'),
      ]);
      expect(await partsOn(log, { ...SCOPE, accountId: '444455556666' }, ['i-1'])).toEqual([]);
    });

    it('once, however often and from whichever source they are read', async () => {
      const log = await create();
      const call = aCall(1, [tagSet('i-1')]);
      const fromFile = { ...call, evidence: { ...call.evidence, logFile: 's3://logs/b.json.gz' } };
      const fromOther = { ...call, evidence: { ...call.evidence, logFile: 's3://logs/c.json.gz' } };
      for (const each of [call, fromFile, fromOther, call]) await log.keep([each], NOW);
      const parts = await partsOn(log, SCOPE, ['i-1']);
      expect(parts.map(({ evidence }) => evidence.logFile)).toEqual(['s3://logs/b.json.gz']);
    });

    it('apart if they differ in content but share an event id, as in published records', async () => {
      const log = await create();
      await log.keep([aCall(1, [tagSet('i-1', 'a')]), aCall(1, [tagSet('i-1', 'b')])], NOW);
      expect(await partsOn(log, SCOPE, ['i-1'])).toHaveLength(2);
    });

    it('but not calls that changed nothing', async () => {
      const log = await create();
      await log.keep([aCall(1, []), aCall(2, [], { changes: undefined })], NOW);
      await log.keep([], NOW);
      expect(await partsOn(log, SCOPE, [])).toEqual([]);
    });

    it('in any order and in any pieces: the same calls are kept', async () => {
      const change = fc.constantFrom<Change>(
        tagSet('i-1', 'x'.repeat(MOST_BYTES / 4)),
        tagSet('i-1', 'small'),
        tagSet('i-2'),
        { kind: 'session-deleted', trafficMirrorSessionId: 'tms-1' },
      );
      const calls = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 20 }), change), {
        minLength: 2,
        maxLength: 12,
        selector: ([minute, { kind }]) => `${minute} ${kind}`,
      });
      const pieces = calls.chain((some) =>
        fc.tuple(
          fc.constant(some),
          fc.shuffledSubarray(some, { minLength: some.length }),
          fc.integer({ min: 1, max: 4 }),
        ),
      );
      await fc.assert(
        fc.asyncProperty(pieces, async ([whole, shuffled, size]) => {
          const [one, other] = [await create(), await create()];
          const toCalls = (some: typeof whole) => some.map(([minute, each]) => aCall(minute, [each]));
          await one.keep(toCalls(whole), NOW);
          for (let from = 0; from < shuffled.length; from += size)
            await other.keep(toCalls(shuffled.slice(from, from + size)), NOW);
          const ids = ['i-1', 'i-2', 'tms-1'];
          expect(inOrder(await partsOn(other, SCOPE, ids))).toEqual(inOrder(await partsOn(one, SCOPE, ids)));
        }),
        { numRuns: options.runs ?? 50 },
      );
    });

    it('of one resource up to a size, the newest of them without a gap', async () => {
      const log = await create();
      const big = 'x'.repeat(1000);
      const calls = Array.from({ length: 400 }, (_, minute) => aCall(minute, [tagSet('i-1', `${minute} ${big}`)]));
      await log.keep(calls, NOW);
      const kept = inOrder(await partsOn(log, SCOPE, ['i-1']));
      expect(kept.length).toBeGreaterThan(50);
      expect(kept.length).toBeLessThan(150);
      expect(kept.map(({ eventTime }) => eventTime)).toEqual(
        calls.slice(-kept.length).map(({ eventTime }) => eventTime),
      );
      await log.keep(calls.slice(0, 10), NOW);
      expect(inOrder(await partsOn(log, SCOPE, ['i-1']))).toEqual(kept);
    });

    it('that are too long for a resource only as something that happened to it', async () => {
      const log = await create();
      await log.keep([aCall(1, [tagSet('i-1', 'x'.repeat(MOST_BYTES))])], NOW);
      expect(changesOf(await partsOn(log, SCOPE, ['i-1']))).toEqual([
        { kind: 'opaque', resourceIds: ['i-1'], lacks: 'is too long to be kept' },
      ]);
    });

    it('whatever ids a record names', async () => {
      const log = await create();
      await log.keep([aCall(1, [tagSet(''), tagSet('x'.repeat(5000)), tagSet("i-1'; --"), tagSet('i-2')])], NOW);
      expect(changesOf(await partsOn(log, SCOPE, ["i-1'; --", 'i-2']))).toEqual([tagSet("i-1'; --"), tagSet('i-2')]);
    });
  });

  policyContract(name, create);
  launchContract(name, create);
  freshnessContract(name, create);

  describe(`${name} finds the calls behind resources`, () => {
    const created: Change = {
      ...{ kind: 'session-created', trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1' },
      ...{ trafficMirrorTargetId: 'tmt-1', trafficMirrorFilterId: 'tmf-1', sessionNumber: 1, tags: [] },
    };
    const removed: Change = { kind: 'session-deleted', trafficMirrorSessionId: 'tms-1' };
    const found = async (log: ChangeLog, ...ids: readonly string[]) =>
      (await callsBehind(log, SCOPE, ids)).flatMap(({ changes = [] }) => changes.map(({ kind }) => kind)).toSorted();

    it('through what their calls name: the session that was deleted, the sensor behind a target that is gone', async () => {
      const log = await create();
      const attached: Change = {
        ...{ kind: 'interface-attached', networkInterfaceId: 'eni-sensor', instanceId: 'i-sensor' },
        attachmentId: 'eni-attach-1',
      };
      const target: Change = {
        kind: 'target-created',
        trafficMirrorTargetId: 'tmt-1',
        networkInterfaceId: 'eni-sensor',
        tags: [],
      };
      const rule = { trafficMirrorFilterRuleId: 'tmfr-1' };
      await log.keep(
        [
          aCall(1, [attached]),
          aCall(2, [target]),
          aCall(3, [{ kind: 'filter-rule-created', trafficMirrorFilterId: 'tmf-1', direction: 'ingress', rule }]),
          aCall(4, [created]),
          aCall(5, [{ kind: 'filter-rule-deleted', trafficMirrorFilterRuleId: 'tmfr-1' }]),
          aCall(6, [{ kind: 'interface-detached', attachmentId: 'eni-attach-1' }]),
          aCall(7, [removed]),
          aCall(8, [tagSet('i-unrelated')]),
        ],
        NOW,
      );
      expect(await found(log, 'eni-1')).toEqual([
        ...['filter-rule-created', 'filter-rule-deleted', 'interface-attached', 'interface-detached'],
        ...['session-created', 'session-deleted', 'target-created'],
      ]);
    });

    it('with the deletions that name nothing else, and with what made the thing that was deleted', async () => {
      const log = await create();
      await log.keep([aCall(1, [removed])], NOW);
      expect(await found(log, 'eni-9')).toEqual(['session-deleted']);
      await log.keep([aCall(0, [created])], NOW);
      expect(await found(log, 'eni-9')).toEqual(['session-created', 'session-deleted']);
      expect(await found(log)).toEqual(['session-created', 'session-deleted']);
    });

    it('but nothing of a launch that is also kept for an interface, if later calls on the instance are lacking', async () => {
      const log = await create();
      const networkInterfaces = [{ networkInterfaceId: 'eni-1' }];
      const launch: Change = { kind: 'instance-launched', instanceId: 'i-1', tags: [], networkInterfaces };
      await log.keep([aCall(0, [launch]), aCall(1, [tagSet('eni-1')])], NOW);
      expect(await found(log, 'eni-1')).toEqual(['instance-launched', 'tags-set']);
      const big = 'x'.repeat(1000);
      const many = Array.from({ length: 300 }, (_, minute) => aCall(minute + 2, [tagSet('i-1', `${minute} ${big}`)]));
      await log.keep(many, NOW);
      const kinds = await found(log, 'eni-1');
      expect(kinds).not.toContain('instance-launched');
      expect(await found(log, 'i-1')).not.toContain('instance-launched');
      const [resource] = await log.about(SCOPE, ['i-1']);
      expect(resource?.lacksUntil).toEqual(at(301 - (resource?.parts.length ?? 0)));
    });

    it('each once and with all its changes that were found', async () => {
      const log = await create();
      const opaque: Change = { kind: 'opaque', resourceIds: ['i-1', 'i-2', 'i-3'], lacks: 'lacks its parameters' };
      await log.keep([aCall(1, [tagSet('i-1'), opaque, tagSet('i-2')])], NOW);
      const calls = await callsBehind(log, SCOPE, ['i-2', 'i-1']);
      expect(calls.map(({ changes }) => changes)).toEqual([
        [
          tagSet('i-1'),
          { ...opaque, resourceIds: expect.toSatisfy((ids: string[]) => ids.toSorted().join() === 'i-1,i-2') },
          tagSet('i-2'),
        ],
      ]);
    });
  });
}

/** Days after which a resource's calls may be deleted. */
export const AFTER_RETENTION = new Date(NOW.getTime() + (KEPT_DAYS + 1) * 86_400_000);
