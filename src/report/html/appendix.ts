/** The HTML report's appendix for auditors: exemptions, unreadable inputs, and the list of inputs. */

import { byText, grouped, plural, truncate } from '../../collections.ts';
import { brief, type Html, html } from '../escape.ts';
import { atLeastWords, completenessOf, rejectedPhrases, unseenRows } from '../gap-words.ts';
import { EXPIRING_DAYS, type Report } from '../report.ts';
import { bytesWords } from '../words.ts';
import { prose } from './prose.ts';

/** Longer lists are cut; the page then says that the JSON has the rest. */
const LISTED = 500;
/** The most of a reason that a list shows. */
const MOST_WHY = 600;

/** Exemptions by their end. Those that end within 14 days or have expired are highlighted. Null when there are none. */
export function exemptionsSection({ exemptions: list }: Report): Html | null {
  if (list.length === 0) return null;
  const soon = list.filter(({ state }) => state === 'expiring').length;
  const expired = list.filter(({ state }) => state === 'expired').length;
  const words = [
    soon === 0 ? '' : `${plural(soon, 'exemption expires', 'exemptions expire')} within ${EXPIRING_DAYS} days.`,
    expired === 0 ? '' : `${plural(expired, 'has', 'have')} expired; what they covered is judged again.`,
  ].filter((word) => word !== '');
  const rows = list
    .slice(0, LISTED)
    .map(
      ({ match, rule, reason, owner, expires, still, state, daysLeft }) =>
        html`<tr class="${state}"><td>${prose(expires)}<span class="soft small"> ${state === 'expired' ? 'expired' : daysLeft === 0 ? 'last day' : `${plural(daysLeft, 'day')} left`}</span></td><th scope="row" class="mono">${prose(match)}</th><td>${prose(rule)}${still === 'repair' ? html`<span class="soft small"> repaired all the same</span>` : null}</td><td>${prose(reason)}</td><td>${prose(owner)}</td></tr>`,
    );
  return html`<section aria-labelledby="exempt-h"><h2 id="exempt-h">Exemptions</h2>${words.length === 0 ? null : html`<p>${words.join(' ')}</p>`}<div class="scroll"><table><thead><tr><th scope="col">Expires</th><th scope="col">Resource</th><th scope="col">Rule</th><th scope="col">Reason</th><th scope="col">Owner</th></tr></thead><tbody>${rows}</tbody></table></div>${cutNote(list.length)}</section>`;
}

/**
 * Inputs that could not be read, accounts that could not be reached and resources that could not be judged. When there are none it
 * says so, which is evidence too: in green only if every run of the period proves it.
 */
export function unreadSection(report: Report): Html {
  const unseen = unseenRows(report);
  const rows = unseen
    .slice(0, LISTED)
    .map(
      ({ what, why, context }) =>
        html`<tr><th scope="row" class="mono">${prose(brief(what))}</th><td>${prose(truncate(why, MOST_WHY))}${context === '' ? null : html` <span class="soft small">${prose(brief(context))}</span>`}</td></tr>`,
    );
  const { proven, words } = completenessOf(report);
  const note = proven && rows.length > 0 ? null : html`<p class="${proven ? 'ok' : 'notice'}">${words}</p>`;
  const table =
    rows.length === 0
      ? null
      : html`<div class="scroll"><table><thead><tr><th scope="col">What</th><th scope="col">Why</th></tr></thead><tbody>${rows}</tbody></table></div>${cutNote(unseen.length)}`;
  return html`<section aria-labelledby="unread-h"><h2 id="unread-h">Could not be read or judged</h2>${note}${table}</section>`;
}

/** The input manifest: counts, inputs skipped by kind, and each object with its hash. */
export function inputSection(report: Report): Html {
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
    ['Skipped', skipped.length === 0 ? 'none' : skipped.map(([kind, count]) => `${kind} ${grouped(count)}`).join(', ')],
    ['Not read or judged', rejectedPhrases(input.rejected).join(', ') || (atLeast === '' ? 'none' : 'not recorded')],
    ['Tool', `mirrorwatch ${toolVersion}`],
    ['Configuration', configHash],
  ];
  const rows = manifest
    .slice(0, LISTED)
    .map(
      ({ path, sha256, bytes, records, damage, rejected = 0, skipped }) =>
        html`<tr><th scope="row" class="mono">${prose(brief(path))}${faultOf(damage, rejected)}${skipped === undefined ? null : html` <span class="soft small">skipped: ${skipped}</span>`}</th><td class="n">${grouped(bytes)}</td><td class="n">${grouped(records)}</td><td class="mono">${sha256}</td></tr>`,
    );
  const objects =
    manifest.length === 0
      ? null
      : html`<details aria-label="Objects that were read or skipped"><summary>${plural(manifest.length, 'object')} with SHA-256</summary><div class="scroll"><table><thead><tr><th scope="col">Object</th><th scope="col" class="n">bytes</th><th scope="col" class="n">records</th><th scope="col">SHA-256</th></tr></thead><tbody>${rows}</tbody></table></div>${cutNote(manifest.length)}</details>`;
  return html`<section aria-labelledby="read-h"><h2 id="read-h">Inputs</h2><dl class="facts">${facts.map(([term, fact]) => html`<dt>${term}</dt><dd>${prose(fact)}</dd>`)}</dl>${objects}</section>`;
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

function cutNote(count: number): Html | null {
  return count > LISTED ? html`<p class="soft">${grouped(count - LISTED)} more in the JSON of this report.</p>` : null;
}
