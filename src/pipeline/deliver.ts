/** The whole walk for a batch of messages: collect → assess → act, and what must come again. */

import { setTimeout } from 'node:timers/promises';
import { dueAlerts } from '../alert/digest.ts';
import { refusedDeliveryFinding } from '../audit/log-integrity.ts';
import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { PipelineError } from '../errors.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { Sighting } from '../sighting/sighting.ts';
import { type Acted, type ActPorts, type ActRequest, act } from './act.ts';
import { type Assessment, assess } from './assess.ts';
import { type Collected, collect, type FailedMessage } from './collect.ts';
import { type Recheck, rechecksOf } from './recheck.ts';
import type { TaskSource } from './relevant-sightings.ts';
import { pendingRepair, type Swept, sweep, unfinishedOf } from './sweep.ts';

export interface DeliverPorts extends ActPorts {
  readonly logs: LogStore;
  readonly inventory: InventorySource;
  /** Absent where there is no ECS to ask (an account in a file). */
  readonly tasks?: TaskSource | undefined;
}

export interface DeliverOptions extends Pick<ActRequest, 'handOver' | 'deadline' | 'reportUrl'> {
  readonly now: Date;
}

export interface Delivered {
  /** Messages that must not be acknowledged, with the reason. */
  readonly failed: readonly FailedMessage[];
  /** What is to be looked at again when its grace is over. */
  readonly rechecks: readonly Recheck[];
  readonly collected: Collected;
  readonly assessment: Assessment;
  readonly acted: Acted;
  /** What came of the sweeps that messages asked for. */
  readonly swept: readonly Swept[];
}

/**
 * Works off messages together, so that they share what is read of the accounts. A message fails alone: when it or an object in
 * it cannot be read, or an account it speaks of cannot be judged, or a repair has to be tried again.
 *
 * Throws when nothing can be recorded or told: then no message may be acknowledged.
 */
export async function deliver(
  messages: readonly Message[],
  ports: DeliverPorts,
  config: Config,
  options: DeliverOptions,
): Promise<Delivered> {
  const { now } = options;
  const collected = await collect(messages, ports.logs, config);
  const { sightings, asked, input, manifest } = collected;
  const judged = await assess({ sightings, asked, scope: 'sighted', now }, ports.inventory, config, ports);
  const assessment = {
    ...judged,
    findings: [
      ...judged.findings,
      ...collected.refused.map((refused) =>
        refusedDeliveryFinding(refused, config.region ?? '', { severities: config.severities, now }),
      ),
    ],
  };
  const acted = await act(
    {
      ...options,
      assessment,
      at: newestOf(sightings) ?? now,
      complete: false,
      inputs: manifest,
      failures: input.rejected,
    },
    ports,
    config,
  );
  const swept: Swept[] = [];
  for (const { name, ...scope } of collected.sweeps)
    swept.push(await sweep(ports, config, { ...options, name, scopes: [scope] }));
  const unjudged = new Map(
    [...judged.failed, ...swept.flatMap(unfinishedOf)].map(({ scope, error }) => [scopeKey(scope), error]),
  );
  const again = new Map(
    acted.outcomes.filter(({ retry }) => retry === true).map((each) => [scopeKey(each.step), pendingRepair(each)]),
  );
  const unmailed = await isUnmailed(acted.sent?.busy ?? [], ports.ledger, config, now);
  const known = new Set(collected.failed.map(({ message }) => message));
  const failed = messages.flatMap((message): FailedMessage[] => {
    if (known.has(message)) return [];
    const scopes = [...(collected.scopesOf.get(message) ?? [])];
    const error = scopes.map((scope) => unjudged.get(scope) ?? again.get(scope)).find((found) => found !== undefined);
    if (error !== undefined) return [{ message, error }];
    return unmailed && scopes.length > 0
      ? [{ message, error: new PipelineError('mail-claimed', UNMAILED, { retryable: true }) }]
      : [];
  });
  return {
    failed: [...collected.failed, ...failed],
    rechecks: rechecksOf(acted.findings, now),
    collected,
    assessment,
    acted,
    swept,
  };
}

const UNMAILED = 'another run has claimed the mail about these findings and has not settled it yet';

/** How long a run that is at work on a mail is waited for before it is taken to be gone: it has but to publish. */
const PATIENCE_MS = [100, 400, 1500];

/**
 * True when findings that are due are neither ours to mail nor known to be mailed: the run that claimed them may have died, and to
 * acknowledge their delivery would be to lose the mail.
 */
async function isUnmailed(
  ids: readonly string[],
  ledger: DeliverPorts['ledger'],
  { alerts }: Config,
  now: Date,
): Promise<boolean> {
  if (ids.length === 0 || ledger === undefined) return false;
  for (const patience of PATIENCE_MS) {
    if (dueAlerts(await ledger.entries({ ids }), alerts, now).length === 0) return false;
    await setTimeout(patience);
  }
  return true;
}

/** The newest event's time, or undefined when there is none. */
export function newestOf(sightings: readonly Sighting[]): Date | undefined {
  return sightings.reduce<Date | undefined>(
    (newest, { eventTime }) => (newest === undefined || eventTime > newest ? eventTime : newest),
    undefined,
  );
}
