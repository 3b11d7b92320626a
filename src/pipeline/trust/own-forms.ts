/** The forms of the values in our own messages: a queue that others can write to is believed in nothing that we would not write. */

import * as z from 'zod';
import { idForm, isAccountId, isRegion } from '../../audit/fixes/value-forms.ts';

/** The most ids in a list. What we send is at most the resources of 200 findings, or 100 interfaces with 1,000 changes of sessions. */
const MOST_IDS = 5_000;
/** The longest ARN that AWS gives, and longer than any other id. */
const LONGEST_ID = 2_048;
const LONGEST_NAME = 255;
/** Reasons are for people. A longer one is cut. */
const LONGEST_REASON = 1_000;

const [INSTANCE, INTERFACE, SESSION] = [idForm('', 'i', 'mi'), idForm('', 'eni'), idForm('', 'tms')];

/** The account and region that a message is about. */
export const scopeFields = {
  accountId: z.string().refine(isAccountId, 'must be an account id of 12 digits'),
  region: z.string().refine(isRegion, 'must be the name of a region'),
};

/** Several values. How many there are is checked before any of them. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.array(z.unknown()).max(MOST_IDS).pipe(z.array(item));
}

export const instanceId = z.string().refine(INSTANCE.fits, 'must be the id of an instance (i-…)');
export const networkInterfaceId = z.string().refine(INTERFACE.fits, 'must be the id of an interface (eni-…)');
export const trafficMirrorSessionId = z.string().refine(SESSION.fits, 'must be the id of a mirror session (tms-…)');
/** The id or ARN of a resource of any type. */
export const resourceId = z.string().min(1).max(LONGEST_ID);
/** What AWS or a person named something. */
export const name = z.string().min(1).max(LONGEST_NAME);
/** A text of an event, such as its id or type. */
export const words = z.string().max(LONGEST_ID);
/** An action token of Auto Scaling, a UUID. */
export const actionToken = z.string().regex(/^[\w-]{1,64}$/, 'must be a token of Auto Scaling');
/** Why an instance is released. */
export const reason = z.string().transform(shortReason);
/** A sweep's name: the id of the event or request that began it. Older versions sent none. */
export const sweepName = z.string().refine(isSweepName, 'must be at most 200 printable ASCII characters').default('');

/** A reason as messages carry it. */
export function shortReason(written: string): string {
  return written.length <= LONGEST_REASON ? written : `${written.slice(0, LONGEST_REASON - 1)}…`;
}

/** True for what can be the name of a sweep in a message. */
export function isSweepName(written: string): boolean {
  return /^[\x20-\x7e]{0,200}$/.test(written);
}
