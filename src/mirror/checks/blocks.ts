/** CIDR blocks, compiled. A prefix list is parsed once, however many security groups and routes refer to it. */

import { byText } from '../../collections.ts';
import { messageOf } from '../../errors.ts';
import type { PrefixList } from '../../inventory/prefix-list.ts';
import { type Cidr4, parseCidr } from '../../net/cidr.ts';
import { type DecisionTable, firstMatchTable } from '../../net/first-match.ts';
import type { AccountIndex } from '../account-index.ts';

/** An IPv4 block. */
export interface Block {
  /** As AWS has it. */
  readonly text: string;
  /** As reasons name it. */
  readonly words: string;
  readonly range: Cidr4;
}

/** Parsed blocks. */
export interface Blocks {
  /** In the given order. */
  readonly ipv4: readonly Block[];
  /** How reasons name the blocks of both families, sorted, without repeats. */
  readonly words: readonly string[];
  /** Why blocks could not be read, one message each. */
  readonly unreadable: readonly string[];
}

/** Parses blocks. `wordsOf` is how reasons name one. */
export function parseBlocks(texts: readonly string[], wordsOf = (text: string): string => text): Blocks {
  const ipv4: Block[] = [];
  const allWords: string[] = [];
  const unreadable: string[] = [];
  for (const text of texts) {
    try {
      const range = parseCidr(text);
      const words = wordsOf(text);
      allWords.push(words);
      if (range.family === 4) ipv4.push({ text, words, range });
    } catch (error) {
      unreadable.push(messageOf(error));
    }
  }
  return { ipv4, words: [...new Set(allWords)].sort(), unreadable };
}

/** The blocks of a prefix list; `unread` when the list or its entries could not be read. */
export function blocksOfList(prefixListId: string, account: AccountIndex): Blocks | 'unread' {
  const list = account.prefixList(prefixListId);
  return typeof list === 'object' ? account.compiled(parsePrefixList, list) : 'unread';
}

function parsePrefixList({ prefixListId, cidrs }: PrefixList): Blocks | 'unread' {
  return cidrs === undefined ? 'unread' : parseBlocks(cidrs, (text) => `${text} in prefix list ${prefixListId}`);
}

/** The words of the block that contains an address, the first in the order of words; undefined where there is none. */
export function containingBlocks({ ipv4 }: Blocks): DecisionTable<string | undefined> {
  const rules = ipv4.toSorted(byText(({ words }) => words)).map(({ range, words }) => ({ range, decision: words }));
  return firstMatchTable<string | undefined>(rules, undefined);
}

/** The longest block that contains an address, the first of equals; undefined where there is none. */
export function longestBlocks({ ipv4 }: Blocks): DecisionTable<Block | undefined> {
  const longestFirst = ipv4.toSorted((a, b) => b.range.prefixLength - a.range.prefixLength);
  const rules = longestFirst.map((block) => ({ range: block.range, decision: block }));
  return firstMatchTable<Block | undefined>(rules, undefined);
}
