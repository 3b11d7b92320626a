import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { candidatesFor, selectTarget } from '../../src/mirror/select-target.ts';
import { anEndpointTarget, anInterface, anInventory, aPolicy, aSession } from '../support/inventories.ts';
import { aWorld } from '../support/worlds.ts';

const zone = fc.constantFrom('a' as const, 'b' as const);

/** One source and targets in both zones with up to five sources each; some of them admit the source. */
const scenes = fc
  .array(
    fc.record({
      zone,
      capacity: fc.constantFrom(1, 3, 10, 100),
      has: fc.integer({ min: 0, max: 5 }),
      open: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((targets) =>
    aWorld({
      sources: [{ zone: 'a', targets: targets.flatMap(({ open }, index) => (open ? [index] : [])) }],
      targets,
      sessions: targets.flatMap(({ has }, target) =>
        Array.from({ length: has }, (_, index) =>
          aSession({
            trafficMirrorSessionId: `tms-${target}-${index}`,
            networkInterfaceId: `eni-x${target}-${index}`,
            trafficMirrorTargetId: `tmt-${target}`,
          }),
        ),
      ),
    }),
  );

describe('selectTarget', () => {
  it('selects an eligible target, of the best tier and the lowest utilisation in it', () => {
    fc.assert(
      fc.property(scenes, ({ inventory, policy, sources: [source = anInterface()] }) => {
        const selection = selectTarget(source, indexAccount(inventory, policy));
        const eligible = selection.candidates.filter((one) => one.eligible);
        expect(selection.kind).toBe(eligible.length > 0 ? 'selected' : 'none');
        if (selection.kind === 'none') return;
        const chosen = eligible.find((one) => one.trafficMirrorTargetId === selection.trafficMirrorTargetId);
        const isNear = eligible.some(({ tier }) => tier === 'same-zone');
        expect(chosen?.tier).toBe(isNear ? 'same-zone' : 'other-zone');
        const use = ({ sources, capacity }: { sources: number; capacity: number | null }) =>
          sources / (capacity ?? 100);
        const uses = eligible.filter(({ tier }) => tier === chosen?.tier).map(use);
        expect(chosen === undefined ? undefined : use(chosen)).toBe(Math.min(...uses));
      }),
    );
  });

  it('makes a candidate eligible exactly when every check allows or warns, and blocks a full one by capacity', () => {
    fc.assert(
      fc.property(scenes, ({ inventory, policy, sources: [source = anInterface()] }) => {
        for (const { eligible, checks, sources, capacity } of candidatesFor(source, indexAccount(inventory, policy))) {
          expect(eligible).toBe(checks.every(({ result }) => result === 'allow' || result === 'warn'));
          const isFull = checks.find(({ check }) => check === 'capacity')?.result === 'block';
          expect(isFull).toBe(sources >= (capacity ?? Number.POSITIVE_INFINITY));
        }
      }),
    );
  });

  it('lists candidates best first, so the selected one comes first', () => {
    fc.assert(
      fc.property(scenes, ({ inventory, policy, sources: [source = anInterface()] }) => {
        const selection = selectTarget(source, indexAccount(inventory, policy));
        fc.pre(selection.kind === 'selected');
        expect(selection.candidates[0]).toMatchObject(
          selection.kind === 'selected' ? { trafficMirrorTargetId: selection.trafficMirrorTargetId } : {},
        );
      }),
    );
  });

  it('breaks ties differently for different sources, and always the same way for one', () => {
    const targets = Array.from({ length: 4 }, () => ({ zone: 'a' as const, capacity: 10 }));
    const sources = Array.from({ length: 60 }, () => ({ zone: 'a' as const, targets: [0, 1, 2, 3] }));
    const { inventory, policy, sources: interfaces } = aWorld({ sources, targets });
    const chosen = (): string[] =>
      interfaces.map((source) => {
        const selection = selectTarget(source, indexAccount(inventory, policy));
        return selection.kind === 'selected' ? selection.trafficMirrorTargetId : '';
      });
    const first = chosen();
    expect(chosen()).toEqual(first);
    expect(new Set(first).size).toBe(4);
  });

  it('keeps the target of a session with a wrong filter, although another target is emptier', () => {
    const trafficMirrorSessions = [aSession({ trafficMirrorFilterId: 'tmf-old', trafficMirrorTargetId: 'tmt-b' })];
    const selection = selectTarget(anInterface(), indexAccount(anInventory({ trafficMirrorSessions }), aPolicy()));
    expect(selection).toMatchObject({
      kind: 'selected',
      trafficMirrorTargetId: 'tmt-b',
      trafficMirrorFilterId: 'tmf-1',
    });
  });

  it('compares targets without a limit by their weight', () => {
    const world = (weight: number) => {
      const vpcEndpoints = [{ vpcEndpointId: 'vpce-1', state: 'available', vpcId: 'vpc-1', subnetIds: ['subnet-a'] }];
      const trafficMirrorSessions = ['tmt-1', 'tmt-2', 'tmt-2'].map((trafficMirrorTargetId, index) =>
        aSession({
          trafficMirrorSessionId: `tms-${index}`,
          networkInterfaceId: `eni-x${index}`,
          trafficMirrorTargetId,
        }),
      );
      const inventory = anInventory({
        trafficMirrorTargets: ['tmt-1', 'tmt-2'].map((id) => anEndpointTarget({ trafficMirrorTargetId: id })),
        vpcEndpoints,
        trafficMirrorSessions,
      });
      return selectTarget(
        anInterface(),
        indexAccount(inventory, aPolicy({ targets: [{ id: 'tmt-1' }, { id: 'tmt-2', weight }] })),
      );
    };
    expect(world(1)).toMatchObject({ trafficMirrorTargetId: 'tmt-1' });
    expect(world(4)).toMatchObject({ trafficMirrorTargetId: 'tmt-2' });
  });
});
