/** Settings of the subscribers of Cordon's notices. */
import { listOf, type Read, refusal, type Shape } from "./values";

export interface ConsumerSettings {
  /**
   * Accounts that may subscribe queues of theirs to the notice topic; "organization" means all
   * of them. Whatever is listed, only the organization's own accounts may.
   */
  readonly consumerAccounts: "organization" | readonly string[];
}

export const consumerKeys = [
  "consumerAccounts",
] as const satisfies readonly (keyof ConsumerSettings)[];

const consumer: Shape = {
  pattern: /^(\d{12}|organization)$/,
  words: "a 12-digit account id or organization",
};

// A topic's policy holds 30 KB; each account takes 15 bytes of it.
const mostAccounts = 1_000;

/** Reads them. @throws pulumi.RunError naming the key that is wrong */
export function readConsumers(text: Read): ConsumerSettings {
  const accounts = listOf("consumerAccounts", consumer, text("consumerAccounts"));
  if (accounts.length > mostAccounts) {
    const limit = `a list of at most ${mostAccounts} accounts, or organization alone`;
    throw refusal("consumerAccounts", limit, `${accounts.length} accounts`);
  }
  if (!accounts.includes("organization")) return { consumerAccounts: accounts };
  if (accounts.length > 1) {
    throw refusal("consumerAccounts", "a list of account ids, or organization alone", accounts);
  }
  return { consumerAccounts: "organization" };
}
