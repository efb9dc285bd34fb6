/** Waits for work that need not end: no longer than a limit that it shares. */

export interface Waiting {
  /** Waits until the time is over or the signal ends the wait; a test passes one that does not. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

export interface TimeLimit {
  readonly isOver: boolean;
  /** Gives what the work gave, or why it gave nothing before the limit. */
  within<T>(work: Promise<T>): Promise<Outcome<T>>;
  /** Ends the wait, once nothing is waited for any more. */
  end(): void;
}

export function timeLimit({ sleep }: Waiting, seconds: number): TimeLimit {
  const ended = new AbortController();
  let isOver = false;
  const late = sleep(seconds * 1_000, ended.signal).then((): { error: unknown } => {
    isOver = true;
    return { error: new NoAnswer(`no answer within ${seconds} seconds`) };
  });
  // A wait that is ended rejects, and nobody may have waited within the limit at all.
  late.catch(() => undefined);
  return {
    get isOver() {
      return isOver;
    },
    within: (work) => Promise.race([settle(work), late]),
    end: () => ended.abort(),
  };
}

class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

async function settle<T>(work: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}
