import { describe, expect, it } from 'vitest';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { POOL_TAG, poolOf } from '../../../src/mirror/destinations.ts';
import { sensorDoubt } from '../../../src/mirror/eligibility.ts';
import { explain } from '../../../src/mirror/explain.ts';
import {
  poolOfToken,
  poolTargetsIn,
  type SensorProof,
  sensorProof,
  sensorToken,
} from '../../../src/mirror/ours/sensors.ts';
import {
  ACCOUNT,
  aBalancerTarget,
  anInstance,
  anInterface,
  anInventory,
  anOurs,
  aTarget,
  REGION,
} from '../../support/inventories.ts';
import { aLaunchingPolicy, LAUNCH } from '../../support/sensors.ts';

const POOL = poolOf(LAUNCH, 'subnet-a');
const TOKEN = sensorToken(POOL, 4);
const TAGS = [{ key: POOL_TAG, value: POOL }];
const ours = anOurs({ instanceIds: ['i-1'] });
const scope = { accountId: ACCOUNT, region: REGION };

describe('poolOfToken', () => {
  it.each([
    [TOKEN, POOL],
    [`${TOKEN}x`, undefined],
    [`mirrorwatch-${POOL}-`, undefined],
    [`x${TOKEN}`, undefined],
    [undefined, undefined],
  ])('reads %s as %s', (clientToken, pool) => {
    expect(poolOfToken({ clientToken })).toBe(pool);
  });
});

describe('sensorProof', () => {
  it.each<[string, Parameters<typeof anInstance>[0], boolean, SensorProof['kind']]>([
    ['our token and a proven launch', { clientToken: TOKEN }, true, 'ours'],
    ['our token and a proven launch, without any tag', { clientToken: TOKEN, tags: [] }, true, 'ours'],
    ['our token without a proof of the launch', { clientToken: TOKEN, tags: TAGS }, false, 'unknown'],
    ['our tags without our token', { tags: TAGS }, true, 'not-ours'],
    ['our token, in another account', { clientToken: TOKEN, ownerId: '999900001111' }, true, 'not-ours'],
  ])('of an instance with %s', (_, instance, isProven, expected) => {
    const inventory = isProven ? { ...scope, ours } : scope;
    expect(sensorProof(anInstance(instance), inventory).kind).toBe(expected);
  });
});

describe('poolTargetsIn', () => {
  const instance = anInstance({ clientToken: TOKEN });
  const onSensor = aTarget({ networkInterfaceId: 'eni-1', tags: TAGS });
  const kindOf = (target: typeof onSensor | ReturnType<typeof aBalancerTarget>, more: object = {}) => {
    const inventory = { ...scope, ours, trafficMirrorTargets: [target] };
    const lookUps = { instance: () => instance, networkInterface: () => anInterface(), ...more };
    return poolTargetsIn(inventory, lookUps).get('tmt-a')?.proof.kind;
  };

  it.each<[string, Parameters<typeof kindOf>, SensorProof['kind'] | undefined]>([
    ['on an interface of our sensor', [onSensor], 'ours'],
    ['on an interface of our sensor, without our tag', [{ ...onSensor, tags: [] }], 'ours'],
    ['of another account', [{ ...onSensor, ownerId: '999900001111' }], 'not-ours'],
    ['that is a load balancer', [aBalancerTarget({ tags: TAGS })], 'not-ours'],
    ['on an interface that is gone', [onSensor, { networkInterface: () => 'gone' }], 'not-ours'],
    ['on an interface that was not read', [onSensor, { networkInterface: () => 'unread' }], 'unknown'],
    [
      'on an interface of no instance',
      [onSensor, { networkInterface: () => anInterface({ attachment: undefined }) }],
      'not-ours',
    ],
    ['on an instance that is gone', [onSensor, { instance: () => 'gone' }], 'not-ours'],
    ['on an instance that was not read', [onSensor, { instance: () => 'unread' }], 'unknown'],
    [
      'on another instance',
      [onSensor, { instance: () => anInstance({ instanceId: 'i-2', clientToken: TOKEN }) }],
      'unknown',
    ],
    [
      'without our tag on an instance that is not ours',
      [{ ...onSensor, tags: [] }, { instance: () => anInstance() }],
      undefined,
    ],
  ])('judges a target %s', (_, given, expected) => {
    expect(kindOf(...given)).toBe(expected);
  });
});

describe('what is said of an unproven sensor', () => {
  const [, ...others] = anInventory().instances ?? [];

  it('is said in an explanation, apart from the candidates', () => {
    const inventory = anInventory({ trafficMirrorTargets: [aTarget({ tags: TAGS })] });
    const explained = explain('eni-1', indexAccount(inventory, aLaunchingPolicy()));
    expect(explained).toMatchObject({
      candidates: [],
      unproven: [{ trafficMirrorTargetId: 'tmt-a', reason: expect.stringContaining('i-sensor-a was not launched') }],
    });
    expect(explain('eni-1', indexAccount(anInventory(), aLaunchingPolicy()))).not.toHaveProperty('unproven');
  });

  it('is said of an interface that carries the tags, and of no other', () => {
    const tags = [...TAGS, { key: 'mirrorwatch:managed', value: 'true' }];
    const doubtOf = (instance: Parameters<typeof anInstance>[0], proven: readonly string[] = []) =>
      sensorDoubt(
        anInterface(),
        indexAccount(
          { ...anInventory({ instances: [anInstance(instance), ...others] }), ours: anOurs({ instanceIds: proven }) },
          aLaunchingPolicy(),
        ),
      );
    expect(doubtOf({})).toBeUndefined();
    expect(doubtOf({ tags })).toContain('i-1 was not launched with a client token of ours');
    expect(doubtOf({ tags, clientToken: TOKEN })).toContain('no CloudTrail record of RunInstances by a role of ours');
    expect(doubtOf({ tags, clientToken: TOKEN }, ['i-1'])).toBeUndefined();
  });
});
