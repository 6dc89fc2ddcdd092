import { defineConfig } from 'vitest/config';

/** Here, tests put something in the place of an SDK client, a clock or an output for all of their process. */
const STAND_INS = 'test/unit/**/{adapters,runtime,deployed,cli}/**';
/** Loading its modules anew takes such a file longer than its tests. */
const TOGETHER = { include: ['test/{unit,synth}/**/*.test.ts'], exclude: [STAND_INS], isolate: false };
/** The others start processes, too: that takes the longer the more a worker has loaded before. */
const APART = { include: ['test/!(unit|synth)/**/*.test.ts', `${STAND_INS}/*.test.ts`] };

export default defineConfig({
  test: {
    testTimeout: 60_000,
    maxWorkers: 2,
    globalSetup: 'test/support/temporary-folder.ts',
    projects: [
      { extends: true, test: { name: 'together', ...TOGETHER } },
      { extends: true, test: { name: 'apart', ...APART } },
    ],
  },
});
