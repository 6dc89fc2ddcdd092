import { defineConfig } from 'vitest/config';

const filesIn = (...folders: string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`);
const TOGETHER = filesIn('unit', 'synth');

export default defineConfig({
  test: {
    testTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      // Loading its modules anew takes such a file longer than its tests.
      { extends: true, test: { name: 'in one process', include: TOGETHER, isolate: false } },
      // These start processes, which takes the longer the more a worker has loaded before.
      { extends: true, test: { name: 'each by itself', include: ['test/**/*.test.ts'], exclude: TOGETHER } },
    ],
  },
});
