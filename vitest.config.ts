import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/browser/**', 'test/on-aws/**', 'test/package/**', 'node_modules/**'],
    globalSetup: 'test/support/temporary-folder.ts',
    testTimeout: 20_000,
    coverage: { provider: 'v8', include: ['src/**'] },
  },
});

export default config;
