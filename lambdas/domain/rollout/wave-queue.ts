import type { ReplicationKind } from '../../contracts/words.ts';
import { RankedQueue } from './ranked-queue.ts';

/** What decides which databases may not change at the same time. */
export interface Member {
  readonly name: string;
  /** GUID of its Active-Active group, where the cluster says. */
  readonly group?: string | undefined;
  /** How it replicates, where the cluster says. */
  readonly kind?: ReplicationKind | undefined;
}

const NOT_ACTIVE_ACTIVE: ReadonlySet<ReplicationKind | undefined> = new Set(['replica-of', 'none']);

/** A database that may belong to a group nobody told of. */
const mayBeInAnyGroup = ({ group, kind }: Member): boolean => group === undefined && !NOT_ACTIVE_ACTIVE.has(kind);

interface Entry<M> {
  readonly member: M;
  readonly rank: number;
  /** Nothing else of its name may be in its wave. */
  readonly alone: boolean;
  /** The member of its group that comes after it. */
  next?: Entry<M>;
}

/** Those that wait for others of their name: the ones that want a wave alone apart from those that bear company. */
const waitingList = ({ member, alone }: Entry<Member>): string => `${alone ? 'alone' : 'company'}/${member.name}`;

/**
 * Hands out members wave by wave, in order. A wave takes the next one that fits until it is full. Two do not fit into one wave
 *
 * - when they are of one group. Members of a group come in order, so those behind one that has to wait do so too;
 * - with `sameNameIsOneGroup`, when they are of one name and at least one of them may be in any group. Two whose groups are known and
 *   differ do fit, whatever their names. Two on one cluster are treated alike: whether names are unique there is not known, and waiting
 *   costs no more than a wave.
 *
 * Whether two fit depends on nothing but those two. So what a wave takes follows from what is left, not from the waves before it.
 *
 * Every entry is looked at a few times in all, however many have to wait: of those that wait for a name, only the first one is looked at
 * again in the next wave, and the one behind it when that has been taken.
 */
export class WaveQueue<M extends Member> {
  private readonly ready = new RankedQueue<Entry<M>>();
  private readonly waiting = new Map<string, RankedQueue<Entry<M>>>();

  /** @param members - in the order in which they are to be changed. */
  constructor(members: readonly M[], sameNameIsOneGroup: boolean) {
    const latestOf = new Map<string, Entry<M>>();
    members.forEach((member, rank) => {
      const entry: Entry<M> = { member, rank, alone: sameNameIsOneGroup && mayBeInAnyGroup(member) };
      const before = member.group === undefined ? undefined : latestOf.get(member.group);
      if (before) before.next = entry;
      else this.ready.add(entry);
      if (member.group !== undefined) latestOf.set(member.group, entry);
    });
  }

  /** The next wave: at most this many, and at least one while any are left. */
  takeWave(size: number): M[] {
    const taken: Entry<M>[] = [];
    /** Whether what has a name in this wave wants to be alone. */
    const aloneByName = new Map<string, boolean>();
    const blocked = new Set<string>();
    while (taken.length < size) {
      const entry = this.ready.take();
      if (!entry) break;
      const { name } = entry.member;
      const fits = entry.alone ? !aloneByName.has(name) : !aloneByName.get(name);
      if (fits) {
        taken.push(entry);
        aloneByName.set(name, entry.alone);
      } else this.keepWaiting(entry);
      if (fits && !entry.alone) this.wakeFirst(waitingList(entry));
      else blocked.add(waitingList(entry));
    }
    for (const list of blocked) this.wakeFirst(list);
    for (const { next } of taken) if (next) this.ready.add(next);
    return taken.map(({ member }) => member);
  }

  private keepWaiting(entry: Entry<M>): void {
    const key = waitingList(entry);
    const list = this.waiting.get(key) ?? new RankedQueue<Entry<M>>();
    list.add(entry);
    this.waiting.set(key, list);
  }

  private wakeFirst(list: string): void {
    const first = this.waiting.get(list)?.take();
    if (first) this.ready.add(first);
  }
}
