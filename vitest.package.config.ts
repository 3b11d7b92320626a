import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests of the package that `npm pack` makes, installed from the registry: `npm run test:package`. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    globalSetup: 'test/support/temporary-folder.ts',
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});

export default config;
