/** A clock that moves when everybody waits: a race of minutes takes milliseconds and never varies. */

interface Waiting {
  readonly at: number;
  readonly wake: () => void;
}

export class VirtualClock {
  /** Milliseconds since the race began. */
  now = 0;
  #waiting: Waiting[] = [];
  #working = 0;

  wait(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.#waiting.push({ at: this.now + ms, wake });
    });
  }

  /** Holds the clock while something is worked out that takes real time. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#working += 1;
    try {
      return await work();
    } finally {
      this.#working -= 1;
    }
  }

  /** Moves from one waiter to the next until the race is over. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      do await new Promise((done) => setImmediate(done));
      while (this.#working > 0);
      // Of two at the same time the first to wait goes first: the sort is stable.
      const next = this.#waiting.sort((a, b) => a.at - b.at).shift();
      if (next === undefined) return;
      this.now = next.at;
      next.wake();
    }
  }
}

/** Random numbers from 0 to 1 that are the same for the same seed (a linear congruential generator). */
export function random(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
