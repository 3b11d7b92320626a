import { describe, expect, it } from 'vitest';
import { judgeMirroring, type MirroringInput, repairableOf } from '../../../src/audit/mirroring/judge-mirroring.ts';
import { subjectsOf } from '../../../src/audit/subjects.ts';
import { instancesSighted } from '../../../src/audit/tag-state.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { NOW } from '../../support/findings.ts';
import {
  anInstance,
  anInterface,
  anInventory,
  aPolicy,
  aSession,
  aTaskInterface,
  attachedTo,
} from '../../support/inventories.ts';
import { sessionDeleted } from '../../support/sightings.ts';

const { instances = [], networkInterfaces = [] } = anInventory();
/** `i-1` with `eni-1`, `i-2` with `eni-2` and `eni-3`, a task's `eni-task`, and the sensors. */
const inventory = anInventory({
  instances: [...instances, anInstance({ instanceId: 'i-2' })],
  networkInterfaces: [
    ...networkInterfaces,
    anInterface({ networkInterfaceId: 'eni-2', attachment: attachedTo('i-2') }),
    anInterface({ networkInterfaceId: 'eni-3', attachment: attachedTo('i-2', 1) }),
    aTaskInterface(),
  ],
  trafficMirrorSessions: [aSession(), aSession({ trafficMirrorSessionId: 'tms-lost', networkInterfaceId: 'eni-gone' })],
});
const account = indexAccount(inventory, aPolicy());

function judge(input: Partial<MirroringInput> & { readonly instanceIds?: readonly string[] }) {
  const {
    instanceIds = [],
    scope = 'sighted',
    sightings = [],
    requested = { networkInterfaceIds: [] },
    ...more
  } = input;
  const asked = { ...requested, instanceIds };
  const subjects = subjectsOf({ inventory, scope, requested: asked, now: NOW }, instancesSighted(sightings));
  return judgeMirroring({ inventory, sightings, scope, requested: asked, ...more }, subjects, account);
}

/** The interfaces that are judged, sensors aside. */
const judgedBy = (input: Parameters<typeof judge>[0]): readonly string[] =>
  judge(input)
    .resources.flatMap(({ interfaces }) =>
      interfaces.map(({ networkInterface }) => networkInterface.networkInterfaceId),
    )
    .filter((id) => !id.startsWith('eni-sensor-'))
    .toSorted();

describe('the interfaces that are judged', () => {
  it.each<[string, Parameters<typeof judge>[0], readonly string[]]>([
    ['all of the account, a task’s too', { scope: 'all' }, ['eni-1', 'eni-2', 'eni-3', 'eni-task']],
    ['none where nothing was recorded or asked for', {}, []],
    ['those of a requested instance', { instanceIds: ['i-2'] }, ['eni-2', 'eni-3']],
    [
      'all of an instance of which one is requested',
      { requested: { networkInterfaceIds: ['eni-3'] } },
      ['eni-2', 'eni-3'],
    ],
    ['one without an instance that is requested', { requested: { networkInterfaceIds: ['eni-task'] } }, ['eni-task']],
    [
      'the source of a deleted session, if that is known',
      { sightings: [sessionDeleted(1, 'tms-9')], deletedFrom: new Map([['tms-9', ['eni-2']]]) },
      ['eni-2', 'eni-3'],
    ],
  ])('are %s', (_, input, expected) => {
    expect(judgedBy(input)).toEqual(expected);
  });
});

describe('what exemptions may forbid to repair', () => {
  it('is every session that a clean-up might delete, also where a look judges none of them', () => {
    expect([...repairableOf(judge({}), account)]).toEqual([
      expect.objectContaining({ rule: 'mirror-orphan', resourceId: 'tms-lost', changes: ['tms-lost'] }),
    ]);
  });

  it('is every interface of a judged resource', () => {
    const ofInstance = [...repairableOf(judge({ instanceIds: ['i-2'] }), account)].filter(
      ({ rule }) => rule === 'instance-unmirrored',
    );
    expect(ofInstance).toMatchObject([{ resourceId: 'i-2', vpcId: 'vpc-1', changes: ['eni-2', 'eni-3'] }]);
  });
});
