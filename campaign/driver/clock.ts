/** Virtual time: a queue of events. Time passes only by running the next one. */

/** A planned event. Cancelling it leaves it in the queue, where it does nothing. */
export interface Timer {
  readonly id: number;
  readonly at: number;
  run: (() => void) | null;
}

/** Virtual time in milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Runs the function in `ms`; events of the same time run in the order in which they were planned. */
  after(ms: number, run: () => void): Timer;
  /** Runs the function at a time, or now if the time is over. */
  at(time: number, run: () => void): Timer;
  cancel(timer: Timer): void;
  /** Moves to the next event and runs it. False when nothing is planned until `end`. */
  step(end: number): boolean;
}

/** A clock that starts at `start`. */
export function virtualClock(start: number): Clock {
  let now = start;
  let nextId = 1;
  const heap: Timer[] = [];
  const at = (time: number, run: () => void): Timer => {
    const timer = { id: nextId++, at: Math.max(now, time), run };
    push(heap, timer);
    return timer;
  };
  return {
    now: () => now,
    at,
    after: (ms, run) => at(now + Math.max(0, ms), run),
    cancel: (timer) => {
      timer.run = null;
    },
    step(end) {
      for (;;) {
        const first = heap[0];
        if (first === undefined || first.at > end) return false;
        pop(heap);
        if (first.run === null) continue;
        now = first.at;
        first.run();
        return true;
      }
    },
  };
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.id < b.id);
}

function push(heap: Timer[], timer: Timer): void {
  let index = heap.push(timer) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, timer)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const [a, b] = [heap[left], heap[left + 1]];
    if (a === undefined) break;
    const [child, at] = b !== undefined && isBefore(b, a) ? [b, left + 1] : [a, left];
    if (isBefore(last, child)) break;
    heap[index] = child;
    index = at;
  }
  heap[index] = last;
}
