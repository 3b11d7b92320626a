/** A managed prefix list, expanded to its CIDRs. */

export interface PrefixList {
  readonly prefixListId: string;
  /** Undefined when the entries could not be read: a rule that needs them is `unknown`, not closed. */
  readonly cidrs?: readonly string[] | undefined;
}
