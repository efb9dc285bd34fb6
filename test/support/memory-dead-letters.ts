/** Dead letters held in memory, with the conditions of functions/aws/dead-letter-table.ts. */
import {
  type DeadLetter,
  type DeadLetterArchive,
  type DeadLetterKeeper,
  minutesBetweenNotices,
  mostListed,
  mostShown,
  type PendingLetters,
  type Redriven,
} from "../../functions/record/dead-letters";

interface Kept {
  readonly letter: DeadLetter;
  readonly body: string;
  takenAt?: number;
  redriven?: Redriven;
}

export class MemoryDeadLetters implements DeadLetterKeeper, DeadLetterArchive {
  readonly items: Kept[] = [];
  readonly #notified = new Map<string, number>();
  readonly #notifiedAt = new Map<string, number>();

  constructor(private readonly now: () => Date) {}

  async keep(letter: DeadLetter, body: string): Promise<boolean> {
    if (this.#find(letter) !== undefined) return false;
    this.items.push({ letter, body });
    return true;
  }

  async claim(queue: string): Promise<PendingLetters | undefined> {
    const kept = this.#of(queue).length;
    const count = kept - (this.#notified.get(queue) ?? 0);
    const at = this.now().getTime();
    const notifiedAt = this.#notifiedAt.get(queue) ?? Number.NEGATIVE_INFINITY;
    if (count === 0 || notifiedAt > at - minutesBetweenNotices * 60_000) return undefined;
    this.#notifiedAt.set(queue, at);
    return { queue, count, kept, newest: this.#of(queue).slice(0, Math.min(count, mostListed)) };
  }

  async markNotified({ queue, kept }: PendingLetters): Promise<void> {
    this.#notified.set(queue, Math.max(kept, this.#notified.get(queue) ?? 0));
  }

  async giveBack({ queue, kept }: PendingLetters): Promise<void> {
    if ((this.#notified.get(queue) ?? 0) < kept) this.#notifiedAt.delete(queue);
  }

  async of(queue: string) {
    const letters = this.#of(queue);
    return { letters: letters.slice(0, mostShown), more: letters.length > mostShown };
  }

  async find(queue: string, id: string) {
    const found = this.#find({ queue, id });
    return found && { letter: shown(found), body: found.body };
  }

  async take(letter: DeadLetter): Promise<boolean> {
    const found = this.#find(letter);
    const at = this.now().getTime();
    if (found === undefined || found.redriven !== undefined) return false;
    if ((found.takenAt ?? Number.NEGATIVE_INFINITY) >= at - 60_000) return false;
    found.takenAt = at;
    return true;
  }

  async sent(letter: DeadLetter, redriven: Redriven): Promise<void> {
    const found = this.#find(letter);
    if (found !== undefined) found.redriven ??= redriven;
  }

  async putBack(letter: DeadLetter): Promise<void> {
    const found = this.#find(letter);
    if (found !== undefined && found.redriven === undefined) delete found.takenAt;
  }

  #find({ queue, id }: Pick<DeadLetter, "queue" | "id">): Kept | undefined {
    return this.items.find(({ letter }) => letter.queue === queue && letter.id === id);
  }

  #of(queue: string): readonly DeadLetter[] {
    return this.items
      .filter(({ letter }) => letter.queue === queue)
      .map(shown)
      .sort((one, other) => (one.at < other.at ? 1 : -1));
  }
}

function shown({ letter, redriven }: Kept): DeadLetter {
  return { ...letter, ...(redriven && { redriven }) };
}
