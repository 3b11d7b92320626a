/**
 * The software bill of materials of a release, in CycloneDX: npm makes it of the lock, and we leave out what only development needs.
 * The same commit and npm give the same bytes.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { packageId, productionPackages } from './lock.ts';

const run = promisify(execFile);

/** A component as far as we look at it. */
export interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** A CycloneDX document as far as we look at it. */
export interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * The SBOM of the packages that the product needs, on any platform, as JSON.
 *
 * `madeAt` is the time to state, the commit's; without it, none is stated. Throws if npm's list and the lock differ. npm can't be
 * asked to leave out development packages itself: `--omit dev` also omits what both need, a third of the packages.
 *
 * @see https://docs.npmjs.com/cli/v11/commands/npm-sbom
 */
export async function sbomOf(root: string, madeAt?: Date): Promise<string> {
  const options = ['--package-lock-only', '--include=dev', '--include=optional', '--include=peer'];
  const { stdout } = await run('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', ...options], {
    cwd: root,
    maxBuffer: 64 << 20,
  });
  return tidied(JSON.parse(stdout) as Sbom, new Set(productionPackages(root).map(packageId)), madeAt);
}

function tidied(sbom: Sbom, wanted: ReadonlySet<string>, madeAt: Date | undefined): string {
  const idOf = ({ name, version }: Component): string => `${name}@${version}`;
  const components = sbom.components.filter((component) => wanted.has(idOf(component)));
  const listed = new Set(components.map(idOf));
  const absent = [...wanted].filter((id) => !listed.has(id));
  if (absent.length > 0) throw new Error(`npm sbom does not list ${absent.join(', ')}, which package-lock.json has`);
  const root = sbom.metadata.component;
  const kept = new Set([root, ...components].map((component) => component['bom-ref']));
  const document = {
    ...sbom,
    serialNumber: undefined,
    metadata: {
      ...sbom.metadata,
      timestamp: madeAt?.toISOString(),
      // npm takes the name of the folder.
      component: { ...root, name: root['bom-ref'].replace(/@[^@]*$/, '') },
    },
    components,
    dependencies: sbom.dependencies
      .filter(({ ref }) => kept.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => kept.has(each)) })),
  };
  return `${JSON.stringify({ ...document, serialNumber: serialNumberOf(JSON.stringify(document)) }, null, 2)}\n`;
}

/** An identifier that follows from the content: a UUID of version 8 (RFC 9562). */
function serialNumberOf(content: string): string {
  const hash = createHash('sha256').update(content).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `urn:uuid:${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')}`;
}
