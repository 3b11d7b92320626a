/** How long a mail waits for the repair that another function makes: once per opening, from the first hand-over, never longer. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { openSpansOf } from '../../../src/ledger/open-spans.ts';
import type { MirrorWriter } from '../../../src/remediation/mirror-writer.ts';
import { aLaunchRecord, aRecord } from '../../support/deliveries.ts';
import { anInstance, anInterface, anInventory, attachedTo } from '../../support/inventories.ts';
import { anAccountOf, refusedWith } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';
import { type VirtualStack, virtualStack } from '../../support/virtual-stack.ts';

const config = (graceSeconds: number): Config =>
  parseConfig(
    JSON.stringify({
      graceSeconds,
      mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', { id: 'tmt-b', maxSources: 1000 }] },
    }),
    'config.json',
  );

/** What the function that repairs does: nothing at all, or what EC2 answers it. */
type Repairing = 'silent' | 'works' | 'refused' | 'throttled';

const FAULTS = {
  refused: refusedWith('UnauthorizedOperation'),
  throttled: refusedWith('RequestLimitExceeded', true),
} satisfies Partial<Record<Repairing, unknown>>;

interface Setup extends VirtualStack {
  repairing: Repairing;
  /** Somebody deletes the session of i-1, if there is one, and the record of it is delivered. */
  deleteSession(minute: number): void;
  /** The account gets these instances too. */
  launch(ids: readonly string[]): void;
}

function aSetup(repairing: Repairing, graceSeconds = 0): Setup {
  let account = anAccountOf(anInventory());
  const writer: MirrorWriter = {
    ...account.writer,
    createSession: async (...asked) => {
      if (setup.repairing === 'refused' || setup.repairing === 'throttled') throw FAULTS[setup.repairing];
      return account.writer.createSession(...asked);
    },
  };
  const stack = virtualStack(() => ({ inventory: account.source, writer }), config(graceSeconds));
  const inventory = (): Inventory => account.inventories()[0] ?? anInventory();
  const setup: Setup = Object.assign(stack, {
    repairing,
    deleteSession(minute: number) {
      stack.act(minute, async () => {
        const { accountId, region, trafficMirrorSessions = [] } = inventory();
        const [session] = trafficMirrorSessions;
        const id = session?.trafficMirrorSessionId ?? 'tms-1';
        if (session !== undefined) await account.writer.deleteSession({ accountId, region }, id);
        const request = { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: id } };
        const response = { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: id } };
        stack.watch([aRecord('DeleteTrafficMirrorSession', minute, request, response)], minute + 0.01);
      });
    },
    launch(ids: readonly string[]) {
      const before = inventory();
      account = anAccountOf({
        ...before,
        instances: [...(before.instances ?? []), ...ids.map((instanceId) => anInstance({ instanceId }))],
        networkInterfaces: [
          ...(before.networkInterfaces ?? []),
          ...ids.map((id, index) =>
            anInterface({
              networkInterfaceId: `eni-${id}`,
              privateIpAddress: `10.0.1.${index}`,
              attachment: attachedTo(id),
            }),
          ),
        ],
      });
    },
  });
  stack.repairs = () => setup.repairing !== 'silent';
  return setup;
}

const subjects = ({ mails }: Setup): readonly string[] =>
  mails.map(
    ({ minute, message }) =>
      `${Math.floor(minute)} ${message.subject.replace(/^\[mirrorwatch\] |( by dana,| - ).*$/g, '')}`,
  );
const bodyOf = ({ mails }: Setup): string => mails[0]?.message.body.replace(/\s+/g, ' ') ?? '';
const HIGH = 'HIGH 1 instance unmirrored';

describe('the mail about a finding whose repair was handed over', () => {
  it('goes out ten minutes later if the repair says nothing, whatever deliveries and sweeps there are in 26 hours', async () => {
    const stack = aSetup('silent');
    for (let minute = 1; minute < 26 * 60; minute += 41) stack.watch([aLaunchRecord(minute, 'i-1')], minute);
    for (let hour = 0; hour < 26; hour += 6) stack.sweep(hour * 60 + 3);
    await stack.runUntil(26 * 60);
    expect(subjects(stack)).toEqual([`11 ${HIGH}`, `1477 STILL OPEN ${HIGH}`]);
  });

  it('says since when the repair has said nothing, and since when the finding is open', async () => {
    const stack = aSetup('silent');
    stack.deleteSession(1);
    await stack.runUntil(12);
    expect(bodyOf(stack)).toContain('Open since: 2026-03-17 12:01:00 UTC (10 min ago) ');
    expect(bodyOf(stack)).toContain(
      'What we did: handed over for repair 2026-03-17 12:01:00 UTC (10 min ago); the repair has not reported since ',
    );
    expect(bodyOf(stack)).toContain('What is being repaired is mailed when the repair has failed or is overdue.');
  });

  it('says what the repair answered, although it was handed over again since', async () => {
    const stack = aSetup('refused', 300);
    stack.deleteSession(1);
    stack.sweep(2);
    stack.act(3, () => {
      stack.repairing = 'silent';
    });
    stack.sweep(4);
    await stack.runUntil(12);
    expect(bodyOf(stack)).toMatch(/What we did: tried, but failed: [^;]*refused[^;]* \(2026-03-17 12:02:03 UTC\)/);
  });

  it('is not put off by a later plan with more steps', async () => {
    const stack = aSetup('silent');
    stack.send = () => 'lost';
    stack.deleteSession(1);
    stack.act(4, () => stack.launch(Array.from({ length: 200 }, (_, number) => `i-new${number}`)));
    stack.sweep(5);
    stack.sweep(12);
    await stack.runUntil(12);
    expect(subjects(stack)).toEqual([`12 ${HIGH}`]);
    expect(stack.mails[0]?.message.body).toMatch(/^i-1$/m);
  });

  it('goes out at once when the repair failed for good, and a later hand-over does not hold it again', async () => {
    const stack = aSetup('refused', 300);
    stack.deleteSession(1);
    stack.sweep(2);
    await stack.runUntil(60);
    // The grace period ends five minutes after the call.
    expect(subjects(stack)).toEqual([`6 ${HIGH}`]);
  });

  it('waits anew when the finding is opened again', async () => {
    const stack = aSetup('works');
    stack.deleteSession(1);
    stack.act(5, () => {
      stack.repairing = 'silent';
    });
    stack.deleteSession(6);
    await stack.runUntil(60);
    expect(subjects(stack)).toEqual(['1 RESOLVED 1 instance unmirrored', `16 ${HIGH}`]);
  });
});

describe('a repair that was handed over', () => {
  it('is handed over again only after pauses that double, whatever deliveries there are', async () => {
    const stack = aSetup('silent');
    for (let minute = 1; minute < 10; minute += 0.5) stack.watch([aLaunchRecord(minute, 'i-1')], minute);
    await stack.runUntil(10);
    expect(stack.counts.watch).toBe(18);
    expect(stack.handedOver).toEqual([1, 1.5, 2, 3, 5, 9]);
  });

  it('is handed over again at once if the queue refused it', async () => {
    const stack = aSetup('works');
    stack.refusesHandOvers = true;
    stack.deleteSession(1);
    await expect(stack.runUntil(2)).rejects.toThrow('the queue refuses the repair');
    stack.refusesHandOvers = false;
    stack.deleteSession(3);
    await stack.runUntil(4);
    expect(subjects(stack)).toEqual(['3 RESOLVED 1 instance unmirrored']);
  });

  it('is handed over again at once if somebody deletes a session again', async () => {
    const stack = aSetup('works');
    stack.deleteSession(1);
    stack.deleteSession(3);
    await stack.runUntil(5);
    expect(subjects(stack)).toEqual(['1 RESOLVED 1 instance unmirrored', '3 RESOLVED 1 instance unmirrored']);
  });
});

/** What happens to the account and its functions, each a number of minutes after the one before. */
const happening = fc.record({
  after: fc.double({ min: 0.1, max: 20, noNaN: true }),
  what: fc.constantFrom('delete', 'sweep', 'silent', 'works', 'refused', 'throttled'),
});

describe('in any interleaving of deliveries, re-checks, sweeps, repairs and failures', () => {
  it.each([0, 300])(
    'each opening is mailed once when its hold is over, at a grace of %s s',
    async (graceSeconds) => {
      await fc.assert(
        fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 25 }), async (happenings) => {
          const stack = aSetup('works', graceSeconds);
          let minute = 0;
          for (const { after, what } of happenings) {
            minute += after;
            if (what === 'delete') stack.deleteSession(minute);
            else if (what === 'sweep') stack.sweep(minute);
            else
              stack.act(minute, () => {
                stack.repairing = what;
              });
          }
          await stack.runUntil(minute + 40);
          await asTheModelSays(stack, graceSeconds / 60, minute + 40);
        }),
        { numRuns: 60 },
      );
    },
    120_000,
  );
});

/** Compares the mails about open findings with what follows from when the finding was open, handed over and answered. */
async function asTheModelSays(stack: Setup, grace: number, end: number): Promise<void> {
  const minuteOf = (time: Date): number => (time.getTime() - at(0).getTime()) / 60_000;
  const [entry] = await stack.ledger.entries({ rules: ['instance-unmirrored'] });
  const mailed = stack.mails.filter(({ message }) => message.kind === 'findings').map((mail) => mail.minute);
  const expected = (entry === undefined ? [] : openSpansOf(entry)).flatMap((span) => {
    const from = minuteOf(span.from);
    const to = span.to === null ? end : minuteOf(span.to);
    const isIn = (time: number): boolean => time >= from - 0.001 && time < to;
    const handedOver = stack.handedOver.find(isIn);
    const answered = stack.answered.find((time) => isIn(time) && time > (handedOver ?? from));
    const overdue = handedOver === undefined ? from : handedOver + 10 + 1 / 60;
    const holdEnds = Math.min(overdue, answered ?? overdue);
    const latest = Math.max(holdEnds, from + grace) + 1.5;
    const mails = mailed.filter((time) => time >= from && time <= to);
    return [{ from, to, holdEnds, latest, mails }];
  });
  expect(mailed).toEqual(expected.flatMap(({ mails }) => mails));
  for (const { to, holdEnds, latest, mails } of expected) {
    expect(mails.length).toBeLessThanOrEqual(1);
    for (const mail of mails) expect(mail).toBeGreaterThanOrEqual(holdEnds - 0.001);
    if (to > latest) expect(mails.filter((mail) => mail <= latest)).toHaveLength(1);
  }
}
