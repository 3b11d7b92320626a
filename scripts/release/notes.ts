/** The notes of a release: what changed, and how to check the files that come with it. */

/** A file of a release. */
export interface ReleasedFile {
  readonly name: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** What the notes are about. */
export interface Release {
  readonly version: string;
  /** The text of CHANGELOG.md. */
  readonly changelog: string;
  /** Lets the notes have what the changelog lists as not released, for a look at them. */
  readonly unreleased: boolean;
  readonly zip: ReleasedFile;
  readonly sbom: ReleasedFile;
  /** The commit that the files were built from; undefined if that cannot be told. */
  readonly commit?: string;
  /** The versions of Node and npm that built them. */
  readonly tools: string;
}

/** The notes as Markdown. Throws if the changelog has no entries for the version, or has some that are in no version. */
export function releaseNotes({ version, changelog, unreleased, zip, sbom, commit, tools }: Release): string {
  const origin =
    commit === undefined
      ? 'Built from sources that are no commit (do not publish this) with'
      : `Built from commit ${commit} with`;
  const checkout = commit === undefined ? '' : `git checkout ${commit}\n`;
  return `# Mirrorwatch ${version}${unreleased ? ' (not released)' : ''}

${changesOf(changelog, version, unreleased)}

## Check what you deploy

| file | SHA-256 | bytes |
|---|---|---|
${[zip, sbom].map(({ name, sha256, bytes }) => `| \`${name}\` | \`${sha256}\` | ${bytes} |\n`).join('')}
\`${sbom.name}\` lists the packages that this version needs, in CycloneDX; \`THIRD-PARTY-LICENSES.txt\` in the zip has the licences of those in it.
${origin} ${tools}. The same sources and versions give the same bytes:

\`\`\`sh
${checkout}npm ci --ignore-scripts
npm run release
\`\`\`
`;
}

/** The changelog's section for a version, with its headings. */
function changesOf(changelog: string, version: string, unreleased: boolean): string {
  const pending = sectionOf(changelog, 'Unreleased');
  if (unreleased) return pending;
  if (pending !== '') throw new Error(`CHANGELOG.md: there are entries under [Unreleased]; move them to [${version}]`);
  const section = sectionOf(changelog, version);
  if (section === '') throw new Error(`CHANGELOG.md: there is no section [${version}]; package.json has this version`);
  return section;
}

function sectionOf(changelog: string, name: string): string {
  const section = changelog.split(/^## /m).find((each) => each.startsWith(`[${name}]`));
  return section?.slice(section.indexOf('\n')).trim() ?? '';
}
