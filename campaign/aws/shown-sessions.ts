/** Which mirror sessions each run was shown: a run can only take into account what EC2's answers told it. */

import { filtered, type Item, type Params } from '../../test/support/fake-ec2/account.ts';

/** A page of a list of sessions. */
interface Page {
  readonly accountId: string;
  readonly params: Params;
  /** Whether EC2 answered with an earlier state of the account. */
  readonly isOld: boolean;
  readonly sessions: readonly Item[];
  readonly isLast: boolean;
}

/** The pages of one list. */
interface List {
  readonly accountId: string;
  readonly params: Params;
  readonly shown: Set<string>;
  isOld: boolean;
  isComplete: boolean;
}

/** The lists of sessions that runs have received. */
export class ShownSessions {
  private readonly lists = new Map<string, List[]>();

  /** Notes a page that reached the run. A page whose answer was lost shows nothing, so it must not be noted. */
  note(run: string, { accountId, params, isOld, sessions, isLast }: Page): void {
    const list =
      params.NextToken === undefined ? this.begin(run, accountId, params) : this.open(run, accountId, params);
    // A warm container may go on with a list of its last run, which says nothing to this one.
    if (list === undefined) return;
    list.isOld ||= isOld;
    list.isComplete ||= isLast;
    for (const each of sessions) list.shown.add(each.TrafficMirrorSessionId);
  }

  /**
   * True if old lists kept a session from the run: the newest complete list that would have it, were it up to date, is an old one, and no
   * list showed it. A list counts only for the interfaces that it was asked about: an up-to-date list of one interface's sessions says
   * nothing about another interface. False if the run has read no list that would have it.
   */
  hid(run: string, accountId: string, session: Item): boolean {
    const lists = (this.lists.get(run) ?? []).filter((each) => each.accountId === accountId);
    if (lists.some(({ shown }) => shown.has(session.TrafficMirrorSessionId))) return false;
    const about = lists.filter(({ params, isComplete }) => isComplete && filtered([session], params).length > 0);
    return about.at(-1)?.isOld === true;
  }

  private begin(run: string, accountId: string, params: Params): List {
    const list = { accountId, params, shown: new Set<string>(), isOld: false, isComplete: false };
    this.lists.set(run, [...(this.lists.get(run) ?? []), list]);
    return list;
  }

  /** The list that a later page belongs to. */
  private open(run: string, accountId: string, params: Params): List | undefined {
    const filters = filtersOf(params);
    return this.lists.get(run)?.findLast((each) => each.accountId === accountId && filtersOf(each.params) === filters);
  }
}

function filtersOf({ Filter = [] }: Params): string {
  return JSON.stringify(Filter);
}
