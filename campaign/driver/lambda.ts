/** Lambda: containers that start cold, stay warm, freeze between invocations and are killed at the time limit. */

import type { Clock, Timer } from './clock.ts';
import { coldStart, type FunctionName, type LambdaHandler } from './functions.ts';
import { type Owner, runAs } from './process.ts';
import { chanceAt, type Random, randomFrom } from './random.ts';

/** One run of a handler. */
export interface Invocation {
  /** `watch#3`: the third invocation of `watch`. */
  readonly name: string;
  readonly requestId: string;
  readonly container: Container;
  readonly startedAt: number;
  /** Calls so far by operation. */
  readonly calls: Map<string, number>;
  isOver: boolean;
}

/** How a run ended. `killed`: it neither returned nor threw. */
export type Ending =
  | { readonly kind: 'returned'; readonly answer: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'killed'; readonly why: string };

/** What surrounds the functions. */
export interface LambdaSurroundings {
  readonly folder: string;
  readonly clock: Clock;
  readonly seed: number;
  /** How far the container's clock is ahead, in milliseconds. */
  readonly skewOf: (container: string) => number;
  readonly note: (line: string) => void;
  /** Real work that the driver must await before time passes. */
  readonly busyWith: (work: Promise<unknown>) => void;
}

/** Longer than this unused, a container is gone. */
const KEPT_WARM_MS = 12 * 60_000;
/** The time limit of every function in template.json. */
const LIMIT_MS = 300_000;
/** How often a warm container is there and a new one is started all the same. */
const COLD_CHANCE = 0.1;

/** A function's container. Its code runs under this object, which stands for it in the double of AWS. */
export class Container implements Owner {
  readonly name: string;
  readonly random: Random;
  invocation: Invocation | undefined;
  isDead = false;
  usedAt = 0;
  handler: LambdaHandler | undefined;
  private readonly thawing: (() => void)[] = [];
  private readonly clock: Clock;
  private readonly skewMs: number;
  private readonly surroundings: LambdaSurroundings;

  constructor(name: string, surroundings: LambdaSurroundings) {
    this.name = name;
    this.surroundings = surroundings;
    this.clock = surroundings.clock;
    this.skewMs = surroundings.skewOf(name);
    this.random = randomFrom(surroundings.seed, 'container', name);
  }
  now(): number {
    return this.clock.now() + this.skewMs;
  }
  later(ms: number, run: () => void): Timer {
    return this.clock.after(ms, () => this.enter(run));
  }
  cancel(timer: Timer): void {
    this.clock.cancel(timer);
  }
  wrote(text: string): void {
    if (/"level":"(ERROR|WARN)"|WARN\]/.test(text)) this.surroundings.note(`  log ${this.name}: ${briefly(text)}`);
  }
  /** Continues what was under way when the last invocation ended. */
  thaw(): void {
    for (const run of this.thawing.splice(0)) this.later(1, run);
  }
  private enter(run: () => void): void {
    if (this.isDead) return;
    if (this.invocation === undefined) this.thawing.push(run);
    else runAs(this, run);
  }
}

/** The functions of one world. */
export interface Lambda {
  /** Starts an invocation; `done` is called once, when it has ended. */
  invoke(name: FunctionName, event: unknown, requestId: string, done: (ending: Ending) => void): void;
  /** Ends the invocation that runs in the container: nothing it started continues. */
  kill(container: Container, why: string): void;
  /** Invocations so far, by function. */
  readonly counts: ReadonlyMap<FunctionName, number>;
}

/** The functions of the zip in `folder`. */
export function lambdaOf(surroundings: LambdaSurroundings): Lambda {
  const { clock, note, seed, folder, busyWith } = surroundings;
  const containers = new Map<FunctionName, Container[]>();
  const counts = new Map<FunctionName, number>();
  const endings = new Map<Invocation, (ending: Ending) => void>();
  let started = 0;

  const containerFor = (name: FunctionName, invocation: string): Container => {
    const all = (containers.get(name) ?? []).filter(
      ({ isDead, usedAt, invocation: busy }) => !isDead && (busy !== undefined || clock.now() - usedAt < KEPT_WARM_MS),
    );
    const warm = all.findLast(({ invocation: busy }) => busy === undefined);
    if (warm !== undefined && chanceAt(seed, 'cold', invocation) >= COLD_CHANCE) {
      containers.set(name, all);
      return warm;
    }
    started += 1;
    const container = new Container(`${name}~${started}`, surroundings);
    containers.set(name, [...all, container]);
    return container;
  };

  const end = (invocation: Invocation, ending: Ending): void => {
    const done = endings.get(invocation);
    if (done === undefined) return;
    endings.delete(invocation);
    invocation.isOver = true;
    const { container } = invocation;
    container.invocation = undefined;
    container.usedAt = clock.now();
    const calls = [...invocation.calls.values()].reduce((sum, count) => sum + count, 0);
    note(
      `end   ${invocation.name} ${describeEnding(ending)} after ${clock.now() - invocation.startedAt} ms, ${calls} calls`,
    );
    done(ending);
  };

  const kill = (container: Container, why: string): void => {
    const { invocation } = container;
    container.isDead = true;
    if (invocation !== undefined) end(invocation, { kind: 'killed', why });
  };

  return {
    counts,
    kill,
    invoke(name, event, requestId, done) {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const container = containerFor(name, `${name}#${count}`);
      const startedAt = clock.now();
      const invocation = { name: `${name}#${count}`, requestId, container, startedAt, calls: new Map(), isOver: false };
      container.invocation = invocation;
      endings.set(invocation, done);
      note(
        `start ${invocation.name} in ${container.name}${container.handler === undefined ? ' (cold)' : ''} ${requestId}`,
      );
      const limit = clock.after(LIMIT_MS, () => kill(container, 'time limit'));
      const finish = (ending: Ending): void => {
        clock.cancel(limit);
        clock.after(0, () => end(invocation, ending));
      };
      const context = contextOf(name, requestId, container, startedAt + LIMIT_MS - clock.now() + container.now());
      const run = async (): Promise<void> => {
        container.handler ??= await coldStart(folder, name);
        container.thaw();
        const copy = JSON.parse(JSON.stringify(event));
        container.handler(copy, context).then(
          (answer) => finish({ kind: 'returned', answer }),
          (error: unknown) => finish({ kind: 'threw', error }),
        );
      };
      busyWith(runAs(container, run));
    },
  };
}

function contextOf(name: FunctionName, requestId: string, container: Container, endsAt: number): object {
  return {
    awsRequestId: requestId,
    functionName: `mirrorwatch-${name}`,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:eu-west-1:111122223333:function:mirrorwatch-${name}`,
    memoryLimitInMB: '1024',
    logGroupName: `/aws/lambda/mirrorwatch-${name}`,
    logStreamName: container.name,
    getRemainingTimeInMillis: () => Math.max(0, endsAt - container.now()),
  };
}

function describeEnding(ending: Ending): string {
  if (ending.kind === 'killed') return `killed (${ending.why})`;
  if (ending.kind === 'threw') return `threw ${briefly(String(ending.error))}`;
  return `returned ${JSON.stringify(ending.answer ?? null).slice(0, 200)}`;
}

function briefly(text: string): string {
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text;
  return message.replaceAll(/\s+/g, ' ').slice(0, 220);
}
