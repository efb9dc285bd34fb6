import { expect } from "chai";
import { clientConfig } from "../../../functions/aws/client";
import { trail } from "../../../functions/aws/trail";

const ownKeys = { accessKeyId: "ASIA", secretAccessKey: "secret", sessionToken: "token" };
const { requestHandler } = clientConfig("us-east-1", ownKeys);

/** Lets a page fail at its first try, and gives how many tries it had, milliseconds each, and what ends one. */
async function triesOfAPage(signal?: AbortSignal) {
  let tries = 0;
  let each = 0;
  let ending: unknown;
  requestHandler.handle = async ({ headers }, options) => {
    tries = Number(/max=(\d+)/.exec(headers["amz-sdk-request"] ?? "")?.[1]);
    // Without one of its own, a try gets what all clients give it.
    each = options?.requestTimeout ?? 20_000;
    ending = options?.abortSignal;
    throw new Error("not sent");
  };
  const at = new Date("2026-06-05T08:00:00Z");
  const lookUp = {
    by: "AccessKeyId",
    value: "AKIAIOSFODNN7EXAMPLE",
    from: at,
    to: at,
  } as const;
  await trail(ownKeys)
    .page("us-east-1", lookUp, undefined, signal)
    .catch(() => undefined);
  return { tries, each, ending };
}

describe("functions/aws/trail", () => {
  // Restores the method of the class.
  after(() => Reflect.deleteProperty(requestHandler, "handle"));

  it("ends a page that is never answered within the 90 seconds that the function keeps", async () => {
    const { tries, each } = await triesOfAPage();
    expect(tries).to.equal(8);
    // The SDK's pauses: at most 100 ms, and twice as much each time.
    const pauses = 100 * (1 + 2 + 4 + 8 + 16 + 32 + 64);
    expect(tries * each + pauses).to.be.lessThan(90_000);
  });

  it("lets its reader end the tries of a page", async () => {
    const { signal } = new AbortController();
    expect((await triesOfAPage(signal)).ending).to.equal(signal);
    expect((await triesOfAPage()).ending).to.equal(undefined);
  });
});
