/** The results of several scopes of a sweep as one. */

import type { SentAlert } from '../../alert/send-alert.ts';
import type { Changes } from '../../ledger/ledger.ts';
import { joinPlans } from '../../remediation/plan-remediation.ts';
import type { Acted } from '../act.ts';
import type { Assessment } from '../assess.ts';

/** The assessments as one. */
export function joinAssessments(all: readonly Assessment[]): Assessment {
  return {
    scopes: all.flatMap(({ scopes }) => scopes),
    findings: all.flatMap(({ findings }) => findings),
    judgements: all.flatMap(({ judgements }) => judgements),
    unread: all.flatMap(({ unread }) => unread),
    omitted: all.flatMap(({ omitted }) => omitted),
    failed: all.flatMap(({ failed }) => failed),
  };
}

/** What was done, as one. Of several mails, `sent` has the last one. */
export function joinActed(all: readonly Acted[]): Acted {
  const changes = all.flatMap((one) => one.changes ?? []);
  const sent = all.flatMap((one) => one.sent ?? []);
  return {
    findings: all.flatMap(({ findings }) => findings),
    judgements: all.flatMap(({ judgements }) => judgements),
    plan: joinPlans(all.map(({ plan }) => plan)),
    outcomes: all.flatMap(({ outcomes }) => outcomes),
    ...(changes.length > 0 && { changes: joinChanges(changes) }),
    ...(sent.length > 0 && { sent: joinSent(sent) }),
  };
}

function joinChanges(all: readonly Changes[]): Changes {
  return {
    opened: all.flatMap(({ opened }) => opened),
    reopened: all.flatMap(({ reopened }) => reopened),
    resolved: all.flatMap(({ resolved }) => resolved),
    unchanged: all.flatMap(({ unchanged }) => unchanged),
  };
}

function joinSent(all: readonly SentAlert[]): SentAlert {
  const counts = {
    held: all.reduce((sum, { held }) => sum + held, 0),
    busy: all.flatMap(({ busy }) => busy),
  };
  return { ...all.findLast(({ message }) => message !== undefined), ...counts };
}
