import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests that need an AWS endpoint (`AWS_ENDPOINT_URL`): the contracts once more, and a whole account from its logs to its mails. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/on-aws/**/*.test.ts'],
    globalSetup: 'test/support/temporary-folder.ts',
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // One account is behind the endpoint: what one file makes, another would find.
    fileParallelism: false,
  },
});

export default config;
