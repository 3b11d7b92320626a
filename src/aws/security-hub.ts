/** Imports findings into Security Hub. */

import { type AwsSecurityFinding, BatchImportFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { AwsCallError } from '../errors.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** @see https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html */
const FINDINGS_PER_CALL = 100;

/** A finding as `report/asff` renders it. */
export type AsffFinding = object & { readonly Id: string };

/** What Security Hub accepted. */
export interface ImportResult {
  readonly imported: number;
  /** Findings that Security Hub refused or whose call failed. */
  readonly failed: readonly {
    readonly id: string;
    readonly awsCode: string;
    readonly reason: string;
    readonly retry: boolean;
  }[];
}

/** Security Hub in one region. */
export interface SecurityHub {
  /** Imports findings 100 at a time. A refused finding or a failed call never stops the others. */
  importFindings(findings: readonly AsffFinding[]): Promise<ImportResult>;
}

/** Security Hub of our own account in a region. */
export function securityHub(clients: Clients, region: string): SecurityHub {
  const importBatch = async (batch: readonly AsffFinding[]): Promise<ImportResult> => {
    try {
      const answer = await awsCall('BatchImportFindings', { region }, () =>
        clients
          .home(SecurityHubClient, region)
          .send(new BatchImportFindingsCommand({ Findings: batch as unknown as AwsSecurityFinding[] })),
      );
      return {
        imported: answer.SuccessCount ?? 0,
        failed: (answer.FailedFindings ?? []).map(({ Id = '', ErrorCode = '', ErrorMessage = '' }) => ({
          id: Id,
          awsCode: ErrorCode,
          reason: ErrorMessage,
          retry: false,
        })),
      };
    } catch (fault) {
      if (!(fault instanceof AwsCallError)) throw fault;
      const { awsCode = '' } = fault.concerns;
      const failure = { awsCode, reason: fault.message, retry: fault.retryable };
      return { imported: 0, failed: batch.map(({ Id }) => ({ id: Id, ...failure })) };
    }
  };
  return {
    async importFindings(findings) {
      const results: ImportResult[] = [];
      for (let from = 0; from < findings.length; from += FINDINGS_PER_CALL) {
        results.push(await importBatch(findings.slice(from, from + FINDINGS_PER_CALL)));
      }
      return {
        imported: results.reduce((sum, { imported }) => sum + imported, 0),
        failed: results.flatMap(({ failed }) => failed),
      };
    },
  };
}
