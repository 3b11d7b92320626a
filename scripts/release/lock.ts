/** What `package-lock.json` pins. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package of a lock file. */
export interface LockedPackage {
  /** Where npm installs it, relative to the repository: `node_modules/zod`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** The SPDX expression of its manifest, as npm wrote it into the lock. */
  readonly licence?: string;
  /** `sha512-…` of its archive. npm refuses any other bytes. */
  readonly integrity?: string;
  /** Whether only our development needs it. */
  readonly dev: boolean;
  readonly hasInstallScript: boolean;
}

interface Entry {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

/** Every package of a lock file by path, without the project itself. `folder` is the lock's. Throws if it is not of version 3. */
export function lockedPackages(folder: string): readonly LockedPackage[] {
  const path = join(folder, 'package-lock.json');
  const lock = JSON.parse(readFileSync(path, 'utf8')) as { lockfileVersion?: number; packages?: Record<string, Entry> };
  if (lock.lockfileVersion !== 3 || lock.packages === undefined)
    throw new Error(
      `${path}: expected a lock file of version 3, found ${lock.lockfileVersion}; run npm install with npm 7 or later`,
    );
  return Object.entries(lock.packages)
    .filter(([at]) => at !== '')
    .map(([at, entry]) => lockedPackage(at, entry));
}

/** The packages that the product itself needs, on any platform. */
export const productionPackages = (folder: string): readonly LockedPackage[] =>
  lockedPackages(folder).filter(({ dev }) => !dev);

/** The name and version as one text: `zod@4.6.7`. */
export const packageId = ({ name, version }: LockedPackage): string => `${name}@${version}`;

function lockedPackage(
  path: string,
  { version = '', license, integrity, dev, hasInstallScript }: Entry,
): LockedPackage {
  return {
    path,
    name: packageNameOf(path) ?? path,
    version,
    ...(license === undefined ? {} : { licence: license }),
    ...(integrity === undefined ? {} : { integrity }),
    dev: dev === true,
    hasInstallScript: hasInstallScript === true,
  };
}

/** The package that a path is in: `@aws-sdk/core` for `node_modules/@aws-sdk/core/dist/index.js`. None for our own files. */
export function packageNameOf(path: string): string | undefined {
  return /.*(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
}
