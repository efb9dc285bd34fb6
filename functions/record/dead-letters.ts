/** Dead letters: messages that a queue gave up, as the journal's table keeps them. */

/** A message that five deliveries did not get answered, or that a function refused, or that never came. */
export interface DeadLetter {
  /** SQS's id of the message in the dead-letter queue. */
  readonly id: string;
  /** The queue, or the workflow, that it was for and is sent to again: "cordon-triage". */
  readonly queue: string;
  /** ISO 8601: when it was kept. */
  readonly at: string;
  /** Why it became a dead letter. */
  readonly reason: string;
  /** What it says, in one line. */
  readonly about: string;
  /** Who had it sent again; missing until then. */
  readonly redriven?: Redriven;
}

export interface Redriven {
  /** The person, as STS named the caller. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
}

/** What a dead-letter queue belongs to. */
export interface LetterQueue {
  /** The queue, or the workflow, that its letters were for: "cordon-triage". */
  readonly queue: string;
  /** The function, or the workflow, that did not handle them: its log says why. */
  readonly handler: string;
  /** Whether its messages report nothing that another round, or report, would not. @default false */
  readonly upkeep?: boolean;
  /**
   * Whether others notify of its letters: a notice of a message that a channel did not take would go to
   * that channel, too, and be the next letter. @default false
   */
  readonly silent?: boolean;
}

/** Letters of a queue that nobody was notified of. */
export interface PendingLetters {
  readonly queue: string;
  /** How many. */
  readonly count: number;
  /** At most `mostListed` of them, the newest first. */
  readonly newest: readonly DeadLetter[];
  /** How many letters the queue has had by now; `markNotified` takes it. */
  readonly kept: number;
}

/** Of a storm in a queue there is one notice in so many minutes. */
export const minutesBetweenNotices = 15;

/** Letters that one notice lists. */
export const mostListed = 10;

/** Letters of a queue that the list of all has at most, the newest. */
export const mostShown = 200;

/** What keeps letters. */
export interface DeadLetterKeeper {
  /** Writes a letter and its message, once, and counts it; false where it is there already. */
  keep(letter: DeadLetter, body: string): Promise<boolean>;
  /**
   * Takes the next notice of a queue; undefined where no letter is pending, or a notice was taken in the last
   * minutes.
   */
  claim(queue: string): Promise<PendingLetters | undefined>;
  /** Writes that a notice was sent. */
  markNotified(pending: PendingLetters): Promise<void>;
  /** Gives the notice back: it was not sent. */
  giveBack(pending: PendingLetters): Promise<void>;
}

/** What lists letters, and has them sent again. */
export interface DeadLetterArchive {
  /** Lists letters of a queue, the newest first; `more` where it has more of them. */
  of(queue: string): Promise<{ readonly letters: readonly DeadLetter[]; readonly more: boolean }>;
  /** Finds a letter with its message. */
  find(
    queue: string,
    id: string,
  ): Promise<{ readonly letter: DeadLetter; readonly body: string } | undefined>;
  /** Takes a letter to send it; false where another does, or did. */
  take(letter: DeadLetter): Promise<boolean>;
  /** Writes that it was sent. */
  sent(letter: DeadLetter, redriven: Redriven): Promise<void>;
  /** Puts a letter back that could not be sent. */
  putBack(letter: DeadLetter): Promise<void>;
}
