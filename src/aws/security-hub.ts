/** Imports findings into AWS Security Hub: each into the hub of its own account and region. */

import { type AwsSecurityFinding, BatchImportFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import pLimit from 'p-limit';
import type { Imported, ImportFailure, SecurityHub } from '../alert/channels/hub-import.ts';
import { groupBy } from '../collections.ts';
import { AwsCallError, messageOf, PipelineError } from '../errors.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { AsffFinding } from '../report/security-hub/asff.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** @see https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html */
const FINDINGS_PER_CALL = 100;
/** The most that a finding may have, in bytes. @see the same */
const BYTES_PER_FINDING = 240_000;
/** Of all findings of a call together: AWS takes 6 MB. */
const BYTES_PER_CALL = 5_000_000;
/** Accounts and regions at the same time. Each allows ten calls a second, and we make one after the other. */
const SCOPES_AT_ONCE = 8;

/** What AWS answers to a call in which something is malformed: then it takes none of its findings. */
const MALFORMED = 'InvalidInputException';

interface Sent {
  readonly index: number;
  readonly finding: AsffFinding;
}

type Failed = Imported['failed'];

const NOTHING: Imported = { imported: 0, failed: [] };

/**
 * Security Hub by our own credentials in our own account, and by the member role elsewhere: it takes findings of the caller's account alone.
 * A call that failed ends its account and region, as the next one would fail alike; one that AWS calls malformed is divided until the
 * finding that is shows.
 */
export function securityHub(clients: Clients): SecurityHub {
  const send = async (scope: Scope, batch: readonly Sent[]): Promise<Imported> => {
    const client = await clients.in(SecurityHubClient, scope, 'security-hub');
    const { FailedFindings = [], FailedCount = FailedFindings.length } = await awsCall(
      'BatchImportFindings',
      { ...scope },
      () =>
        client.send(
          new BatchImportFindingsCommand({ Findings: batch.map(({ finding }) => finding as AwsSecurityFinding) }),
        ),
    );
    const named = new Map(FailedFindings.map(({ Id, ErrorCode, ErrorMessage }) => [Id, { ErrorCode, ErrorMessage }]));
    const refused = batch.filter(({ finding }) => named.has(finding.Id));
    // An answer that counts more than it names leaves open which were taken: importing one again does no harm.
    if (refused.length < FailedCount)
      return failedAll(batch, { awsCode: 'NotNamed', reason: 'AWS did not say which findings it refused' });
    const failed = refused.map((each) => {
      const { ErrorCode = 'NoCode', ErrorMessage = 'no reason given' } = named.get(each.finding.Id) ?? {};
      return failureOf(each, { awsCode: ErrorCode, reason: ErrorMessage });
    });
    return { imported: batch.length - failed.length, failed };
  };

  const importBatch = async (scope: Scope, batch: readonly Sent[]): Promise<Imported> => {
    try {
      return await send(scope, batch);
    } catch (fault) {
      if (!(fault instanceof PipelineError)) throw fault;
      const awsCode = fault instanceof AwsCallError ? (fault.concerns.awsCode ?? '') : fault.code;
      if (awsCode !== MALFORMED || batch.length === 1)
        return failedAll(batch, {
          awsCode,
          reason: messageOf(fault),
          retry: fault.retryable,
          isCall: awsCode !== MALFORMED,
        });
      const middle = batch.length >> 1;
      return joined([await importBatch(scope, batch.slice(0, middle)), await importBatch(scope, batch.slice(middle))]);
    }
  };

  const importScope = async (scope: Scope, all: readonly Sent[]): Promise<Imported> => {
    const results: Imported[] = [];
    let sent = 0;
    for (const batch of batchesOf(all)) {
      const result = await importBatch(scope, batch);
      results.push(result);
      sent += batch.length;
      const fault = result.failed.find(({ isCall }) => isCall);
      if (fault !== undefined) {
        results.push(failedAll(all.slice(sent), fault));
        break;
      }
    }
    return joined(results);
  };

  return {
    async importFindings(findings) {
      const all = findings.map((finding, index) => ({ index, finding }));
      const tooLarge = all.filter(({ finding }) => sizeOf(finding) > BYTES_PER_FINDING);
      const fitting = tooLarge.length === 0 ? all : all.filter((each) => !tooLarge.includes(each));
      const limit = pLimit(SCOPES_AT_ONCE);
      const byScope = groupBy(fitting, ({ finding }) => scopeKey(scopeOf(finding)));
      const results = await Promise.all(
        [...byScope.values()].map((some) =>
          limit(async () => (some[0] === undefined ? NOTHING : importScope(scopeOf(some[0].finding), some))),
        ),
      );
      const reason = `it has more than ${BYTES_PER_FINDING} bytes`;
      const { imported, failed } = joined([...results, failedAll(tooLarge, { awsCode: 'TooLarge', reason })]);
      return { imported, failed: failed.toSorted((a, b) => a.index - b.index) };
    },
  };
}

function scopeOf({ AwsAccountId, Region }: AsffFinding): Scope {
  return { accountId: AwsAccountId, region: Region };
}

function sizeOf(finding: AsffFinding): number {
  return Buffer.byteLength(JSON.stringify(finding));
}

/** The findings of each call, in order. */
function batchesOf(all: readonly Sent[]): readonly (readonly Sent[])[] {
  const batches: Sent[][] = [];
  let bytes = 0;
  for (const each of all) {
    const size = sizeOf(each.finding);
    const last = batches.at(-1);
    if (last === undefined || last.length === FINDINGS_PER_CALL || bytes + size > BYTES_PER_CALL) {
      batches.push([each]);
      bytes = size;
    } else {
      last.push(each);
      bytes += size;
    }
  }
  return batches;
}

function joined(results: readonly Imported[]): Imported {
  return {
    imported: results.reduce((sum, { imported }) => sum + imported, 0),
    failed: results.flatMap(({ failed }) => failed),
  };
}

type Why = Pick<ImportFailure, 'awsCode' | 'reason'> & Partial<Pick<ImportFailure, 'retry' | 'isCall'>>;

function failedAll(batch: readonly Sent[], why: Why): { readonly imported: 0; readonly failed: Failed } {
  return { imported: 0, failed: batch.map((each) => failureOf(each, why)) };
}

function failureOf({ index, finding }: Sent, { awsCode, reason, retry = false, isCall = false }: Why): ImportFailure {
  const { accountId, region } = scopeOf(finding);
  return { index, id: finding.Id, accountId, region, awsCode, reason, retry, isCall };
}
