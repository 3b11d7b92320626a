import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests that need a Chromium on this machine: `npm run test:browser`. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: 'test/support/temporary-folder.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});

export default config;
