/** The port through which mail goes out. */

import type { AlertMessage } from './message.ts';

export interface Publisher {
  /** Sends one mail and returns the id it was given. Throws when it cannot know that it was accepted. */
  publish(message: AlertMessage): Promise<string>;
}
