/** The functions as they are deployed: one finds and hands repairs over, another repairs. */

import type { AlertMessage } from '../../src/alert/message.ts';
import type { Config } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import type { ActRequest } from '../../src/pipeline/act.ts';
import { type Delivered, type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { remediateMessage } from '../../src/pipeline/own-messages.ts';
import { type Swept, sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from './clocks.ts';
import { aBucket, aLogKey, aNotice } from './deliveries.ts';
import { aLedger } from './ledgers.ts';
import { at } from './sightings.ts';

export interface HandingOver {
  readonly mails: readonly AlertMessage[];
  readonly ledger: FullLedger;
  sweep(minute: number): Promise<Swept>;
  /** Delivers these records in a log file. */
  watch(records: readonly Readonly<Record<string, unknown>>[], minute: number): Promise<Delivered>;
  /** Delivers one of our own messages to the function that finds. */
  receive(body: string, minute: number): Promise<Delivered>;
  /** Works off the queue to the function that repairs. What fails stays in it; the result is how many messages did. */
  remediate(minute: number): Promise<number>;
}

/** The functions with an empty ledger, mailbox and queue. `ports` opens the account anew for each invocation. */
export function handingOver(ports: () => Pick<DeliverPorts, 'inventory' | 'writer'>, settings: Config): HandingOver {
  const ledger = aLedger();
  const bucket = aBucket();
  const mails: AlertMessage[] = [];
  const queue: Message[] = [];
  const publish = async (message: AlertMessage): Promise<string> => `mail-${mails.push(message)}`;
  const handOver: NonNullable<ActRequest['handOver']> = async ({ scope }, { steps }) => {
    const ids = steps.map(({ networkInterfaceId }) => networkInterfaceId);
    queue.push({ messageId: `r-${queue.length}`, body: remediateMessage(scope, { networkInterfaceIds: ids }) });
  };
  const finding = () => ({ ledger, publisher: { publish }, logs: bucket.logs, inventory: ports().inventory });
  const receive = (message: Message, minute: number): Promise<Delivered> =>
    deliver([message], finding(), settings, { now: at(minute), clock: STOPPED_CLOCK, handOver });
  return {
    mails,
    ledger,
    sweep: (minute) =>
      sweep(finding(), settings, { now: at(minute), clock: STOPPED_CLOCK, name: `sweep-${minute}`, handOver }),
    async watch(records, minute) {
      bucket.put(aLogKey(minute), records);
      return receive(aNotice(`m-${minute}`, aLogKey(minute)), minute);
    },
    receive: (body, minute) => receive({ messageId: `o-${minute}`, body }, minute),
    async remediate(minute) {
      for (const message of queue.splice(0)) {
        const { inventory, writer } = ports();
        const repairing = { ...finding(), inventory, writer };
        const { failed } = await deliver([message], repairing, settings, { now: at(minute), clock: STOPPED_CLOCK });
        queue.push(...failed.map((each) => each.message));
      }
      return queue.length;
    },
  };
}
