/** The HTML report's appendix for auditors: exemptions, unreadable inputs, and the list of inputs. */

import { byText, grouped, plural, truncate } from '../../collections.ts';
import { brief, type Html, html } from '../escape.ts';
import { atLeastWords, completenessOf, rejectedPhrases, unseenRows } from '../gap-words.ts';
import { EXPIRING_DAYS, type Report } from '../report.ts';
import { bytesWords } from '../words.ts';
import { wordsOfKey } from './key-words.ts';
import { prose } from './prose.ts';
import { longTable, type Section } from './section.ts';

/** The most of a reason that a list shows. */
const MOST_WHY = 600;

/** Exemptions by their end. Those that end within 14 days or have expired are highlighted. Null when there are none. */
export function exemptionsSection({ exemptions: list }: Report): Section | null {
  if (list.length === 0) return null;
  const soon = list.filter(({ state }) => state === 'expiring').length;
  const expired = list.filter(({ state }) => state === 'expired').length;
  const words = [
    soon === 0 ? '' : `${plural(soon, 'exemption expires', 'exemptions expire')} within ${EXPIRING_DAYS} days.`,
    expired === 0 ? '' : `${plural(expired, 'has', 'have')} expired; what they covered is judged again.`,
  ].filter((word) => word !== '');
  const rows = list.map(
    ({ match, rule, reason, owner, expires, still, state, daysLeft }) =>
      html`<tr class="${state}"><td>${prose(expires)}<span class="soft small"> ${state === 'expired' ? 'expired' : daysLeft === 0 ? 'last day' : `${plural(daysLeft, 'day')} left`}</span></td><th scope="row" class="mono">${prose(match)}</th><td>${rule === '*' ? 'every rule' : prose(rule)}${still === 'repair' ? html`<span class="soft small"> repaired all the same</span>` : null}</td><td>${prose(reason)}</td><td>${prose(owner)}</td></tr>`,
  );
  const head = html`<tr><th scope="col">Expires</th><th scope="col">Resource</th><th scope="col">Rule</th><th scope="col">Reason</th><th scope="col">Owner</th></tr>`;
  return {
    id: 'exempt-h',
    title: 'Exemptions',
    count: list.length,
    forWhom: 'For whoever grants exceptions: what is muted, why, on whose word and until when.',
    body: html`${words.length === 0 ? null : html`<p>${words.join(' ')}</p>`}${longTable({ rowsAre: 'exemptions', head, rows })}`,
  };
}

/**
 * Inputs that could not be read, accounts that could not be reached and resources that could not be judged. When there are none it
 * says so, which is evidence too: in green only if every run of the period proves it.
 */
export function unreadSection(report: Report): Section {
  const rows = unseenRows(report, wordsOfKey).map(
    ({ what, why, context }) =>
      html`<tr><th scope="row" class="mono">${prose(brief(what))}</th><td>${prose(truncate(why, MOST_WHY))}${context === '' ? null : html` <span class="soft small">${prose(brief(context))}</span>`}</td></tr>`,
  );
  const { proven, words } = completenessOf(report);
  const note = proven && rows.length > 0 ? null : html`<p class="${proven ? 'ok' : 'notice'}">${words}</p>`;
  const head = html`<tr><th scope="col">What</th><th scope="col">Why</th></tr>`;
  return {
    id: 'unread-h',
    title: 'Could not be read or judged',
    count: rows.length,
    forWhom: 'For whoever relies on this report: what it says nothing about.',
    body: html`${note}${rows.length === 0 ? null : longTable({ rowsAre: 'entries', head, rows })}`,
  };
}

/** The input manifest: counts, inputs skipped by kind, and each object with its hash. */
export function inputSection(report: Report): Section {
  const { input, manifest, toolVersion, configHash } = report;
  const stored = manifest.reduce((sum, { bytes }) => sum + bytes, 0);
  const unmeasured = manifest.filter(({ inflatedBytes }) => inflatedBytes === undefined).length;
  const atLeast = atLeastWords(report);
  const skipped = Object.entries(input.skipped).sort(byText(([kind]) => kind));
  const facts: (readonly [term: string, fact: string])[] = [
    ['Files', grouped(input.files)],
    ['Records', grouped(input.records)],
    ...(manifest.length === 0 ? [] : [['As stored', `${bytesWords(stored)} (${plural(stored, 'byte')})`] as const]),
    ['Decompressed', inflatedWords(input.bytes, unmeasured)],
    ['Sightings', `${atLeast}${grouped(input.sightings)}, including ${plural(input.launches, 'launch', 'launches')}`],
    ['Skipped', skipped.length === 0 ? 'none' : skipped.map(([kind, count]) => skippedWords(kind, count)).join(', ')],
    ['Not read or judged', rejectedPhrases(input.rejected).join(', ') || (atLeast === '' ? 'none' : 'not recorded')],
    ['Tool', `mirrorwatch ${toolVersion}`],
    ['Configuration', configHash],
  ];
  const rows = manifest.map(
    ({ path, sha256, bytes, records, damage, rejected = 0, skipped }) =>
      html`<tr><th scope="row" class="mono">${prose(brief(path))}${faultOf(damage, rejected)}${skipped === undefined ? null : html` <span class="soft small">skipped: ${skippedWords(skipped)}</span>`}</th><td class="n">${grouped(bytes)}</td><td class="n">${grouped(records)}</td><td class="mono">${sha256}</td></tr>`,
  );
  const objects =
    manifest.length === 0
      ? null
      : longTable({
          rowsAre: manifest.length === 1 ? 'object with its SHA-256' : 'objects with their SHA-256',
          head: html`<tr><th scope="col">Object</th><th scope="col" class="n">bytes</th><th scope="col" class="n">records</th><th scope="col">SHA-256</th></tr>`,
          rows,
          folded: true,
        });
  return {
    id: 'read-h',
    title: 'Inputs',
    count: input.files,
    forWhom: 'For auditors: what was read, and the hash of each object to compare it with the original.',
    body: html`<dl class="facts">${facts.map(([term, fact]) => html`<dt>${term}</dt><dd>${prose(fact)}</dd>`)}</dl>${objects}`,
  };
}

/** Entries of older versions have no size after decompression. */
function inflatedWords(bytes: number, unmeasured: number): string {
  const known = `${bytesWords(bytes)} (${plural(bytes, 'byte')})`;
  return unmeasured === 0 ? known : `${known}, without ${plural(unmeasured, 'file')} of which it was not recorded`;
}

function faultOf(damage: string | undefined, rejected: number): Html | null {
  const faults = [damage ?? '', rejected === 0 ? '' : `${plural(rejected, 'value')} not a record`];
  const words = faults.filter((fault) => fault !== '').join('; ');
  return words === '' ? null : html`<span class="fault">${prose(brief(words))}</span>`;
}

/** What is skipped, as our own kinds are called. */
const SKIPPED: Readonly<Record<string, readonly [one: string, many: string]>> = {
  digest: ['digest file', 'digest files'],
  'backfill-digest': ['backfill digest', 'backfill digests'],
  insight: ['Insights event', 'Insights events'],
  'network-activity': ['network activity event', 'network activity events'],
  aggregated: ['aggregated event', 'aggregated events'],
  event: ['other event', 'other events'],
  'control-message': ['control message', 'control messages'],
  empty: ['empty file', 'empty files'],
  folder: ['folder marker', 'folder markers'],
  'not-a-log': ['file that is no log', 'files that are no logs'],
  link: ['link that is not followed', 'links that are not followed'],
  'repeated-folder': ['folder that was read already', 'folders that were read already'],
  'repeated-file': ['file that was read already', 'files that were read already'],
  'outside-period': ['file outside the period', 'files outside the period'],
  'foreign-account': ['file of another account', 'files of other accounts'],
};

/** `2,160 digest files`; without a count, `digest file`. A kind that a later version counts is named as it is. */
function skippedWords(kind: string, count?: number): string {
  const [one, many] = (Object.hasOwn(SKIPPED, kind) ? SKIPPED[kind] : undefined) ?? [kind, kind];
  return count === undefined ? one : plural(count, one, many);
}
