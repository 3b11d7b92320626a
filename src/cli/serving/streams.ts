/** The open pages: each gets what has changed, as server-sent events. */

import type { Writable } from 'node:stream';

/** The connection of a page. */
export type StreamResponse = Pick<Writable, 'write' | 'writableLength' | 'destroy' | 'on'>;

/** The pages that listen. */
export interface Streams {
  /** True if no other page may listen. */
  isFull(): boolean;
  /** Sends everything now and what changes from now on. */
  add(response: StreamResponse): void;
  close(): void;
}

/** Pages that listen at the same time. */
export const MOST_STREAMS = 16;
const SEND_EVERY_MS = 1_000;
/** A comment now and then shows both ends that the connection lives. */
const IDLE_SENDS = 15;
/** A page that has not read so much is dropped. It connects again when it reads again. */
const MOST_UNREAD_BYTES = 128_000;

/** Opens a set of streams. `update` makes the data of an event: one line. */
export function openStreams(update: () => string): Streams {
  const open = new Set<StreamResponse>();
  let timer: NodeJS.Timeout | undefined;
  let sent = '';
  let idle = 0;

  const send = (): void => {
    const data = update();
    idle = data === sent ? idle + 1 : 0;
    if (data === sent && idle % IDLE_SENDS !== 0) return;
    const text = data === sent ? ': alive\n\n' : eventOf(data);
    sent = data;
    for (const response of open) {
      response.write(text);
      if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
    }
  };

  return {
    isFull: () => open.size >= MOST_STREAMS,
    add(response) {
      open.add(response);
      response.on('close', () => {
        open.delete(response);
        if (open.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
      response.write(`retry: 2000\n${eventOf(update())}`);
      timer ??= setInterval(send, SEND_EVERY_MS).unref();
    },
    close() {
      clearInterval(timer);
      for (const response of open) response.destroy();
    },
  };
}

function eventOf(data: string): string {
  return `data: ${data}\n\n`;
}
