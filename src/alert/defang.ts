/** Breaks up in a text what a mail program would turn into a link. */

import { domainToASCII } from 'node:url';
import { TOP_LEVEL_DOMAINS } from './top-level-domains.ts';

/**
 * The text with `://` as `[:]//` (except in `s3://`), `www.` as `www[.]`, and the dots of every name that can be a domain as `[.]`
 * (`evil[.]com`). A name can be one if a part of it behind a dot is a top-level domain of IANA's list: no mail program links others, so
 * `dana.smith` and `InvalidAMIID.NotFound` stay. Mail addresses stay, and so do the names of AWS's services. A text that was
 * defanged is not changed again.
 */
export function defang(value: string): string {
  const text = value.replace(/(?<!\bs3):\/\//g, '[:]//').replace(/www\./gi, (www) => `${www.slice(0, 3)}[.]`);
  if (text.search(DOTS) === -1) return text;
  return text.replace(NAME_WITH_DOTS, (name, at: number) =>
    isLinked(name, { before: text.slice(0, at), after: text.slice(at + name.length) })
      ? name.replace(DOTS, '[.]')
      : name,
  );
}

/** Browsers take these for dots too: the ideographic, full-width and half-width ones, the one dot leader and the small full stop. */
const DOT = '.\\u3002\\uff0e\\uff61\\u2024\\ufe52';
const DOTS = new RegExp(`[${DOT}]`, 'g');
/** Letters, digits, and symbols beyond ASCII (`i❤.ws`); not the mark of what was replaced. */
const IN_LABEL = '[\\p{L}\\p{M}\\p{N}_\\-[\\p{S}--[\\0-\\x7f\\ufffd]]]';
/** Labels with dots between them. It starts only where a label does, so that a long word takes no longer than its length. */
const NAME_WITH_DOTS = new RegExp(`(?<!${IN_LABEL})${IN_LABEL}+(?:[${DOT}]${IN_LABEL}+)+`, 'gv');
/** Names that are used like domains, and that some programs link: https://www.rfc-editor.org/rfc/rfc6761, rfc6762 and rfc7686. */
const LIKE_TOP_LEVEL: ReadonlySet<string> = new Set(['example', 'local', 'onion']);
/** The services of AWS: nobody else has a name directly under these. */
const AWS_SERVICE = /^[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/;
/** What makes more of a domain than its name. */
const CONTINUES = /^[/:?#]/;

interface Around {
  readonly before: string;
  readonly after: string;
}

/** True for what a mail program would turn into a link. A mail address leads nowhere by itself. */
function isLinked(name: string, { before, after }: Around): boolean {
  if (!isDomain(name)) return false;
  if (CONTINUES.test(after)) return true;
  const isAddress = /\w@$/.test(before.slice(-2));
  return !AWS_SERVICE.test(name) && !isAddress && !isLocalPart(after);
}

/** True before the `@` of a mail address: one with a domain behind it. */
function isLocalPart(after: string): boolean {
  const [, host] = /^@([\w-]+(?:\.[\w-]+)+)(?![/:?#])/.exec(after) ?? [];
  return host !== undefined && isDomain(host);
}

const isDomain = (name: string): boolean => name.split(DOTS).slice(1).some(isTopLevel);

function isTopLevel(text: string): boolean {
  // A symbol ends the name: `evil.com→`.
  const [label = ''] = /^[\p{L}\p{M}\p{N}_-]*/u.exec(text) ?? [];
  // Only other scripts, and the wide forms of ASCII letters, are worth a conversion.
  const ascii = /^[\w-]+$/.test(label) ? label.toLowerCase() : domainToASCII(label);
  return TOP_LEVEL_DOMAINS.has(ascii) || LIKE_TOP_LEVEL.has(ascii);
}
