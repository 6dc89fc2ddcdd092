import { RolloutFile } from '../../lambdas/contracts/rollout-file.ts';
import type { RolloutOutcome } from '../../lambdas/contracts/rollout-outcomes.ts';
import { newRolloutId } from '../../lambdas/domain/rollout/rollout-id.ts';
import { openFleet } from './demo-fleet.ts';
import type { Output } from './output.ts';
import { renderSummary } from './render/rollout-summary.ts';
import { rolloutRunnerOf } from './rollout/runner.ts';
import { documentOf } from './rollout/view.ts';

interface RolloutAct {
  readonly says: string;
  readonly file: RolloutFile;
  readonly ends: RolloutOutcome;
}

const QUICK = { bake: { seconds: 2, samples: 1 }, waves: { canary: 1, sizes: ['100%'] } };

const ACTS: readonly RolloutAct[] = [
  {
    says: 'a rollout over three clusters: one database first, then the others, but never two members of orders at once',
    file: RolloutFile.parse({ name: 'shop', requestedBy: 'demo', select: { databases: ['orders', 'carts-*'] }, ...QUICK }),
    ends: 'completed',
  },
  {
    says: 'a rollout whose first database loses its proxies: it goes back, and nothing else begins',
    file: RolloutFile.parse({ name: 'search', requestedBy: 'demo', select: { databases: ['search-*'] }, ...QUICK }),
    ends: 'undone',
  },
];

/**
 * Two rollouts over a small fleet, one that finishes and one that stops after its canary.
 * @param say - a headline.
 * @param outputFor - where a verb speaks that was given this configuration.
 */
export async function demoRollouts(say: (title: string) => void, outputFor: (config: string) => Output) {
  const fleet = await openFleet();
  const { config } = fleet;
  const output = outputFor(config);
  const documents: ReturnType<typeof documentOf>[] = [];
  let asExpected = true;
  try {
    for (const [index, { says, file, ends }] of ACTS.entries()) {
      say(says);
      const runner = await rolloutRunnerOf('local', { config, output });
      const view = await runner.start({ rolloutId: newRolloutId(file.name, new Date(), `demo000${index + 1}`), file });
      documents.push(documentOf(view));
      asExpected &&= view.record.outcome === ends;
      if (!output.json) output.result(documents.at(-1), () => `\n${renderSummary(view, false, output, 'none')}`);
    }
  } finally {
    await fleet.close();
  }
  return { rollouts: documents, asExpected };
}
