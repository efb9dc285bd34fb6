/** Waits for reads that are wanted, but not needed: no longer than a limit that they share. */
import type { Waiting } from "./reader";

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

export interface TimeLimit {
  readonly isOver: boolean;
  /** Gives what a read gave, or why it gave nothing before the limit. */
  within<T>(read: Promise<T>): Promise<Outcome<T>>;
  /** Ends the wait, once nothing is read any more. */
  end(): void;
}

export function timeLimit({ sleep }: Waiting, seconds: number): TimeLimit {
  const ended = new AbortController();
  let isOver = false;
  const late = sleep(seconds * 1_000, ended.signal).then((): { error: unknown } => {
    isOver = true;
    return { error: new NoAnswer(`no answer within ${seconds} seconds`) };
  });
  return {
    get isOver() {
      return isOver;
    },
    within: (read) => Promise.race([settle(read), late]),
    end: () => ended.abort(),
  };
}

class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

async function settle<T>(read: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await read };
  } catch (error) {
    return { error };
  }
}
