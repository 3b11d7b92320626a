import { beforeEach, describe, expect, it } from 'vitest';
import { Cloud } from '../../campaign/aws/cloud.ts';
import { answerCall } from '../../campaign/aws/services.ts';
import { type Clock, virtualClock } from '../../campaign/driver/clock.ts';
import { HOME } from '../../campaign/world/account.ts';
import type { Item } from '../support/fake-ec2/account.ts';

const MINUTE_MS = 60_000;
const WHOLE_PAGE = 1000;

interface Asked {
  readonly staleMs?: number;
  readonly page?: number;
  readonly isLost?: boolean;
}

let clock: Clock;
let cloud: Cloud;

beforeEach(() => {
  clock = virtualClock(0);
  cloud = new Cloud(clock, () => undefined);
  cloud.addAccount(HOME, {
    lists: {
      NetworkInterfaces: ['eni-1', 'eni-2'].map((NetworkInterfaceId) => ({ NetworkInterfaceId })),
      TrafficMirrorTargets: [{ TrafficMirrorTargetId: 'tmt-1' }],
      TrafficMirrorFilters: [{ TrafficMirrorFilterId: 'tmf-1' }],
    },
    quotas: { sourcesPerTarget: 10, sessions: 100 },
    page: WHOLE_PAGE,
    nextId: 1,
  });
});

function wait(ms: number): void {
  clock.after(ms, () => undefined);
  clock.step(Number.POSITIVE_INFINITY);
}

function ask(
  run: string,
  action: string,
  params: Item,
  { staleMs = 0, page = WHOLE_PAGE, isLost = false }: Asked,
): void {
  const request = { method: 'POST', host: '', path: '/', headers: {}, body: Buffer.alloc(0) };
  const call = {
    service: 'ec2',
    action,
    protocol: 'ec2',
    region: 'eu-west-1',
    accessKey: '',
    params,
    request,
  } as const;
  answerCall(call, {
    ...{ cloud, name: `${run}/${action}/1`, by: 'remediate', page, unprocessed: undefined, staleMs },
    refusalOf: () => undefined,
    whenRead: (then) => {
      if (!isLost) then();
    },
    onChange: (accountId) => cloud.changed(accountId),
  });
}

function list(run: string, asked: Asked = {}, NextToken?: string): void {
  ask(run, 'DescribeTrafficMirrorSessions', NextToken === undefined ? {} : { NextToken }, asked);
}

function listOf(run: string, networkInterfaceId: string, asked: Asked = {}): void {
  const Filter = [{ Name: 'network-interface-id', Value: [networkInterfaceId] }];
  ask(run, 'DescribeTrafficMirrorSessions', { Filter }, asked);
}

/** Asks for a session on the interface, which EC2 may refuse. */
function create(run: string, networkInterfaceId: string, SessionNumber = '1'): void {
  const made = {
    NetworkInterfaceId: networkInterfaceId,
    TrafficMirrorTargetId: 'tmt-1',
    TrafficMirrorFilterId: 'tmf-1',
  };
  try {
    ask(
      run,
      'CreateTrafficMirrorSession',
      { ...made, SessionNumber, ClientToken: `${run} ${networkInterfaceId} ${SessionNumber}` },
      {},
    );
  } catch (fault) {
    if (!(fault instanceof Error && /already in use/.test(fault.message))) throw fault;
  }
}

const OLD = { staleMs: MINUTE_MS } as const;

describe('a create of a session that is there', () => {
  beforeEach(() => {
    wait(5 * MINUTE_MS);
    for (const each of ['eni-1', 'eni-2']) create('remediate#1', each);
    wait(MINUTE_MS / 2);
  });

  it.each<[outcome: string, when: string, lists: () => void, isExcused: boolean]>([
    ['is excused', 'the list of the account was an old one', () => list('remediate#2', OLD), true],
    ['is a breach', 'the list of the account was up to date', () => list('remediate#2'), false],
    ['is a breach', 'the run has read no list', () => undefined, false],
    ['is a breach', 'only another run was misled', () => list('remediate#3', OLD), false],
    [
      'is excused',
      'the list of another interface was up to date since',
      () => {
        list('remediate#2', OLD);
        listOf('remediate#2', 'eni-1');
      },
      true,
    ],
    [
      'is a breach',
      'the list of the interface was up to date since',
      () => {
        list('remediate#2', OLD);
        listOf('remediate#2', 'eni-2');
      },
      false,
    ],
    [
      'is excused',
      'the answer with the list of the interface was lost',
      () => {
        list('remediate#2', OLD);
        listOf('remediate#2', 'eni-2', { isLost: true });
      },
      true,
    ],
    ['is a breach', 'the list was old and showed the session', () => list('remediate#2', { staleMs: 1000 }), false],
    [
      'is a breach',
      'an earlier list of the run showed the session',
      () => {
        list('remediate#2');
        list('remediate#2', OLD);
      },
      false,
    ],
    [
      'is excused',
      'only the second page of the list was an old one',
      () => {
        list('remediate#2', { page: 1 });
        list('remediate#2', OLD, '1');
      },
      true,
    ],
    [
      'is a breach',
      'the run has only the first page of a list',
      () => list('remediate#2', { staleMs: 1000, page: 1 }),
      false,
    ],
  ])('%s when %s', (_, __, lists, isExcused) => {
    lists();
    create('remediate#2', 'eni-2');
    expect(cloud.repeatedCreates).toEqual(isExcused ? [] : ['eni-2 to tmt-1']);
  });

  it('is never excused in the run that made the session', () => {
    list('remediate#1', OLD);
    for (const each of cloud.sessions(HOME)) each.ClientToken = 'another';
    create('remediate#1', 'eni-2');
    expect(cloud.repeatedCreates).toEqual(['eni-2 to tmt-1']);
  });

  it('is never excused with another number, with which EC2 would make a second session', () => {
    list('remediate#2', OLD);
    create('remediate#2', 'eni-2', '2');
    expect(cloud.repeatedCreates).toEqual(['eni-2 to tmt-1']);
  });
});
