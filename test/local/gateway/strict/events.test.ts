import { EventBridgeClient, PutEventsCommand, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import { expect } from "chai";
import { errorOf, seedOf, shop } from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("EventBridge's limits", () => {
  const world = useWorld();
  let events: EventBridgeClient;

  before(() => {
    events = new EventBridgeClient(world.as(seedOf(world, shop)));
    world.onPutEvents = async (entries) => entries.map(() => ({ EventId: "1" }));
  });

  it("refuse an event pattern of more than 2048 characters", async () => {
    const put = (length: number) => {
      const EventPattern = JSON.stringify({ source: [""] });
      const filled = EventPattern.replace('""', `"${"s".repeat(length - EventPattern.length)}"`);
      return events.send(new PutRuleCommand({ Name: "long", EventPattern: filled }));
    };
    await put(2048);
    expect((await errorOf(put(2049))).name).to.equal("LimitExceededException");
  });

  it("refuse entries of 1048576 bytes together", async () => {
    // 7 for each source, 4 for each type.
    const put = (...sizes: number[]) =>
      events.send(
        new PutEventsCommand({
          Entries: sizes.map((size) => ({
            Source: "cordon.",
            DetailType: "test",
            Detail: JSON.stringify({ a: "b".repeat(size - 8) }),
          })),
        }),
      );
    await put(524_288 - 11, 524_288 - 12);
    const refused = await errorOf(put(524_288 - 11, 524_288 - 11));
    expect(refused.name).to.equal("ValidationException");
    expect(refused.message).to.equal("Total size of the entries in the request is over the limit.");
  });
});
