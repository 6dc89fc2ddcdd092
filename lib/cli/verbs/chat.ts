import { CONFIG_FILE, ConfigurationError } from '../../config/load.ts';
import { openChat } from '../../local/chat/chat.ts';
import { configurationFor } from '../configuration.ts';
import type { Verb } from '../main.ts';
import { diedHere } from '../recovery.ts';
import { onSignals } from '../signals.ts';
import { withStore } from '../store.ts';

/** Serves Slack on this machine until somebody stops it; changes that run are rolled back first. */
export const chat: Verb<{ port: number }> = async (_target, { config, port }, output) => {
  const loaded = configurationFor(config);
  const { slack } = loaded.configuration.chat ?? {};
  if (!slack)
    throw new ConfigurationError(
      `${loaded.file}: chat.slack: expected the settings of a Slack app, as in docs/chatops.md; ${CONFIG_FILE} has none`,
    );
  const stop = new AbortController();
  const release = onSignals((name) => {
    if (!stop.signal.aborted) output.notice(`${name}: stopping`);
    stop.abort();
  });
  try {
    for (const { changeId } of await withStore('local', config, diedHere))
      output.notice(`change ${changeId} was cut short; it is rolled back with: ${output.invocation(`recover ${changeId}`)}`);
    const served = await openChat({
      loaded,
      slack,
      port,
      env: process.env,
      log: (says) => output.progress(`${new Date().toISOString()}  ${says}`),
    });
    output.notice(`syncshift listens at ${served.address}; let Slack's requests arrive there, and stop it with Ctrl-C`);
    await served.run(stop.signal);
    output.result({ stopped: true }, () => 'stopped; no change runs here any more');
    return 0;
  } finally {
    release();
  }
};
