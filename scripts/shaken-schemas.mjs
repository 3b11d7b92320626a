import { readFile } from 'node:fs/promises';

/**
 * An esbuild plugin. The SDK describes each shape of a service in a list, with keys such as `{ [_xN]: _i }` whose constants are in the same
 * file. A computed key may have an effect, so esbuild keeps every shape of EC2 for one call. With the keys written out, it keeps those that
 * are used.
 */
export const shakenSchemas = {
  name: 'shaken-schemas',
  setup({ onLoad }) {
    onLoad(
      { filter: /[\\/]@aws-sdk[\\/][^\\/]+[\\/]dist-es[\\/](?:.*[\\/])?schemas[\\/]schemas_\d+\.js$/ },
      async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const constants = new Map(
          [...source.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, text]) => [name, text]),
        );
        const contents = source.replace(/\[(_\w+)\]:/g, (key, name) =>
          constants.has(name) ? `${constants.get(name)}:` : key,
        );
        return { contents, loader: 'js' };
      },
    );
  },
};
