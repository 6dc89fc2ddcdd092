import { randomUUID } from 'node:crypto';
import { lockLost, runLost } from '../../contracts/record.ts';
import { mayGoOn, readChange } from './changes.ts';
import { type Claim, changeKey, type Disclaimer, hashOf, json, number, text } from './items.ts';
import type { Placed } from './order.ts';
import type { Table } from './table.ts';

/** A change claims a few writes for each of its endpoints. With the limit of a command's length, they stay far below an item's 400 kB. */
const MOST_CLAIMS = 200;
const LONGEST_COMMAND = 1000;
/** How often a claim is tried again because the lock was released and taken again in between. */
const CLAIM_ATTEMPTS = 5;

type NamedWrite = Pick<Claim, 'step' | 'command'>;
const isSameWrite = (one: NamedWrite, other: NamedWrite): boolean => one.step === other.step && one.command === other.command;

/** The writes that a change has claimed, in the item of the change. */
export class Claims {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /**
   * @returns the claim, or undefined when the write was claimed before.
   * @throws StepError `LockLostError`; Error for more or longer writes than the item of a change can hold.
   */
  async claim(changeId: string, write: NamedWrite & Placed, run: number): Promise<Claim | undefined> {
    const { length } = write.command;
    if (length > LONGEST_COMMAND) throw new Error(`a command of ${length} characters is too long to be claimed`);
    const claim: Claim = { ...write, token: randomUUID() };
    for (let attempt = 1; attempt <= CLAIM_ATTEMPTS; attempt += 1) {
      if (await this.#add(changeId, claim, run)) return claim;
      const change = await readChange(this.#table, changeId);
      // First of all, even when the claim was made and only its answer got lost: what is not sent does no harm.
      const lost = runLost(changeId, run, change) ?? (change?.holds ? undefined : lockLost(changeId));
      if (lost) throw lost;
      const standing = change?.claims.find((other) => isSameWrite(other, claim));
      if (standing) return standing.token === claim.token ? claim : undefined;
      if (change && change.claims.length >= MOST_CLAIMS)
        throw new Error(`${changeId} has claimed ${MOST_CLAIMS} writes and may claim no more`);
    }
    throw lockLost(changeId);
  }

  async #add(changeId: string, claim: Claim, run: number): Promise<boolean> {
    const { expression, values } = mayGoOn(run);
    const hash = hashOf(claim.step, claim.command);
    const added = await this.#table.update(changeKey(changeId), {
      expression: 'SET claims = list_append(if_not_exists(claims, :none), :claims) ADD claimed :hashes',
      condition: `attribute_exists(holds) AND ${expression} AND (attribute_not_exists(claimed) OR (NOT contains(claimed, :hash) AND size(claims) < :most))`,
      values: {
        ':none': { L: [] },
        ':claims': { L: [json(claim)] },
        ':hashes': { SS: [hash] },
        ':hash': text(hash),
        ':most': number(MOST_CLAIMS),
        ...values,
      },
    });
    return added !== undefined;
  }

  async disclaim(changeId: string, disclaimer: Disclaimer): Promise<void> {
    const hash = hashOf(disclaimer.step, disclaimer.command);
    await this.#table.update(changeKey(changeId), {
      expression: 'SET disclaimers = list_append(if_not_exists(disclaimers, :none), :disclaimers) ADD disclaimed :hashes',
      // After a lost answer it is noted already.
      condition: 'attribute_not_exists(disclaimed) OR NOT contains(disclaimed, :hash)',
      values: { ':none': { L: [] }, ':disclaimers': { L: [json(disclaimer)] }, ':hashes': { SS: [hash] }, ':hash': text(hash) },
    });
  }

  /** Writes that may have been sent, in the order of their claims. */
  async mayHaveBeenSent(changeId: string): Promise<NamedWrite[]> {
    const { claims = [], disclaimers = [] } = (await readChange(this.#table, changeId)) ?? {};
    const left = claims.filter((claim) => !disclaimers.some((disclaimer) => isSameWrite(disclaimer, claim)));
    return left.map(({ step, command }) => ({ step, command }));
  }
}
