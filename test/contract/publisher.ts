/** What every Publisher promises: run by the mail folder and by the SNS adapter over a wire that acts as SNS. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import type { Publisher } from '../../src/alert/send-alert.ts';

const MAIL: AlertMessage = {
  kind: 'findings',
  subject: '[mirrorwatch] 1 instance is unmirrored',
  body: 'i-1 (Grüße \u{1F4EC}) is not mirrored.\nSee the report.\n',
  attributes: { kind: 'findings', severity: 'high', rule: '["instance-unmirrored"]' },
  severity: 'high',
};

/** Describes the contract. `received` gives what has arrived so far: one text per mail in which subject and body are to be found. */
export function publisherContract(
  name: string,
  open: () => Promise<{ readonly publisher: Publisher; readonly received: () => Promise<readonly string[]> }>,
): void {
  describe(`${name} sends mail`, () => {
    it('once for each publish, subject and body unharmed', async () => {
      const { publisher, received } = await open();
      await publisher.publish(MAIL);
      const mails = await received();
      expect(mails).toHaveLength(1);
      expect(mails[0]).toContain(MAIL.subject);
      expect(mails[0]).toContain('i-1 (Grüße \u{1F4EC}) is not mirrored.');
    });

    it('and returns an id of its own for each', async () => {
      const { publisher, received } = await open();
      const ids = [await publisher.publish(MAIL), await publisher.publish(MAIL)];
      expect(new Set(ids).size).toBe(2);
      expect(ids).not.toContain('');
      expect(await received()).toHaveLength(2);
    });
  });
}
