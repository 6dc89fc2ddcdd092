/** A queue whose lowest rank leaves first (a binary heap): adding and taking cost the logarithm of its size. */
export class RankedQueue<T extends { readonly rank: number }> {
  /** No item ranks lower than the one at half its index. Index 0 is not used. */
  private readonly items: (T | undefined)[] = [undefined];

  add(item: T): void {
    let place = this.items.length;
    while (place > 1 && this.rankAt(place >> 1) > item.rank) {
      this.items[place] = this.items[place >> 1];
      place >>= 1;
    }
    this.items[place] = item;
  }

  /** @returns undefined when it is empty. */
  take(): T | undefined {
    const lowest = this.items[1];
    const last = lowest && this.items.pop();
    if (last && last !== lowest) this.sinkFromTop(last);
    return lowest;
  }

  private sinkFromTop(item: T): void {
    let place = 1;
    for (let lower = this.lowerChildOf(place); this.rankAt(lower) < item.rank; lower = this.lowerChildOf(place)) {
      this.items[place] = this.items[lower];
      place = lower;
    }
    this.items[place] = item;
  }

  private lowerChildOf(place: number): number {
    const left = 2 * place;
    return this.rankAt(left + 1) < this.rankAt(left) ? left + 1 : left;
  }

  private rankAt(place: number): number {
    return this.items[place]?.rank ?? Number.POSITIVE_INFINITY;
  }
}
