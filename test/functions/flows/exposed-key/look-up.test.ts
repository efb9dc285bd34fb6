import { expect } from "chai";
import {
  ActivityUnread,
  eventsPerRegion,
  lookUp,
} from "../../../../functions/flows/exposed-key/look-up";
import type { Trail } from "../../../../functions/history/event-history";

const at = new Date("2026-06-05T08:00:00Z");
const events = (region: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    EventId: `${region}-${index}`,
    EventName: "ListBuckets",
    EventSource: "s3.amazonaws.com",
    CloudTrailEvent: "{}",
  }));

/** Looks up in three regions, on a clock that only sleeping moves. */
function looking(page: Trail["page"], until = Number.POSITIVE_INFINITY) {
  let now = at.getTime();
  const slept: number[] = [];
  const activity = lookUp(
    "AKIAIOSFODNN7EXAMPLE",
    24,
    ["us-east-1", "eu-west-1", "eu-north-1"],
    { page },
    {
      now: () => new Date(now),
      sleep: async (ms) => {
        slept.push(ms);
        now += ms;
      },
      until,
    },
  );
  return { activity, slept };
}

describe("functions/flows/exposed-key/look-up [R4]", () => {
  it("reads the key's events of the past hours in every region", async () => {
    const asked: unknown[] = [];
    const { activity } = looking(async (region, lookedUp, next) => {
      asked.push([region, lookedUp, next]);
      return { events: events(region, 2) };
    });
    expect((await activity).events).to.equal(6);
    const what = {
      by: "AccessKeyId",
      value: "AKIAIOSFODNN7EXAMPLE",
      from: new Date("2026-06-04T08:00:00Z"),
      to: new Date("2026-06-05T08:00:00Z"),
    };
    expect(asked).to.deep.equal([
      ["us-east-1", what, undefined],
      ["eu-west-1", what, undefined],
      ["eu-north-1", what, undefined],
    ]);
  });

  it("follows the pages, two a second, as far as the newest thousand events", async () => {
    let pages = 0;
    const { activity, slept } = looking(async (region, _lookedUp, next) => {
      if (region !== "us-east-1") return { events: [] };
      pages += 1;
      const page = Number(next ?? 0);
      return { events: events(`${region}-${page}`, 50), next: String(page + 1) };
    });
    const { events: found, incomplete } = await activity;
    expect([pages, found, incomplete]).to.deep.equal([20, 1_000, ["us-east-1"]]);
    expect(eventsPerRegion).to.equal(1_000);
    expect(slept).to.deep.equal(Array.from({ length: 19 }, () => 500));
  });

  it("stops when its time is over, and names what is incomplete", async () => {
    const { activity } = looking(
      async (region, _lookedUp, next) => ({
        events: events(`${region}-${next ?? 0}`, 1),
        next: String(Number(next ?? 0) + 1),
      }),
      at.getTime() + 1,
    );
    const { incomplete } = await activity;
    expect(incomplete).to.deep.equal(["us-east-1", "eu-west-1", "eu-north-1"]);
  });

  it("names a region it cannot read, and sums up the others", async () => {
    const { activity } = looking(async (region) => {
      if (region !== "us-east-1")
        throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
      return { events: events(region, 3) };
    });
    const { events: found, unread } = await activity;
    expect(found).to.equal(3);
    expect(unread).to.deep.equal([
      { region: "eu-north-1", why: "ThrottlingException: Rate exceeded" },
      { region: "eu-west-1", why: "ThrottlingException: Rate exceeded" },
    ]);
  });

  it("keeps what it read of a region that fails on a later page", async () => {
    const { activity } = looking(async (region, _lookedUp, next) => {
      if (next !== undefined) throw new Error("reset");
      return { events: events(region, 1), ...(region === "eu-west-1" && { next: "1" }) };
    });
    const { events: found, incomplete, unread } = await activity;
    expect([found, incomplete, unread]).to.deep.equal([
      3,
      ["eu-west-1"],
      [{ region: "eu-west-1", why: "Error: reset" }],
    ]);
  });

  it("follows what the key created one step, ten principals at most", async () => {
    const call = (id: string, name: string, record: object) => ({
      EventId: id,
      EventName: name,
      EventSource: name === "CreateUser" ? "iam.amazonaws.com" : "sts.amazonaws.com",
      EventTime: at,
      CloudTrailEvent: JSON.stringify(record),
    });
    const session = (id: string) =>
      call(`s-${id}`, "GetSessionToken", {
        responseElements: { credentials: { accessKeyId: id } },
      });
    const user = (id: string, userName: string) =>
      call(id, "CreateUser", { requestParameters: { userName } });
    const asked: string[] = [];
    const { activity, slept } = looking(async (region, { by, value }) => {
      if (region !== "us-east-1") return { events: [] };
      asked.push(`${by} ${value}`);
      if (value === "AKIAIOSFODNN7EXAMPLE") {
        const sessions = Array.from({ length: 12 }, (_, n) =>
          session(`ASIAEXAMPLE00000000${n + 10}`),
        );
        return { events: [...sessions, user("u-1", "backdoor")] };
      }
      // What a created principal creates is listed, and not followed.
      return { events: value === "backdoor" ? [user("u-2", "second")] : [] };
    });
    const { created, followed } = await activity;
    expect(created).to.have.lengthOf(10);
    expect(asked.slice(0, 3)).to.deep.equal([
      "AccessKeyId AKIAIOSFODNN7EXAMPLE",
      "Username backdoor",
      "AccessKeyId ASIAEXAMPLE0000000021",
    ]);
    expect(asked).to.have.lengthOf(11);
    expect(asked).not.to.include("Username second");
    expect(slept).to.deep.equal(Array(10).fill(500));
    expect(followed[0]).to.deep.include({
      by: "Username",
      value: "backdoor",
      call: "iam:CreateUser",
      events: 1,
      failed: 0,
    });
    expect(followed[0]?.traces.map(({ name }) => name)).to.deep.equal(["second"]);
  });

  it("fails by name when no region could be read, so that the workflow retries and reports it", async () => {
    const { activity } = looking(async () => {
      throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
    });
    const error = await activity.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(ActivityUnread);
    expect((error as Error).name).to.equal("ActivityUnread");
    expect((error as Error).message).to.include("us-east-1: AccessDeniedException: no");
  });
});
