/** Where a SARIF result is: at its resource, with the log files that hold its records as related locations. */

import type { Finding, FindingEvidence, Judgement } from '../../audit/finding.ts';
import { truncate, uniqueBy } from '../../collections.ts';
import { visible } from '../escape.ts';
import { secondWords } from '../past/as-of.ts';
import { arnOf } from '../security-hub/arn.ts';
import { type Message, messageOf } from './message.ts';

/**
 * What our relative URIs are relative to. GitHub refuses URIs of other schemes than `file`, so buckets are no `s3:` URIs, and resources,
 * which are no files, have a base without an address.
 */
export const URI_BASES = {
  RESOURCES: { description: { text: 'AWS resources as aws/ACCOUNT/REGION/TYPE/ID. These are no files.' } },
  S3: { description: { text: 'Objects in Amazon S3 as BUCKET/KEY.' } },
  ROOT: { uri: 'file:///', description: { text: 'The file system of the machine that ran Mirrorwatch.' } },
} as const;

interface Location {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string; readonly uriBaseId?: keyof typeof URI_BASES };
  };
  readonly logicalLocations?: readonly {
    readonly name: string;
    readonly fullyQualifiedName: string;
    readonly kind: string;
  }[];
  readonly message?: Message;
}

/**
 * The resource. It is the same in every run, which GitHub needs to recognise an alert; the records that a finding rests on change. There
 * is no region: a resource has no lines.
 */
export function resourceLocation(of: Finding | Judgement): Location {
  const { accountId, region, resourceType, resourceId } = of;
  const uri = ['aws', accountId, region, resourceType.replaceAll('::', '.'), resourceId].map(segment).join('/');
  return {
    physicalLocation: { artifactLocation: { uri, uriBaseId: 'RESOURCES' } },
    logicalLocations: [{ name: resourceId, fullyQualifiedName: arnOf(of), kind: 'resource' }],
  };
}

/** The most records of one result. A finding about calls has ten at most. */
const MOST_RECORDS = 20;

/**
 * The log files with the finding's records, newest first, each with what the record says. Each is listed once, as the schema
 * demands. Records that came without a file are left out.
 */
export function recordLocations(evidence: readonly FindingEvidence[]): readonly Location[] {
  const locations = evidence.flatMap(({ logFile = '', role, eventName, actor, eventTime, eventID }): Location[] => {
    if (logFile === '') return [];
    const message = messageOf(`${role}: ${eventName} by ${actor}, ${secondWords(eventTime)}, event ${eventID}`);
    return [{ physicalLocation: { artifactLocation: fileLocation(logFile) }, message }];
  });
  return uniqueBy(locations, (location) => JSON.stringify(location)).slice(0, MOST_RECORDS);
}

/** An object or a file. A relative path stays relative: in a workflow it is one of the repository. */
function fileLocation(path: string): Location['physicalLocation']['artifactLocation'] {
  const inBucket = /^s3:\/\/(.+)$/s.exec(path)?.[1];
  if (inBucket !== undefined) return { uri: pathUri(inBucket), uriBaseId: 'S3' };
  return path.startsWith('/') ? { uri: pathUri(path.replace(/^\/+/, '')), uriBaseId: 'ROOT' } : { uri: pathUri(path) };
}

/** The most characters of a path: S3's longest key and bucket are shorter. */
const MOST_PATH = 1_100;

function pathUri(path: string): string {
  return truncate(visible(path), MOST_PATH).split('/').map(encodeURIComponent).join('/');
}

/** One segment of a path, whatever the text: never empty, and never one that leads elsewhere. */
function segment(text: string): string {
  const name = truncate(visible(text), MOST_PATH);
  return /^\.{0,2}$/.test(name) ? `_${name}` : encodeURIComponent(name);
}
