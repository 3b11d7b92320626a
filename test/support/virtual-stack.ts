/** The functions and their queues in virtual time: what one sends another arrives when a queue of AWS would deliver it. */

import type { AlertMessage } from '../../src/alert/message.ts';
import type { Config } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import type { InventorySource } from '../../src/inventory/load-inventory.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import type { ActRequest } from '../../src/pipeline/act.ts';
import { type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { sendRechecks } from '../../src/pipeline/holds/send-rechecks.ts';
import { remediateMessage, sweepMessage } from '../../src/pipeline/own-messages.ts';
import type { Recheck } from '../../src/pipeline/recheck.ts';
import { STOPPED_CLOCK } from './clocks.ts';
import { aBucket, aLogKey, aNotice } from './deliveries.ts';
import { aLedger } from './ledgers.ts';
import { at } from './sightings.ts';

/** The longest that SQS delays a message, in minutes. */
const LONGEST_DELAY = 15;

export interface VirtualMail {
  readonly minute: number;
  readonly message: AlertMessage;
}

/** What happened so far. */
export interface Counts {
  watch: number;
  remediate: number;
  sweep: number;
  handOvers: number;
  /** Re-checks that were sent, those that were sent on included. */
  sent: number;
  looks: number;
  ledgerCalls: number;
}

export interface VirtualStack {
  readonly ledger: FullLedger;
  readonly mails: readonly VirtualMail[];
  readonly counts: Counts;
  /** When repairs were handed over, and when the function that repairs answered for good. */
  readonly handedOver: readonly number[];
  readonly answered: readonly number[];
  /** Replaced by a test to have a re-check lost or refused. */
  send: (recheck: Recheck) => 'sent' | 'lost' | 'refused';
  /** Set by a test to have no repair handed over. */
  refusesHandOvers: boolean;
  /** Whether the function that repairs works at this minute. */
  repairs: (minute: number) => boolean;
  /** Delivers these records at this minute. */
  watch(records: readonly Readonly<Record<string, unknown>>[], minute: number): void;
  /** Delivers a message to the function that finds. */
  receive(body: string, minute: number): void;
  sweep(minute: number): void;
  /** Runs the test's own action at this minute. */
  act(minute: number, action: () => Promise<void> | void): void;
  /** Works off everything until this minute, in order. */
  runUntil(minute: number): Promise<void>;
}

/** The functions with an empty ledger and mailbox. `ports` opens the account anew for each invocation. */
export function virtualStack(ports: () => Pick<DeliverPorts, 'inventory' | 'writer'>, settings: Config): VirtualStack {
  const counts: Counts = { watch: 0, remediate: 0, sweep: 0, handOvers: 0, sent: 0, looks: 0, ledgerCalls: 0 };
  const ledger = counting(aLedger(), counts);
  const bucket = aBucket();
  const mails: VirtualMail[] = [];
  const handedOver: number[] = [];
  const answered: number[] = [];
  const queue: { readonly minute: number; readonly order: number; readonly run: () => Promise<void> }[] = [];
  let minute = 0;
  let order = 0;
  const schedule = (when: number, run: () => Promise<void>): void => {
    order += 1;
    queue.push({ minute: when, order, run });
  };
  const publish = async (message: AlertMessage): Promise<string> => `mail-${mails.push({ minute, message })}`;
  const inventory = (): InventorySource => {
    const source = ports().inventory;
    return {
      ...source,
      load: (...asked) => {
        counts.looks += 1;
        return source.load(...asked);
      },
    };
  };
  const finding = () => ({ ledger, publisher: { publish }, logs: bucket.logs, inventory: inventory() });
  const handOver: NonNullable<ActRequest['handOver']> = async ({ scope }, { steps }) => {
    if (stack.refusesHandOvers) throw new Error('the queue refuses the repair');
    counts.handOvers += 1;
    handedOver.push(minute);
    const networkInterfaceIds = steps.map((step) => step.networkInterfaceId);
    const body = remediateMessage(scope, { networkInterfaceIds });
    schedule(minute + 0.05, () => repair({ messageId: `r-${order}`, body }, 1));
  };
  const options = () => ({ now: at(minute), clock: STOPPED_CLOCK });
  const later = async (recheck: Recheck): Promise<void> => {
    const fate = stack.send(recheck);
    if (fate === 'refused') throw new Error('the queue refuses the message');
    counts.sent += 1;
    const delay = Math.min(LONGEST_DELAY, recheck.delaySeconds / 60);
    if (fate === 'sent') schedule(minute + delay, () => receive({ messageId: `o-${order}`, body: recheck.body }));
  };
  const handle = async (messages: readonly Message[]): Promise<void> => {
    const { rechecks } = await deliver(messages, finding(), settings, { ...options(), handOver });
    await sendRechecks(rechecks, later, ledger, at(minute));
  };
  const receive = (message: Message): Promise<void> => {
    counts.watch += 1;
    return handle([message]);
  };
  const repair = async (message: Message, receiveCount: number): Promise<void> => {
    if (!stack.repairs(minute)) return;
    counts.remediate += 1;
    const repairing = { ...finding(), writer: ports().writer };
    const { failed, rechecks, acted } = await deliver([message], repairing, settings, options());
    if (acted.outcomes.length > 0 && acted.outcomes.every(({ retry }) => retry !== true)) answered.push(minute);
    await sendRechecks(rechecks, later, ledger, at(minute));
    if (failed.length > 0 && receiveCount < 5) schedule(minute + 2, () => repair(message, receiveCount + 1));
  };
  const stack: VirtualStack = {
    ledger,
    mails,
    counts,
    handedOver,
    answered,
    refusesHandOvers: false,
    send: () => 'sent',
    repairs: () => true,
    watch(records, when) {
      const key = aLogKey(order);
      bucket.put(key, records);
      schedule(when, () => receive(aNotice(`m-${order}`, key)));
    },
    receive: (body, when) => schedule(when, () => receive({ messageId: `o-${order}`, body })),
    sweep: (when) =>
      schedule(when, async () => {
        counts.sweep += 1;
        const scopes = await ports().inventory.scopes();
        const messages = scopes.map((scope) => ({
          messageId: `s-${when}`,
          body: sweepMessage({ ...scope, name: `sweep-${when}` }),
        }));
        await handle(messages);
      }),
    act: (when, action) => schedule(when, async () => action()),
    async runUntil(end) {
      for (;;) {
        const [next] = queue.toSorted((a, b) => a.minute - b.minute || a.order - b.order);
        if (next === undefined || next.minute > end) break;
        queue.splice(queue.indexOf(next), 1);
        minute = next.minute;
        await next.run();
      }
      minute = end;
    },
  };
  return stack;
}

/** The ledger, counting its calls. */
function counting(ledger: FullLedger, counts: Counts): FullLedger {
  const counted =
    <A extends readonly unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      counts.ledgerCalls += 1;
      return call(...args);
    };
  return {
    record: counted(ledger.record),
    entries: counted(ledger.entries),
    runs: counted(ledger.runs),
    claim: counted(ledger.claim),
    settle: counted(ledger.settle),
    keep: counted(ledger.keep),
    about: counted(ledger.about),
    keepPolicy: counted(ledger.keepPolicy),
    policies: counted(ledger.policies),
    lastInOrder: counted(ledger.lastInOrder),
    countNew: counted(ledger.countNew),
    hold: counted(ledger.hold),
    heldUntil: counted(ledger.heldUntil),
    release: counted(ledger.release),
    intend: counted(ledger.intend),
    intended: counted(ledger.intended),
    noteInstance: counted(ledger.noteInstance),
    forget: counted(ledger.forget),
    hear: counted(ledger.hear),
    freshness: counted(ledger.freshness),
    takeJudging: counted(ledger.takeJudging),
    nameSilent: counted(ledger.nameSilent),
  };
}
