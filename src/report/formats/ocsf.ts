/** Findings in the Open Cybersecurity Schema Framework, one JSON line each. */

import { isOnCalls } from '../../audit/rule-book.ts';
import { inertJson } from '../escape.ts';
import type { Format } from '../format.ts';
import { complianceFinding, complianceJudgement } from '../ocsf/compliance-finding.ts';
import { detectionFinding } from '../ocsf/detection-finding.ts';
import type { RenderOptions, Report } from '../report.ts';

/** Open Cybersecurity Schema Framework, as JSON lines. */
export const ocsf: Format = { extension: 'ocsf.jsonl', parts: ocsfParts };

/**
 * A record per line, valid under the schemas 1.5 to 1.8: a Detection Finding (class 2004) for a finding of a rule on calls, and a Compliance
 * Finding (class 2003) for any other, which is about a state. Times are in epoch milliseconds. With `includePass` also the resources that
 * passed or could not be judged; a rule on calls passes none.
 */
function* ocsfParts(report: Report, options: RenderOptions): Generator<string> {
  for (const finding of report.findings) {
    const record = isOnCalls(finding.rule) ? detectionFinding : complianceFinding;
    yield `${inertJson(record(finding, report, options))}\n`;
  }
  if (!options.includePass) return;
  for (const judgement of report.judgements)
    if (judgement.result !== 'gone' && !isOnCalls(judgement.rule))
      yield `${inertJson(complianceJudgement(judgement, report, options))}\n`;
}
