/** The ports by which findings are told: topics of SNS, buses of EventBridge, and Security Hub. */

import type { EventBus } from '../../alert/channels/finding-events.ts';
import type { SecurityHub } from '../../alert/channels/hub-import.ts';
import type { Publisher } from '../../alert/send-alert.ts';
import type { Clients } from '../clients.ts';
import { lazily } from '../lazily.ts';
import type { MessageForm } from '../sns-publisher.ts';

/** The ports that tell. */
export interface ChannelPorts {
  /** Mail or chat through a topic, in the region of its ARN. @default form 'text' */
  publisher(topicArn: string, form?: MessageForm): Publisher;
  /** A bus of events by its name or ARN, in the region of the ARN, else in the home region. */
  eventBus(name: string): EventBus;
  /** AWS Security Hub, in every account and region that has one. */
  securityHub(): SecurityHub;
}

/** Each loads its adapter on its first call. */
export function channelPorts(
  clients: Clients,
  { region, sleep }: { readonly region: string; sleep(ms: number): Promise<void> },
): ChannelPorts {
  return {
    publisher: (topicArn, form) =>
      lazily<Publisher>({ publish: true }, async () =>
        (await import('../sns-publisher.ts')).snsPublisher(clients, topicArn, form),
      ),
    eventBus: (name) =>
      lazily<EventBus>({ put: true }, async () =>
        (await import('../event-bus.ts')).eventBus(clients, { name, region, sleep }),
      ),
    securityHub: () =>
      lazily<SecurityHub>({ importFindings: true }, async () =>
        (await import('../security-hub.ts')).securityHub(clients),
      ),
  };
}
