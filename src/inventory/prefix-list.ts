/** A managed prefix list, expanded to its CIDRs. */

/** A prefix list by its id. */
export interface PrefixList {
  readonly prefixListId: string;
  /** Undefined when the entries could not be read: a rule that refers to them is then `unknown`, not a denial. */
  readonly cidrs?: readonly string[] | undefined;
}
