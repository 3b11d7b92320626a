/** Makes any text safe in the markdown of Slack and Microsoft Teams. */

import { plainText } from '../plain-text.ts';

/**
 * What the two take for formatting, for a mention (`<!channel>`, `@here`) or for a link's text, and a look-alike that they do not. Neither has
 * an escape that the other understands.
 *
 * @see https://docs.slack.dev/messaging/formatting-message-text
 * @see https://learn.microsoft.com/en-us/microsoftteams/platform/bots/how-to/format-your-bot-messages
 */
const LOOKALIKES: Readonly<Record<string, string>> = {
  '<': '‹',
  '>': '›',
  '&': '＆',
  '*': '∗',
  '~': '∼',
  '`': 'ˋ',
  '@': '＠',
  '|': '¦',
  '\\': '＼',
  '#': '＃',
};
const ACTIVE = /[<>&*~`@|\\#]/g;
/** An underscore at the edge of a word begins or ends italics; within a name it is only an underscore. */
const EDGE_UNDERSCORE = /(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
/** `:white_check_mark:` beside a finding would say that all is well. */
const EMOJI = /(?<![\w:]):([\w+-]+):(?!\w)/g;
/** The text of a link, before its address. */
const LINK = /\]\(/g;

/**
 * A value from a log or a tag as one line of at most `maxLength` code points that chat programs show as it is: no formatting, no mention, no
 * link and no emoji. What could be one is replaced by a look-alike, and what could be a link is broken up as in mails.
 */
export function chatText(value: string, maxLength: number): string {
  return plainText(value, maxLength)
    .replace(ACTIVE, (char) => LOOKALIKES[char] ?? char)
    .replace(EDGE_UNDERSCORE, 'ˍ')
    .replace(EMOJI, '∶$1∶')
    .replace(LINK, ']❨');
}
