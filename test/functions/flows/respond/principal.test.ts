import { expect } from "chai";
import { readExcerpt } from "../../../../functions/flows/approval/excerpt";
import { isOf, usernames } from "../../../../functions/flows/respond/principal";
import type { LookedUpEvent } from "../../../../functions/history/event-history";
import type { IncidentRecord } from "../../../../functions/record/journal";
import * as builders from "../../../support/builders";
import { SimulatedWorld } from "../../../support/simulated-world";

const call = (EventName: string, userIdentity: object): LookedUpEvent => ({
  EventId: EventName,
  EventName,
  EventSource: "iam.amazonaws.com",
  EventTime: new Date("2026-11-20T10:01:00Z"),
  CloudTrailEvent: JSON.stringify({ userIdentity, sourceIPAddress: "198.51.100.23" }),
});
const byUser = (principalId: string) => call("CreateUser", { type: "IAMUser", principalId });
const byRole = (userName: string) =>
  call("CreateRole", { type: "AssumedRole", sessionContext: { sessionIssuer: { userName } } });

describe("the principals of an attack sequence [D7]", () => {
  let record: IncidentRecord;
  before(async () => {
    const world = new SimulatedWorld(builders.sequenceAccount());
    const of = [builders.userIncident(), builders.roleIncident(), builders.incident()];
    await world.answer(builders.sequenceIncident(of));
    record = world.items[`${builders.sequenceKey}-1`]?.record as IncidentRecord;
  });

  it("are looked up by the names of each part", () => {
    expect(usernames(record)).to.deep.equal(["deploy", "alice@example.com", builders.instanceId]);
  });

  it("have the calls of each part, and no namesake's", () => {
    expect(
      [byUser(builders.userId), byRole("analyst"), byRole("web")].map((each) => isOf(each, record)),
    ).to.deep.equal([true, true, true]);
    expect(
      [byUser("AIDAEXAMPLEUSER000009"), byRole("pipeline")].map((each) => isOf(each, record)),
    ).to.deep.equal([false, false]);
  });

  it("are all read before people are asked", async () => {
    const asked: string[] = [];
    const excerpt = await readExcerpt(record, false, {
      now: () => new Date("2026-11-20T10:05:00Z"),
      sleep: (ms) => (ms > 1_000 ? new Promise<void>(() => undefined) : Promise.resolve()),
      history: async () => ({
        async page(region, { by, value }) {
          asked.push(`${region} ${by} ${value}`);
          const isUsers = region === "us-east-1" && value === "deploy";
          return { events: isUsers ? [byUser(builders.userId)] : [] };
        },
      }),
    });
    expect(excerpt?.found).to.equal(1);
    expect(asked.filter((each) => each.startsWith("us-east-1")).sort()).to.deep.equal([
      "us-east-1 AccessKeyId ASIAEXAMPLEKEY000009",
      "us-east-1 Username alice@example.com",
      "us-east-1 Username deploy",
      `us-east-1 Username ${builders.instanceId}`,
    ]);
  });
});
