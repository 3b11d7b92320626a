/** The contract of every Publisher, run against the mail folder and against the SNS adapter with a fake SNS. */

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

/** The contract's tests. `received` returns what has arrived so far: one text per mail, with its subject and body. */
export function publisherContract(
  name: string,
  open: () => Promise<{ readonly publisher: Publisher; readonly received: () => Promise<readonly string[]> }>,
): void {
  describe(`${name} sends mail`, () => {
    it('once per publish, with subject and body unchanged', async () => {
      const { publisher, received } = await open();
      await publisher.publish(MAIL);
      const mails = await received();
      expect(mails).toHaveLength(1);
      expect(mails[0]).toContain(MAIL.subject);
      expect(mails[0]).toContain('i-1 (Grüße \u{1F4EC}) is not mirrored.');
    });

    it('and returns a different id for each', async () => {
      const { publisher, received } = await open();
      const ids = [await publisher.publish(MAIL), await publisher.publish(MAIL)];
      expect(new Set(ids).size).toBe(2);
      expect(ids).not.toContain('');
      expect(await received()).toHaveLength(2);
    });
  });
}
