import { expect } from "chai";
import type { LookedUpEvent } from "../../../functions/history/event-history";
import { excerptCalls } from "../../../functions/history/excerpt";

let number = 0;

/** An event as LookupEvents returns it; `minute` of 10 o'clock. */
function event(
  name: string,
  minute: number,
  record: Readonly<Record<string, unknown>> = {},
  source = "iam.amazonaws.com",
): { readonly event: LookedUpEvent; readonly region: string } {
  number += 1;
  const at = `2026-11-20T10:${String(minute).padStart(2, "0")}:00Z`;
  return {
    region: "eu-central-1",
    event: {
      EventId: `e-${number}`,
      EventName: name,
      EventSource: source,
      EventTime: new Date(at),
      CloudTrailEvent: JSON.stringify({
        awsRegion: "us-east-1",
        sourceIPAddress: "198.51.100.23",
        readOnly: false,
        ...record,
      }),
    },
  };
}
const read = (name: string, minute: number, more: object = {}) =>
  event(name, minute, { readOnly: true, ...more }, "s3.amazonaws.com");
const denied = (name: string, minute: number, errorCode = "AccessDenied") =>
  read(name, minute, { errorCode });

const namesOf = (events: Parameters<typeof excerptCalls>[0]) =>
  excerptCalls(events).calls.map(({ call }) => call);

describe("an excerpt of CloudTrail [R12]", () => {
  it("says when, where, what, from where and how each call ended", () => {
    expect(excerptCalls([event("CreateUser", 1)])).to.deep.equal({
      found: 1,
      calls: [
        {
          at: "2026-11-20T10:01:00.000Z",
          region: "us-east-1",
          call: "iam:CreateUser",
          address: "198.51.100.23",
          addresses: 1,
          error: "",
          changes: true,
          times: 1,
        },
      ],
    });
  });

  it("has refused calls first, then changes, then reads, each the newest first", () => {
    const events = [
      read("ListBuckets", 9),
      event("CreateUser", 3),
      denied("ListSecrets", 1),
      event("CreateAccessKey", 4),
      denied("RunInstances", 2, "Client.UnauthorizedOperation"),
      event("DeleteUser", 5, { errorCode: "NoSuchEntityException" }),
      read("GetBucketAcl", 8, { errorCode: "NoSuchBucket" }),
    ];
    expect(namesOf(events)).to.deep.equal([
      "s3:RunInstances",
      "s3:ListSecrets",
      "iam:DeleteUser",
      "iam:CreateAccessKey",
      "iam:CreateUser",
      "s3:ListBuckets",
      "s3:GetBucketAcl",
    ]);
  });

  it("makes one line of a call that is repeated, from wherever: a flood hides nothing", () => {
    const flood = Array.from({ length: 500 }, (_, index) =>
      event("CreateTags", 30, { sourceIPAddress: `203.0.113.${index % 200}` }, "ec2.amazonaws.com"),
    );
    const { calls, found } = excerptCalls([...flood, event("CreateUser", 1)]);
    expect(found).to.equal(501);
    expect(calls.map(({ call, times, addresses }) => [call, times, addresses])).to.deep.equal([
      ["ec2:CreateTags", 500, 200],
      ["iam:CreateUser", 1, 1],
    ]);
  });

  it("has at most twenty, and no more than ten refused ones while there are changes", () => {
    const refused = Array.from({ length: 30 }, (_, index) => denied(`List${index}`, index));
    const changes = Array.from({ length: 30 }, (_, index) => event(`Create${index}`, index));
    const names = namesOf([...refused, ...changes]);
    expect(names).to.have.lengthOf(20);
    expect(names.slice(8, 12)).to.deep.equal([
      "s3:List21",
      "s3:List20",
      "iam:Create29",
      "iam:Create28",
    ]);
    expect(namesOf([...refused, event("CreateUser", 1)]).slice(10, 12)).to.deep.equal([
      "iam:CreateUser",
      "s3:List19",
    ]);
  });

  it("counts an event that two look-ups found once", () => {
    const twice = event("CreateUser", 1);
    const { calls, found } = excerptCalls([twice, twice]);
    expect([found, calls[0]?.times]).to.deep.equal([1, 1]);
  });

  it("cleans what strangers chose, and takes a call that says nothing for a change", () => {
    const forged = event("X", 1, {
      sourceIPAddress: `one\ntwo \u202e${"x".repeat(200)}`,
      errorCode: { toString: "none" },
      awsRegion: 7,
    });
    const [call] = excerptCalls([forged]).calls;
    expect(call?.address).to.equal(`one two ${"x".repeat(119)}…`);
    expect([call?.error, call?.region]).to.deep.equal(["", "eu-central-1"]);
    const { EventId: _, ...bare } = forged.event;
    const broken = { event: { ...bare, CloudTrailEvent: "no JSON" }, region: "us-east-1" };
    expect(excerptCalls([broken]).calls).to.deep.equal([
      {
        at: "2026-11-20T10:01:00.000Z",
        region: "us-east-1",
        call: "iam:X",
        address: "",
        addresses: 1,
        error: "",
        changes: true,
        times: 1,
      },
    ]);
    const reads = { ...broken, event: { ...broken.event, ReadOnly: "true" } };
    expect(excerptCalls([reads]).calls[0]?.changes).to.equal(false);
  });
});
