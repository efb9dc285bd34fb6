/** Writes to items that several invocations write at once. */
import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";

/** Code of an entry whose condition refuses: the whole transaction is refused for good. */
const failed = "ConditionalCheckFailed";
/** Codes of entries that the next try may get through, and of those in whose way nothing was. */
const passing = ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/** All responders of a storm write the same item, and of transactions that meet one wins. */
const attempts = 12;
const longestPauseMs = 800;

export function transactions(client: DynamoDBClient, sleep: (ms: number) => Promise<void>) {
  /** Sends until no other write is in the way, with pauses that keep two from meeting again. */
  const patiently = async <T>(send: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send();
      } catch (error) {
        if (!mayPass(error) || attempt === attempts) throw error;
        await sleep(Math.random() * Math.min(20 * 2 ** attempt, longestPauseMs));
      }
    }
  };

  /** Writes all or nothing. @returns the entries that refuse */
  const transact = async (entries: TransactWriteItem[]): Promise<readonly number[]> => {
    try {
      await patiently(() => client.send(new TransactWriteItemsCommand({ TransactItems: entries })));
      return [];
    } catch (error) {
      const refused = codesOf(error).flatMap((code, index) => (code === failed ? [index] : []));
      if (refused.length === 0) throw error;
      return refused;
    }
  };
  return { patiently, transact };
}

/** Lists why a transaction was cancelled, entry by entry; empty for every other error. */
function codesOf(error: unknown): readonly string[] {
  if (!(error instanceof TransactionCanceledException)) return [];
  return (error.CancellationReasons ?? []).map(({ Code }) => Code ?? "None");
}

/** Checks for what the SDK does not try again by itself: two writes met at one item. */
function mayPass(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  const codes = codesOf(error);
  return codes.length > 0 && codes.every((code) => passing.includes(code));
}
