/**
 * Loaded into a process before what it runs, it divides every pause by `SYNCSHIFT_TEST_HURRY`. The clock stays as it is: what is
 * compared with it stays true.
 */
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

const hurry = Number(process.env.SYNCSHIFT_TEST_HURRY ?? 1);
const wait = timers.setTimeout;
timers.setTimeout = (ms, value, options) => wait((ms ?? 0) / hurry, value, options);
syncBuiltinESMExports();
