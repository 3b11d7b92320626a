import { resolve } from 'node:path';

/** An esbuild plugin. zod ships its messages in fifty languages; we only need English. */
export const zodInEnglish = {
  name: 'zod-in-english',
  setup({ onResolve }) {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer, resolveDir }) =>
      importer.includes('/node_modules/zod/') ? { path: resolve(resolveDir, '../locales/en.js') } : undefined,
    );
  },
};
