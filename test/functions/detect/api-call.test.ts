import { expect } from "chai";
import fc from "fast-check";
import { driftCalls } from "../../../functions/catalogue/calls";
import { callParser } from "../../../functions/detect/api-call";
import { fixture } from "../../support/cases";
import { paths, spoiled } from "../../support/events";

const callOf = callParser("a call that may let out", ...driftCalls);
const moved = fixture("cloudtrail-modify-network-interface");
const reasonOf = (event: unknown) => {
  const call = callOf(event);
  return call.kind === "refused" ? call.reason : `not refused: ${call.eventName}`;
};

describe("a call that CloudTrail reports [D5]", () => {
  it("is in the envelope's account and region", () => {
    expect(callOf(moved)).to.deep.equal({
      kind: "call",
      account: "222233334444",
      region: "eu-central-1",
      eventName: "ModifyNetworkInterfaceAttribute",
      at: 1_780_646_400_000,
    });
  });

  it("is held to the names of its own source", () => {
    const inIam = spoiled(moved, ["source"], "aws.iam");
    expect(reasonOf(inIam)).to.match(/^Not a call that may let out: detail\.eventSource: .*"iam\./);
  });

  const refusals: readonly (readonly [string, unknown, string | RegExp])[] = [
    [
      "text",
      "x",
      "Not a call that may let out: the event: Invalid input: expected object, received string",
    ],
    ["nothing", undefined, /^Not a call that may let out: the event: /],
    [
      "another account in the detail",
      spoiled(moved, ["detail", "recipientAccountId"], "333344445555"),
      "The event of 222233334444 is about 333344445555",
    ],
    [
      "another region in the detail",
      spoiled(moved, ["detail", "awsRegion"], "us-east-1"),
      "The event of eu-central-1 is about us-east-1",
    ],
    [
      "a call that AWS refused",
      spoiled(moved, ["detail", "errorCode"], "Client.UnauthorizedOperation"),
      /^Not a call that may let out: detail\.errorCode: /,
    ],
    [
      "a call that lets nothing out",
      spoiled(moved, ["detail", "eventName"], "RunInstances"),
      /^Not a call that may let out: detail\.eventName: /,
    ],
    [
      "another service's event",
      spoiled(moved, ["source"], "aws.s3"),
      /^Not a call that may let out: source: /,
    ],
    [
      "an event of another kind",
      spoiled(moved, ["detail-type"], "GuardDuty Finding"),
      /^Not a call that may let out: detail-type: /,
    ],
  ];
  for (const [what, event, reason] of refusals) {
    it(`is refused with its reason: ${what}`, () => {
      if (typeof reason === "string") expect(reasonOf(event)).to.equal(reason);
      else expect(reasonOf(event)).to.match(reason);
    });
  }

  it("names an account only the envelope names, or is refused, however it is mangled", () => {
    const all = paths(moved);
    let read = 0;
    fc.assert(
      fc.property(fc.nat(), fc.oneof(fc.jsonValue(), fc.string()), (choice, value) => {
        const event = spoiled(moved, all[choice % all.length]!, value);
        const call = callOf(event);
        if (call.kind === "refused") return;
        read += 1;
        expect(call.account).to.equal(event.account);
        expect(call.account).to.match(/^\d{12}$/);
      }),
      { numRuns: 2_000 },
    );
    expect(read).to.be.above(100);
  });
});
