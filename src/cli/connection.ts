/** The connection to live AWS, opened on first use: a command that needs no AWS never loads the SDK. */

import type { AwsPorts } from '../aws/ports.ts';
import type { Config } from '../config.ts';

/** Opens the connection on the first call; later calls get the same one. */
export type Connect = () => Promise<AwsPorts>;

/** Returns how a command connects to AWS. Nothing is loaded or called before it does. `regions` restricts a sweep. */
export function connectionTo(
  config: Partial<Pick<Config, 'region' | 'assumeRole' | 'organization' | 'trail' | 'mirroring'>>,
  { regions }: { readonly regions?: readonly string[] | undefined } = {},
): Connect {
  let opened: Promise<AwsPorts> | undefined;
  return () => {
    opened ??= import('../aws/ports.ts').then(({ openAws }) =>
      openAws(
        { trail: { buckets: [], topics: [], accounts: [] }, ...config },
        { pathStyle: Boolean(process.env.AWS_ENDPOINT_URL), regions },
      ),
    );
    return opened;
  };
}
