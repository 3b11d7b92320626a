/** YAML files are imported as their text: `scripts/build.mjs` puts it into the bundle. */

declare module '*.yaml' {
  const text: string;

  export { text as default };
}
