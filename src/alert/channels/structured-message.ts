/** A mail that programs get as data: the text for people, and JSON for queues, functions and web hooks, in one message of a topic. */

import type { AlertMessage } from '../message.ts';
import { bodyOf } from '../plain-text.ts';
import { findingJson } from './finding-data.ts';

/** The form of the data. It changes with every change that a program may notice; new keys are none. */
export const ALERT_SCHEMA = 'mirrorwatch.alert/1';

/** Body and attributes together, in bytes. @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const MAX_MESSAGE_BYTES = 262_144;

/** The protocols that get the data. All others get `default`. @see https://docs.aws.amazon.com/sns/latest/dg/sns-publish-custom-platform-specific-payloads-mobile-devices.html */
const DATA_PROTOCOLS = ['sqs', 'lambda', 'http', 'https'] as const;

const TEXT_PROTOCOL = 'default';

/** Kept free for the data of each protocol, however long the text is. */
const LEAST_DATA_BYTES = 8_192;

/** No finding takes less. */
const LEAST_FINDING_BYTES = 500;

/** Failures that the data names. */
const MOST_FAILURES = 20;
const FAILURE_LENGTH = 300;

/**
 * The `Message` of a publication with `MessageStructure: json`, within SNS's limit together with the message's attributes. `default`, which
 * mail subscribers get, is the text as it is sent without a structure; only one that leaves no room for 8 KB of data is cut, and says so.
 */
export function structuredMessage(message: AlertMessage): string {
  const room = MAX_MESSAGE_BYTES - attributeBytes(message) - envelopeBytes();
  const text = fitting(message.body, room - DATA_PROTOCOLS.length * LEAST_DATA_BYTES);
  const data = alertData(message, Math.floor((room - quotedBytes(text)) / DATA_PROTOCOLS.length), quotedBytes);
  const byProtocol = [[TEXT_PROTOCOL, text], ...DATA_PROTOCOLS.map((protocol) => [protocol, data])];
  return JSON.stringify(Object.fromEntries(byProtocol));
}

/**
 * The data of a mail, as JSON of at most `maxBytes` by `bytesOf`: as many of its findings as fit, the most urgent first, and how many were
 * left out.
 */
export function alertData(message: AlertMessage, maxBytes: number, bytesOf: (text: string) => number): string {
  const { kind, subject, severity, reported = [], failures = [] } = message;
  const named = failures.slice(0, MOST_FAILURES).map(({ path, reason, refused = false }) => ({
    path: path.slice(0, FAILURE_LENGTH),
    reason: reason.slice(0, FAILURE_LENGTH),
    refused,
  }));
  const withFindings = (findings: readonly string[]): string => {
    const rest = {
      failures: named,
      leftOut: { findings: reported.length - findings.length, failures: failures.length - named.length },
    };
    const head = JSON.stringify({ schema: ALERT_SCHEMA, kind, subject, severity });
    return `${head.slice(0, -1)},"findings":[${findings.join(',')}],${JSON.stringify(rest).slice(1)}`;
  };
  const kept: string[] = [];
  // The count of what is left out is longest while nothing is kept.
  let left = maxBytes - bytesOf(withFindings([]));
  for (const { entry, change } of reported) {
    if (left < LEAST_FINDING_BYTES) break;
    const head = `{"change":"${change}","finding":`;
    const json = findingJson(entry, left - bytesOf(head) - 2, bytesOf);
    if (json === undefined) continue;
    const item = `${head}${json}}`;
    left -= bytesOf(item) + 1;
    kept.push(item);
  }
  return withFindings(kept);
}

/** The text, in whole lines that fit as a JSON string. */
function fitting(text: string, maxBytes: number): string {
  if (quotedBytes(text) <= maxBytes) return text;
  const lines = text.trimEnd().split('\n');
  let kept = lines.length;
  let cut = text;
  while (quotedBytes(cut) > maxBytes) {
    kept = Math.floor(kept * 0.9);
    cut = `${bodyOf(lines.slice(0, kept))}The rest of this mail was too long to send; see the report.\n`;
  }
  return cut;
}

/** What a text takes as a string in JSON. */
function quotedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

function envelopeBytes(): number {
  return Buffer.byteLength(
    JSON.stringify(Object.fromEntries([TEXT_PROTOCOL, ...DATA_PROTOCOLS].map((name) => [name, '']))),
  );
}

/** Names, types and values count. */
function attributeBytes({ attributes }: AlertMessage): number {
  return Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(`${name}String.Array${value}`),
    0,
  );
}
