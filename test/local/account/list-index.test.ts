import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrafficMirrorSession } from '../../../src/inventory/mirror.ts';
import { listIndex, type SessionCounts, sessionCounter } from '../../../src/local/account/list-index.ts';
import { aSession } from '../../support/inventories.ts';

describe('listIndex', () => {
  it('finds the first item of a key, and reads each list once', () => {
    let reads = 0;
    const list = [aSession({ sessionNumber: 1 }), aSession({ sessionNumber: 2 })];
    const counting = (session: TrafficMirrorSession): string => {
      reads += 1;
      return keyOf(session);
    };
    const indexOf = listIndex();
    for (let call = 0; call < 5; call += 1) expect(indexOf(list, counting).get('tms-1')).toBe(list[0]);
    expect(reads).toBe(2);
  });

  it('indexes a changed list afresh, and finds nothing in a list that is absent', () => {
    const indexOf = listIndex();
    expect(indexOf([aSession()], keyOf).has('tms-2')).toBe(false);
    expect(indexOf([aSession({ trafficMirrorSessionId: 'tms-2' })], keyOf).has('tms-2')).toBe(true);
    expect(indexOf<TrafficMirrorSession>(undefined, keyOf).size).toBe(0);
  });
});

describe('sessionCounter', () => {
  const change = fc.record({
    kind: fc.constantFrom('create', 'create', 'modify', 'delete'),
    at: fc.nat(20),
    source: fc.constantFrom('eni-1', 'eni-2', 'eni-3'),
    target: fc.constantFrom('tmt-a', 'tmt-b'),
  });

  it('counts after any changes what a count of the whole list gives', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const counter = sessionCounter();
        let now: readonly TrafficMirrorSession[] = [];
        for (const [index, { kind, at, source, target }] of changes.entries()) {
          const removed = kind === 'create' ? undefined : now[at % Math.max(1, now.length)];
          if (kind !== 'create' && removed === undefined) continue;
          const id = removed?.trafficMirrorSessionId ?? `tms-${index}`;
          const networkInterfaceId = removed?.networkInterfaceId ?? source;
          const session = aSession({
            ...{ trafficMirrorSessionId: id, networkInterfaceId, trafficMirrorTargetId: target },
            virtualNetworkId: removed?.virtualNetworkId ?? index,
          });
          const added = kind === 'delete' ? [] : [session];
          const after = [...now.filter((one) => one !== removed), ...added];
          counter.changed(now, after, { ...(removed && { removed }), ...(added[0] && { added: added[0] }) });
          now = after;
          expect(plain(counter.of(now))).toEqual(plain(sessionCounter().of([...now])));
        }
      }),
    );
  });
});

/** The counts in an order that doesn't depend on the history, without what is counted down to nothing. */
function plain(counts: SessionCounts): unknown {
  const onInterface = [...counts.onInterface].map(([id, sessions]) => [id, sorted([...sessions].map(keyOf))] as const);
  const sources = [...counts.sources].map(([id, ofTarget]) => [id, sorted([...ofTarget].map(String))] as const);
  return {
    ids: sorted([...counts.ids]),
    networkIds: sorted([...counts.networkIds].map(String)),
    onInterface: Object.fromEntries(onInterface.filter(([, some]) => some.length > 0)),
    sources: Object.fromEntries(sources.filter(([, some]) => some.length > 0)),
  };
}

function sorted(texts: readonly string[]): readonly string[] {
  return texts.toSorted();
}

function keyOf({ trafficMirrorSessionId }: TrafficMirrorSession): string {
  return trafficMirrorSessionId;
}
