import { describe, expect, it } from 'vitest';
import type { EventFailure, FindingEvent } from '../../../src/alert/channels/finding-events.ts';
import { type Channels, type TellPorts, tellEverywhere } from '../../../src/alert/channels/tell-everywhere.ts';
import { MAILS_AT_ONCE } from '../../../src/alert/flood-gate.ts';
import type { AlertMessage } from '../../../src/alert/message.ts';
import type { SentAlert } from '../../../src/alert/send-alert.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { openSqliteLedger } from '../../../src/local/sqlite-ledger.ts';
import { aFinding, NOW } from '../../support/findings.ts';

const POLICY = { immediate: 'medium' } as const;
const DAY_MS = 86_400_000;
const later = (ms: number): Date => new Date(NOW.getTime() + ms);

/** A place to tell that notes what it got, and fails while `isDown`. */
function aPlace() {
  const sent: AlertMessage[] = [];
  const place = { isDown: false, sent };
  const publisher = {
    async publish(message: AlertMessage): Promise<string> {
      if (place.isDown) throw new PipelineError('alert-failed', 'the topic is gone', { retryable: false });
      sent.push(message);
      return `m-${sent.length}`;
    },
  };
  return { ...place, place, publisher };
}

function aBus() {
  const taken: FindingEvent[] = [];
  const bus = { refuses: (_: FindingEvent) => false };
  const put = async (events: readonly FindingEvent[]): Promise<readonly EventFailure[]> =>
    events.flatMap((event, index) => {
      if (bus.refuses(event)) return [{ index, awsCode: 'ThrottlingException', reason: 'too many' }];
      taken.push(event);
      return [];
    });
  return { bus, taken, eventBus: { put } };
}

let runs = 0;

const findings = (count: number, parts: Partial<Finding> = {}) =>
  Array.from({ length: count }, (_, index) => aFinding({ resourceId: `i-0a1b2c3d4e5f6${1000 + index}`, ...parts }));
const idsIn = (events: readonly FindingEvent[]) =>
  events.map(({ detail, detailType }) => `${detailType} ${(JSON.parse(detail) as Finding).resourceId}`).toSorted();

describe.each<[string, () => FullLedger]>([
  ['DynamoDB', () => ledgerOn(memoryTable())],
  ['SQLite', () => openSqliteLedger(':memory:')],
])('telling every channel, with the ledger on %s', (_, aLedger) => {
  /** All three places on one ledger. `told` are the runs' entries: everything in sight. */
  function aWorld() {
    const [mail, chat, bus, ledger] = [aPlace(), aPlace(), aBus(), aLedger()];
    const all: Channels = { chat: chat.publisher, eventBus: bus.eventBus };
    const see = (seen: readonly Finding[], at: Date = NOW) =>
      ledger.record({ at, findings: seen, judgements: [], outcomes: [] });
    const tell = async (now: Date = NOW, places: Partial<TellPorts> = {}): Promise<SentAlert> => {
      runs += 1;
      const inSight = { accountId: '111122223333', region: 'eu-west-1' };
      const entries = await ledger.entries({ inSight });
      const ports = { ledger, owner: `run ${runs}`, publisher: mail.publisher, channels: all, ...places };
      return tellEverywhere(ports, { entries, outcomes: [] }, POLICY, { now });
    };
    return { mail, chat, bus, ledger, see, tell };
  }

  it('tells mail, chat and the bus of each opening, and none of them twice', async () => {
    const { mail, chat, bus, see, tell } = aWorld();
    await see(findings(2));
    for (const minutes of [0, 1, 2]) await tell(later(minutes * 60_000));
    expect([mail.sent.length, chat.sent.length]).toEqual([1, 1]);
    expect(idsIn(bus.taken)).toEqual(['Finding Opened i-0a1b2c3d4e5f61000', 'Finding Opened i-0a1b2c3d4e5f61001']);
  });

  it.each(['mail', 'chat'] as const)(
    'tells the others while %s fails, and that one alone when it is back',
    async (name) => {
      const world = aWorld();
      const { bus, see, tell } = world;
      const other = name === 'mail' ? 'chat' : 'mail';
      await see(findings(1));
      world[name].place.isDown = true;
      await expect(tell()).rejects.toMatchObject({
        code: 'alert-failed',
        message: expect.stringContaining('the topic is gone'),
      });
      expect([world[other].sent.length, bus.taken.length]).toEqual([1, 1]);
      world[name].place.isDown = false;
      await tell(later(60_000));
      expect([world[name].sent.length, world[other].sent.length, bus.taken.length]).toEqual([1, 1, 1]);
    },
  );

  it('names the events that the bus did not take, and sends them alone the next time', async () => {
    const { mail, bus, see, tell } = aWorld();
    await see(findings(3));
    bus.bus.refuses = ({ detail }) => detail.includes('f61001');
    await expect(tell()).rejects.toMatchObject({
      code: 'alert-failed',
      retryable: true,
      message: expect.stringMatching(
        /did not take 1 of 3 events: Finding Opened [0-9a-f]{32}: ThrottlingException too many$/,
      ),
    });
    bus.bus.refuses = () => false;
    await tell(later(60_000));
    expect(idsIn(bus.taken)).toHaveLength(3);
    expect(new Set(idsIn(bus.taken)).size).toBe(3);
    expect(mail.sent).toHaveLength(1);
  });

  it('says all faults when all places fail', async () => {
    const { mail, chat, bus, see, tell } = aWorld();
    await see(findings(1));
    mail.place.isDown = true;
    chat.place.isDown = true;
    bus.bus.refuses = () => true;
    await expect(tell()).rejects.toMatchObject({
      message: expect.stringMatching(
        /the topic is gone.*; .*the topic is gone.*; the event bus did not take 1 of 1 event/,
      ),
      retryable: true,
    });
  });

  it('tells each place of the end and of the next opening', async () => {
    const { mail, chat, bus, ledger, see, tell } = aWorld();
    const [finding] = findings(1);
    if (finding === undefined) throw new Error('no finding');
    await see([finding]);
    await tell();
    const gone = { ...finding, result: 'pass', reason: 'tagged', seenAt: undefined } as const;
    await ledger.record({ at: later(60_000), findings: [], judgements: [gone], outcomes: [] });
    chat.place.isDown = true;
    await expect(tell(later(120_000))).rejects.toThrow('the topic is gone');
    chat.place.isDown = false;
    // The mail was sent, and chat still has to hear of it: it stays in sight.
    await tell(later(180_000));
    expect([mail.sent, chat.sent].map((sent) => sent.map(({ kind }) => kind))).toEqual([
      ['findings', 'resolved'],
      ['findings', 'resolved'],
    ]);
    await see(
      [{ ...finding, firstSeen: later(200_000).toISOString(), lastSeen: later(200_000).toISOString() }],
      later(240_000),
    );
    await tell(later(300_000));
    expect(bus.taken.map(({ detailType }) => detailType)).toEqual([
      'Finding Opened',
      'Finding Resolved',
      'Finding Opened',
    ]);
    expect(chat.sent).toHaveLength(3);
    const threads = bus.taken.map(({ detail }) => (JSON.parse(detail) as { thread: string }).thread);
    expect(threads[0]).toBe(threads[1]);
    expect(threads[2]).not.toBe(threads[0]);
  });

  it('tells a channel that is new what is open, and mails nothing again', async () => {
    const { mail, chat, see, tell } = aWorld();
    await see(findings(2));
    await tell(NOW, { channels: {} });
    await tell(later(60_000));
    expect(mail.sent).toHaveLength(1);
    expect(chat.sent[0]?.reported).toHaveLength(2);
  });

  it('tells channels without mail', async () => {
    const { mail, chat, bus, see, tell } = aWorld();
    await see(findings(1));
    await tell(NOW, { publisher: undefined });
    expect([mail.sent.length, chat.sent.length, bus.taken.length]).toEqual([0, 1, 1]);
  });

  it('reminds each place after a day', async () => {
    const { chat, bus, see, tell } = aWorld();
    await see(findings(1));
    await tell();
    await tell(later(DAY_MS));
    await tell(later(DAY_MS + 60_000));
    expect(chat.sent.map(({ kind }) => kind)).toEqual(['findings', 'reminder']);
    expect(bus.taken.map(({ detailType }) => detailType)).toEqual(['Finding Opened', 'Finding Still Open']);
  });

  it('puts findings of every severity on the bus, but none that is muted or pending', async () => {
    const { mail, bus, see, tell } = aWorld();
    const [low, muted, pending] = findings(3);
    if (low === undefined || muted === undefined || pending === undefined) throw new Error('no findings');
    await see([
      { ...low, severity: 'low' },
      { ...muted, status: 'muted' },
      { ...pending, detail: { ...pending.detail, pendingUntil: later(60_000).toISOString() } },
    ]);
    await tell();
    expect(mail.sent).toEqual([]);
    expect(idsIn(bus.taken)).toEqual([`Finding Opened ${low.resourceId}`]);
  });

  it('says which findings another run is telling a channel of', async () => {
    const { chat, ledger, see, tell } = aWorld();
    const [finding] = findings(1);
    await see(findings(1));
    const key = `${finding?.id}:chat/notified`;
    await ledger.claim([{ kind: 'alert', key }], { now: NOW, leaseSeconds: 900, owner: 'another run' });
    expect(await tell()).toMatchObject({ busy: [], alsoBusy: [{ channel: 'chat', id: finding?.id }] });
    expect(chat.sent).toEqual([]);
  });

  it('holds back in chat what a flood holds back in mail, and counts no window twice', async () => {
    const { mail, chat, bus, see, tell } = aWorld();
    for (let n = 0; n <= MAILS_AT_ONCE; n += 1) {
      await see([aFinding({ resourceId: `i-0a1b2c3d4e5f6${2000 + n}` })], later(n * 1_000));
      await tell(later(n * 1_000));
    }
    expect([mail.sent.length, chat.sent.length]).toEqual([MAILS_AT_ONCE, MAILS_AT_ONCE]);
    expect(bus.taken).toHaveLength(MAILS_AT_ONCE + 1);
  });
});
