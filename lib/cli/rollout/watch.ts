import { changeIdAt, type RolloutEvent, type RolloutRecord, type RolloutTarget } from '../../../lambdas/contracts/rollout.ts';
import { isUnderWay, nameOf } from '../../../lambdas/domain/rollout/targets.ts';
import type { ChangeStore } from '../../../lambdas/ports/change-store.ts';
import type { RolloutStore } from '../../../lambdas/ports/rollout-store.ts';
import type { Output } from '../output.ts';
import { eventInWords, STYLES, styleOf } from '../render/rollout-events.ts';
import { type Active, frameOf } from '../render/rollout-frame.ts';
import { activityOf } from './activity.ts';
import { Screen } from './screen.ts';
import { TargetNews } from './target-news.ts';

/** Where rollouts and their changes are on record. */
export interface Stores {
  readonly store: ChangeStore;
  readonly rollouts: RolloutStore;
}

/** Targets under way that the live view tells one by one. */
const MOST_ACTIVE = 10;

export interface Watched extends Stores {
  readonly rolloutId: string;
  readonly output: Output;
}

/** Shows a rollout: each event once and, on a terminal, waves and targets with what each is doing. */
export class RolloutWatch {
  readonly #watched: Watched;
  readonly #screen: Screen;
  /** Events that were told; undefined until the first look, where those of before do not count as news. */
  #seen: number | undefined;
  readonly #news: TargetNews;

  /** @param fromStart - also tell what happened before the first look. */
  constructor(watched: Watched, { fromStart }: { readonly fromStart: boolean }) {
    this.#watched = watched;
    this.#screen = new Screen(watched.output);
    this.#seen = fromStart ? 0 : undefined;
    this.#news = new TargetNews({ fromStart });
  }

  /** @returns how it stands; undefined while it is not on record yet. */
  async look(): Promise<RolloutRecord | undefined> {
    const { rollouts, rolloutId, output } = this.#watched;
    const record = await rollouts.get(rolloutId);
    if (!record || output.quiet) return record;
    // Of a plan, the plan is the news.
    if (!record.request.planOnly || this.#screen.isLive) await this.#show(record);
    return record;
  }

  say(line: string): void {
    this.#screen.say(line);
  }

  end(): void {
    this.#screen.end();
  }

  async #show(record: RolloutRecord): Promise<void> {
    const { rollouts, rolloutId } = this.#watched;
    const events = await rollouts.events(rolloutId);
    const unseen = events.slice(this.#seen ?? events.length);
    this.#seen = events.length;
    const targets = await rollouts.targets(rolloutId);
    if (!record.request.planOnly) {
      for (const target of this.#news.since(targets)) this.#tellTarget(target);
      for (const event of unseen) this.#tell(event);
    }
    if (this.#screen.isLive) await this.#draw(record, targets);
  }

  /** The live view counts those that go as planned. */
  #tellTarget({ state, says, ...target }: RolloutTarget): void {
    const style = STYLES[state];
    if (this.#screen.isLive && style === 'green') return;
    this.#screen.news(`${nameOf(target)}: ${state}${says === undefined ? '' : `: ${says}`}`, style);
  }

  #tell(event: RolloutEvent): void {
    const { output, rolloutId } = this.#watched;
    // Told from where the targets stand, which has all of them.
    if (event.type === 'target') return;
    this.#screen.news(
      eventInWords(event, () => undefined),
      styleOf(event),
    );
    if (event.type === 'approval-requested')
      this.#screen.news(
        `decide with: ${output.invocation(`approve ${rolloutId}`)}   or   ${output.invocation(`reject ${rolloutId} --reason …`)}`,
      );
  }

  async #draw(record: RolloutRecord, targets: readonly RolloutTarget[]): Promise<void> {
    const { rollouts, rolloutId } = this.#watched;
    const surveyed = record.plan ? 0 : (await rollouts.surveys(rolloutId)).length;
    const underWay = targets.filter(isUnderWay).slice(0, MOST_ACTIVE);
    const active = await Promise.all(underWay.map((target) => this.#activeOf(target)));
    this.#screen.draw(frameOf({ record, targets, active, surveyed, now: Date.now() }));
  }

  async #activeOf(target: RolloutTarget): Promise<Active> {
    const { store, rolloutId } = this.#watched;
    const change = await store.get(changeIdAt(rolloutId, target, target.undo));
    return { target, activity: activityOf(change?.timeline ?? []) };
  }
}
