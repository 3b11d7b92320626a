import { describe, expect, it } from 'vitest';
import {
  answerByVerdicts,
  type MirroredResource,
  mirroredResourcesOf,
  UNPLANNED_FIX,
} from '../../src/audit/mirrored-resource.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import type { Verdict } from '../../src/mirror/verdict.ts';
import { anEvidence } from '../support/findings.ts';
import { anInterface, anInventory, aPolicy, aSession, aTaskInterface, attachedTo } from '../support/inventories.ts';

const second = anInterface({
  networkInterfaceId: 'eni-0',
  privateIpAddress: '10.0.0.9',
  attachment: attachedTo('i-1', 1),
});

function resourcesIn(inventory = anInventory()): readonly MirroredResource[] {
  return mirroredResourcesOf(inventory.networkInterfaces ?? [], indexAccount(inventory, aPolicy()));
}

describe('mirroredResourcesOf', () => {
  it('joins the interfaces of an instance, ordered by id, each with its verdict', () => {
    const networkInterfaces = [...(anInventory().networkInterfaces ?? []), second];
    const inventory = anInventory({ networkInterfaces, trafficMirrorSessions: [aSession()] });
    const [instance] = resourcesIn(inventory).filter(({ resourceId }) => resourceId === 'i-1');
    expect(
      instance?.interfaces.map(
        ({ networkInterface, verdict }) => `${networkInterface.networkInterfaceId} ${verdict.kind}`,
      ),
    ).toEqual(['eni-0 missing', 'eni-1 mirrored']);
  });

  it('keeps tasks apart from instances, ordered by resource', () => {
    const networkInterfaces = [aTaskInterface(), ...(anInventory().networkInterfaces ?? [])];
    const resources = resourcesIn(anInventory({ networkInterfaces }));
    expect(resources.map(({ resourceType, resourceId }) => `${resourceType} ${resourceId}`)).toEqual([
      `AWS::ECS::Task ${aTaskInterface().description}`,
      'AWS::EC2::Instance i-1',
      'AWS::EC2::Instance i-sensor-a',
      'AWS::EC2::Instance i-sensor-b',
    ]);
  });

  it('gives a resource the rogue sessions on its interfaces, even beside a session that serves', () => {
    const rogue = aSession({ trafficMirrorSessionId: 'tms-9', sessionNumber: 2, trafficMirrorTargetId: 'tmt-unknown' });
    const resources = resourcesIn(anInventory({ trafficMirrorSessions: [aSession(), rogue] }));
    const rogues = resources.map(({ resourceId, rogues: own }) => [
      resourceId,
      own.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId),
    ]);
    expect(rogues).toContainEqual(['i-1', ['tms-9']]);
    expect(rogues).toContainEqual(['i-sensor-a', []]);
  });

  it('is empty for no interfaces', () => {
    expect(mirroredResourcesOf([], indexAccount(anInventory(), aPolicy()))).toEqual([]);
  });
});

describe('answerByVerdicts', () => {
  const RULE = {
    breaks: ['missing'],
    says: 'is bare',
    passes: 'all is well',
  } as const;
  const missing: Verdict = {
    kind: 'missing',
    remediable: true,
    trafficMirrorTargetId: 'tmt-a',
    reason: 'it has no session',
  };
  const hopeless: Verdict = { kind: 'missing', remediable: false, reason: 'no target is left' };
  const unknown: Verdict = { kind: 'unknown', reason: 'sg-1 could not be read' };
  const exempt: Verdict = { kind: 'exempt', reason: 'it is a sensor' };
  const evidence = [anEvidence()];
  const answerFor = (...verdicts: readonly Verdict[]) =>
    answerByVerdicts(
      RULE,
      {
        resourceType: 'AWS::EC2::Instance',
        resourceId: 'i-1',
        rogues: [],
        interfaces: verdicts.map((verdict, index) => ({
          networkInterface: anInterface({ networkInterfaceId: `eni-${index}` }),
          verdict,
        })),
      },
      { region: 'eu-west-1', evidence },
    );

  it.each<[string, readonly Verdict[], object]>([
    ['fails with the reason', [missing], { result: 'fail', reason: 'i-1 is bare: it has no session.' }],
    ['says a shared reason once', [missing, missing], { reason: 'i-1 is bare: it has no session.' }],
    ['says every reason', [missing, hopeless], { reason: 'i-1 is bare: it has no session; no target is left.' }],
    ['gives no command before a plan is made', [hopeless], { result: 'fail', fix: UNPLANNED_FIX }],
    ['fails for certain despite an unknown interface', [unknown, missing], { result: 'fail' }],
    ['is unknown if it may fail', [exempt, unknown], { result: 'unknown', reason: 'sg-1 could not be read' }],
    ['passes otherwise', [exempt], { result: 'pass', reason: 'all is well', evidence }],
    ['passes without interfaces', [], { result: 'pass' }],
  ])('%s', (_, verdicts, answer) => {
    expect(answerFor(...verdicts)).toMatchObject(answer);
  });

  it('lists every interface with its verdict and says where the resource is', () => {
    expect(answerFor(missing, exempt)).toMatchObject({
      detail: {
        vpcId: 'vpc-1',
        availabilityZone: 'eu-west-1a',
        interfaces: [
          { networkInterfaceId: 'eni-0', verdict: 'missing', reason: 'it has no session' },
          { networkInterfaceId: 'eni-1', verdict: 'exempt', reason: 'it is a sensor' },
        ],
      },
      evidence,
    });
  });
});
