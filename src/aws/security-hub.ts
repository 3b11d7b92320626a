/** Puts findings into Security Hub. */

import { type AwsSecurityFinding, BatchImportFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { AwsCallError } from '../errors.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** @see https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html */
const FINDINGS_PER_CALL = 100;

/** A finding as `report/asff` renders it: an object whose `Id` names it. */
export type AsffFinding = object & { readonly Id: string };

export interface ImportResult {
  readonly imported: number;
  /** Findings that Security Hub refused, or whose call failed. */
  readonly failed: readonly {
    readonly id: string;
    readonly awsCode: string;
    readonly reason: string;
    readonly retry: boolean;
  }[];
}

export interface SecurityHub {
  /** Imports findings 100 at a time. Never throws for a finding: one that is refused does not stop the others. */
  importFindings(findings: readonly AsffFinding[]): Promise<ImportResult>;
}

/** Security Hub of the own account in one region. */
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
      let whole: ImportResult = { imported: 0, failed: [] };
      for (let from = 0; from < findings.length; from += FINDINGS_PER_CALL) {
        const part = await importBatch(findings.slice(from, from + FINDINGS_PER_CALL));
        whole = { imported: whole.imported + part.imported, failed: [...whole.failed, ...part.failed] };
      }
      return whole;
    },
  };
}
