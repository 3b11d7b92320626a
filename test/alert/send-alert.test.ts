import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowEnd } from '../../src/alert/flood-gate.ts';
import type { AlertMessage } from '../../src/alert/message.ts';
import {
  type AlertPorts,
  type AlertRequest,
  type SentAlert,
  sendAlerts,
  sendDigest,
} from '../../src/alert/send-alert.ts';
import { floodLogOn } from '../../src/aws/ledger/dynamodb-floods.ts';
import { memoryTable } from '../../src/aws/ledger/memory-table.ts';
import type { Claim, LedgerEntry } from '../../src/ledger/ledger.ts';
import type { PlanStep } from '../../src/remediation/plan.ts';
import { aCall } from '../support/causes.ts';
import { aFinding, anEntry, NOW } from '../support/findings.ts';

const POLICY = { immediate: 'medium' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A ledger in memory, with the guarantees of the port: a free claim is given to one owner, leased, then done or released, and an alert
 * that is done is noted in its entry. Its entries are those that were sent, in their newest generation.
 */
function aMailbox(publishing: () => Promise<string> = async () => 'mail-1') {
  const claims = new Map<string, { readonly until: number; readonly owner: string }>();
  const known = new Map<string, LedgerEntry>();
  const sent: AlertMessage[] = [];
  const nameOf = ({ kind, key }: Claim): string => `${kind} ${key}`;
  const note = ({ key }: Claim, now: Date): void => {
    const [id = '', stage = ''] = key.split(':');
    const entry = known.get(id);
    if (entry !== undefined) known.set(id, { ...entry, notified: { ...entry.notified, [stage]: now } });
  };
  const ports: Omit<AlertPorts, 'owner'> = {
    ledger: {
      async claim(wanted, { now, leaseSeconds, owner }) {
        const free = wanted.filter((claim) => {
          const held = claims.get(nameOf(claim));
          return held === undefined || held.owner === owner || held.until <= now.getTime();
        });
        for (const claim of free) claims.set(nameOf(claim), { until: now.getTime() + leaseSeconds * 1000, owner });
        return free;
      },
      async settle(held, { now, owner, how }) {
        for (const claim of held) {
          if (how === 'done' && claim.kind === 'alert') note(claim, now);
          if (how === 'done' && claim.kind !== 'alert')
            claims.set(nameOf(claim), { until: Number.POSITIVE_INFINITY, owner: 'nobody' });
          else if (claims.get(nameOf(claim))?.owner === owner) claims.delete(nameOf(claim));
        }
      },
      entries: async ({ ids }) => [...known.values()].filter(({ finding }) => ids?.includes(finding.id)),
      ...floodLogOn(memoryTable()),
    },
    publisher: {
      async publish(message) {
        const id = await publishing();
        sent.push(message);
        return id;
      },
    },
  };
  const see = (seen: readonly LedgerEntry[]): readonly LedgerEntry[] =>
    seen.map((entry) => {
      const before = known.get(entry.finding.id);
      if (before === undefined || before.generation < entry.generation) known.set(entry.finding.id, entry);
      return known.get(entry.finding.id) ?? entry;
    });
  return { ports: { ...ports, see }, sent, claims };
}

type Mailbox = ReturnType<typeof aMailbox>['ports'];

let runs = 0;

/** The ports of another run. */
function ofRun(ports: Mailbox): AlertPorts {
  runs += 1;
  return { ...ports, owner: `run ${runs}` };
}

function entries(count: number, from = 0): readonly LedgerEntry[] {
  return Array.from({ length: count }, (_, index) => anEntry(aFinding({ resourceId: `i-0${from + index}` })));
}

function send(ports: Mailbox, request: Partial<AlertRequest>, now: Date = NOW): Promise<SentAlert> {
  const entries = ports.see(request.entries ?? []);
  return sendAlerts(ofRun(ports), { outcomes: [], ...request, entries }, POLICY, { now });
}

function aStep(resourceId: string): PlanStep {
  return {
    kind: 'create-session',
    accountId: '111122223333',
    region: 'eu-west-1',
    networkInterfaceId: 'eni-01',
    resourceId,
    trafficMirrorTargetId: 'tmt-01',
    trafficMirrorFilterId: 'tmf-01',
    sessionNumber: 1,
    alternatives: [],
    tags: [],
    reason: 'least loaded',
  };
}

/** The instances that the mails are about. Each mail in these tests shows all of its findings. */
function mailed(sent: readonly AlertMessage[]): readonly string[] {
  return sent.flatMap(({ body }) => [...body.matchAll(/^(i-0\d+) \(/gm)].map((match) => String(match[1]))).toSorted();
}

describe('sendAlerts', () => {
  it('sends nothing when nothing is due', async () => {
    const { ports, sent } = aMailbox();
    expect(await send(ports, { entries: [anEntry(aFinding({ severity: 'low' }))] })).toEqual({ held: 0, busy: [] });
    expect(sent).toEqual([]);
  });

  it('sends one mail for a delivery, however much it has to report', async () => {
    const { ports, sent } = aMailbox();
    const resolved = anEntry(aFinding({ resourceId: 'i-08', status: 'resolved' }), { notified: { notified: NOW } });
    const dayOld = anEntry(aFinding({ resourceId: 'i-09' }), {
      notified: { notified: new Date(NOW.getTime() - DAY_MS) },
    });
    const failures = [{ path: 'a.json.gz', reason: 'truncated' }];
    const { messageId } = await send(ports, { entries: [...entries(2), resolved, dayOld], failures });
    expect(messageId).toBe('mail-1');
    expect(sent.map(({ kind }) => kind)).toEqual(['findings']);
    for (const part of ['i-00', 'i-01', 'i-08', 'i-09', 'a.json.gz']) expect(sent[0]?.body).toContain(part);
  });

  it('mentions what was found and repaired in the same run only if there is another reason for a mail', async () => {
    const { ports, sent } = aMailbox();
    const remediation = { kind: 'create-session', outcome: 'done' } as const;
    const repaired = anEntry(
      aFinding({ resourceId: 'i-07', rule: 'instance-unmirrored', status: 'resolved', remediation }),
    );
    const outcomes = [{ step: aStep('i-07'), result: 'done', reason: 'created' }] as const;
    await send(ports, { entries: [repaired], outcomes });
    expect(sent).toEqual([]);
    await send(ports, { entries: [...entries(1), repaired], outcomes });
    expect(sent[0]?.body).toContain('1 more finding, repaired immediately. Nothing to do.');
    expect(sent[0]?.body).not.toContain('i-07');
  });

  it('reports findings that another run claimed and has not settled: acknowledging them might lose their mail', async () => {
    const { ports, sent } = aMailbox();
    const [taken] = entries(1);
    const key = `${taken?.finding.id}:notified`;
    await ports.ledger.claim([{ kind: 'alert', key }], { now: NOW, leaseSeconds: 900, owner: 'another run' });
    expect(await send(ports, { entries: entries(2) })).toMatchObject({
      busy: [taken?.finding.id],
      message: { kind: 'findings' },
    });
    expect(sent).toHaveLength(1);
  });

  it('names what someone broke, and who, even though it was repaired immediately', async () => {
    const { ports, sent } = aMailbox();
    const remediation = { kind: 'create-session', outcome: 'done' } as const;
    const cause = aCall('mallory', { eventName: 'DeleteTrafficMirrorSession' });
    const parts = {
      resourceId: 'i-07',
      rule: 'instance-unmirrored',
      status: 'resolved',
      remediation,
      cause,
    } as const;
    const outcomes = [{ step: aStep('i-07'), result: 'done', reason: 'created' }] as const;
    await send(ports, { entries: [...entries(1), anEntry(aFinding(parts))], outcomes });
    expect(sent[0]?.body).toMatch(
      /Broken by a call, and repaired:\n- i-07 .*by mallory\s+\(DeleteTrafficMirrorSession, /s,
    );
  });

  it.each([
    ['reminder', { entries: [anEntry(aFinding(), { notified: { notified: new Date(NOW.getTime() - DAY_MS) } })] }],
    ['resolved', { entries: [anEntry(aFinding({ status: 'resolved' }), { notified: { notified: NOW } })] }],
    ['failure', { failures: [{ path: 'a', reason: 'b' }] }],
    ['burst', { entries: entries(51) }],
  ])('sends a mail of kind %s when that is what there is to report', async (kind, request) => {
    const { ports, sent } = aMailbox();
    await send(ports, request);
    expect(sent.map((message) => message.kind)).toEqual([kind]);
  });

  it('sends nothing twice, however deliveries are replayed, split or interleaved', async () => {
    const deliveries = fc.array(fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 5 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(deliveries, async (batches) => {
        const { ports, sent } = aMailbox();
        const runs = batches.map((batch) => send(ports, { entries: batch.flatMap((number) => entries(1, number)) }));
        await Promise.all(runs);
        const held = await ports.ledger.heldUntil(windowEnd(NOW));
        const left = entries(10).filter(({ finding }) => held.includes(finding.id));
        await send(ports, { entries: left, released: true }, windowEnd(NOW));
        expect(mailed(sent)).toEqual([...new Set(batches.flat())].toSorted().map((number) => `i-0${number}`));
      }),
    );
  });

  it('mails a finding again when it is reopened', async () => {
    const { ports, sent } = aMailbox();
    await send(ports, { entries: [anEntry(aFinding())] });
    await send(ports, { entries: [anEntry(aFinding(), { generation: 2 })] });
    expect(sent).toHaveLength(2);
  });

  it('fails the delivery when publishing fails, and sends the mail on retry', async () => {
    let broken = true;
    const { ports, sent } = aMailbox(async () => {
      if (broken) throw new Error('throttled');
      return 'mail-2';
    });
    const failing = send(ports, { entries: entries(1) });
    await expect(failing).rejects.toMatchObject({ code: 'alert-failed', retryable: true });
    await expect(failing).rejects.toThrow(/untagged.*throttled/);
    broken = false;
    expect(await send(ports, { entries: entries(1) })).toMatchObject({ messageId: 'mail-2' });
    expect(sent).toHaveLength(1);
  });

  it('fails the delivery when recording fails, and sends no second mail on retry', async () => {
    const { ports, sent } = aMailbox();
    const ledger = { ...ports.ledger, settle: async () => Promise.reject(new Error('database is locked')) };
    await expect(send({ ...ports, ledger }, { entries: entries(1) })).rejects.toThrow(/was sent.*database is locked/);
    await send(ports, { entries: entries(1) });
    expect(sent).toHaveLength(1);
  });

  it('records a mail at the second attempt when the first fails, and sends no second mail when its lease is over', async () => {
    const { ports, sent } = aMailbox();
    let attempts = 0;
    const settle: typeof ports.ledger.settle = async (...args) => {
      attempts += 1;
      if (attempts === 1) throw new Error('throttled');
      return ports.ledger.settle(...args);
    };
    await send({ ...ports, ledger: { ...ports.ledger, settle } }, { entries: entries(1) });
    expect(attempts).toBe(2);
    await send(ports, { entries: entries(1) }, new Date(NOW.getTime() + 901_000));
    expect(sent).toHaveLength(1);
  });

  it('names both faults when the claims cannot be released either', async () => {
    const { ports } = aMailbox(async () => Promise.reject(new Error('throttled')));
    const ledger = { ...ports.ledger, settle: async () => Promise.reject(new Error('database is locked')) };
    await expect(send({ ...ports, ledger }, { entries: entries(1) })).rejects.toThrow(/throttled.*database is locked/);
  });

  it('recovers from a crash between claim and mail once the lease expires', async () => {
    const { ports, sent } = aMailbox(() => new Promise(() => undefined));
    void send(ports, { entries: entries(1) });
    const later = { ...ports, publisher: { publish: async (message: AlertMessage) => String(sent.push(message)) } };
    await send(later, { entries: entries(1) }, new Date(NOW.getTime() + 60_000));
    expect(sent).toHaveLength(0);
    await send(later, { entries: entries(1) }, new Date(NOW.getTime() + 901_000));
    expect(sent).toHaveLength(1);
  });

  it('sends one burst mail in a quarter of an hour, holds back the rest and loses nothing', async () => {
    const { ports, sent } = aMailbox();
    await send(ports, { entries: entries(60) });
    const heldUntil = windowEnd(NOW);
    expect(await send(ports, { entries: entries(60, 60) })).toEqual({ held: 60, heldUntil, busy: [] });
    expect(sent.map(({ kind }) => kind)).toEqual(['burst']);
    expect(await ports.ledger.heldUntil(heldUntil)).toHaveLength(60);
    await send(ports, { entries: entries(120) }, heldUntil);
    expect(sent.map(({ subject }) => /\d+ instances/.exec(subject)?.[0])).toEqual(['60 instances', '60 instances']);
  });

  it('counts new findings over all deliveries: 40 in each of ten give one mail, and another one when they are released', async () => {
    const { ports, sent } = aMailbox();
    for (let delivery = 0; delivery < 10; delivery += 1) {
      const now = new Date(NOW.getTime() + delivery * 60_000);
      await send(ports, { entries: entries(40, delivery * 40) }, now);
    }
    expect(sent.map(({ subject }) => /\d+ instances/.exec(subject)?.[0])).toEqual(['40 instances']);
    const end = windowEnd(NOW);
    const ids = await ports.ledger.heldUntil(end);
    expect(ids).toHaveLength(360);
    const held = entries(400).filter(({ finding }) => ids.includes(finding.id));
    await send(ports, { entries: held, released: true }, end);
    expect(sent.map(({ subject }) => /\d+ instances/.exec(subject)?.[0])).toEqual(['40 instances', '360 instances']);
  });

  it('mails new findings at once until there are more than fifty, or six mails', async () => {
    for (const [perDelivery, mails] of [
      [1, 6],
      [9, 5],
      [30, 1],
    ] as const) {
      const { ports, sent } = aMailbox();
      for (let delivery = 0; delivery < 12; delivery += 1)
        await send(ports, { entries: entries(perDelivery, delivery * perDelivery) });
      expect(sent).toHaveLength(mails);
      expect(await ports.ledger.heldUntil(windowEnd(NOW))).toHaveLength((12 - mails) * perDelivery);
    }
  });

  it('counts a delivery once that comes again because its mail could not be sent', async () => {
    let broken = true;
    const { ports, sent } = aMailbox(async () => {
      if (broken) throw new Error('throttled');
      return 'mail';
    });
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(send(ports, { entries: entries(40) })).rejects.toThrow('throttled');
    broken = false;
    expect(await send(ports, { entries: entries(40) })).toMatchObject({ held: 0 });
    expect(await send(ports, { entries: entries(10, 40) })).toMatchObject({ held: 0 });
    expect(sent).toHaveLength(2);
  });

  it('mails reminders and all-clears in a flood as ever', async () => {
    const { ports, sent } = aMailbox();
    await send(ports, { entries: entries(60) });
    const resolved = anEntry(aFinding({ resourceId: 'i-resolved', status: 'resolved' }), {
      notified: { notified: NOW },
    });
    expect(await send(ports, { entries: [...entries(1, 60), resolved] })).toMatchObject({ held: 1 });
    expect(sent.map(({ kind }) => kind)).toEqual(['burst', 'resolved']);
  });

  it('sends one burst mail for two bursts at the same time', async () => {
    const { ports, sent } = aMailbox();
    const both = await Promise.all([send(ports, { entries: entries(60) }), send(ports, { entries: entries(60, 60) })]);
    expect(both.map(({ held }) => held).toSorted()).toEqual([0, 60]);
    expect(sent).toHaveLength(1);
  });

  it('mails a failure once a day, and a different one independently', async () => {
    const { ports, sent } = aMailbox();
    const failures = [{ path: 'a', reason: 'truncated' }];
    await send(ports, { failures });
    await send(ports, { failures: [...failures, { path: 'b', reason: 'truncated' }] });
    await send(ports, { failures });
    await send(ports, { failures }, new Date(NOW.getTime() + DAY_MS));
    expect(sent.map(({ subject }) => subject.slice(-1))).toEqual(['a', 'b', 'a']);
  });
});

describe('sendDigest', () => {
  const source = { entries: [], runs: [], lastLogAt: NOW } as const;

  it.each([
    ['daily', 1, 1],
    ['daily', 24, 2],
    ['weekly', 24, 1],
    ['weekly', 7 * 24, 2],
  ] as const)('sends a %s digest that is requested again after %i h %i times', async (every, hours, times) => {
    const { ports, sent } = aMailbox();
    await sendDigest(ofRun(ports), { every, ...source }, { now: NOW });
    await sendDigest(ofRun(ports), { every, ...source }, { now: new Date(NOW.getTime() + hours * 60 * 60 * 1000) });
    expect(sent).toHaveLength(times);
  });
});
