import { expect } from "chai";
import fc from "fast-check";
import { isAnsweredElsewhere } from "../../../../functions/catalogue/routing";
import { taskOf } from "../../../../functions/flows/sweep/tasks";
import { endpointsChanged, vpcCreated } from "../../../../local/samples/network";
import { fixture } from "../../../support/cases";
import { type Json, paths, removed, spoiled } from "../../../support/events";

const event = fixture("cloudtrail-create-vpc");
const vpcPath = ["detail", "responseElements", "vpc", "vpcId"];
const reasonOf = (message: unknown) => {
  const work = taskOf(message);
  return work.task === "refused" ? work.reason : `not refused: ${work.task}`;
};

describe("a message to the sweeper [D5] [D6]", () => {
  it("of a new VPC names it, with the envelope's account and region", () => {
    expect(taskOf(event)).to.deep.equal({
      task: "change",
      account: "222233334444",
      region: "eu-central-1",
      vpc: "vpc-0a1b2c3d4e5f60718",
      at: 1_780_646_400_000,
    });
  });

  it("of endpoints, or of a default VPC, is about the whole region", () => {
    for (const name of [
      "CreateDefaultVpc",
      "CreateVpcEndpoint",
      "DeleteVpcEndpoints",
      "ModifyVpcEndpoint",
    ]) {
      const work = taskOf(spoiled(event, ["detail", "eventName"], name));
      expect(work, name).to.include({ task: "change", region: "eu-central-1" });
      expect(work, name).not.to.have.property("vpc");
    }
  });

  it("of the drill's own making reads like CloudTrail's", () => {
    const site = { account: "222233334444", region: "us-east-1" };
    const made = vpcCreated({ ...site, id: "vpc-0a1b2c3d4e5f60718" });
    expect(isAnsweredElsewhere(made)).to.equal(true);
    expect(taskOf(made)).to.include({ task: "change", vpc: "vpc-0a1b2c3d4e5f60718" });
    const changed = endpointsChanged(site, "DeleteVpcEndpoints");
    expect(isAnsweredElsewhere(changed)).to.equal(true);
    expect(taskOf(changed).task).to.equal("change");
  });

  const refusals: readonly (readonly [string, unknown, string])[] = [
    [
      "text",
      "x",
      "Not a change of a VPC: the event: Invalid input: expected object, received string",
    ],
    [
      "a VPC id that is none",
      spoiled(event, vpcPath, "vpc-1; drop"),
      "Not a new VPC: detail.responseElements.vpc.vpcId: must be a VPC's id",
    ],
    [
      "a VPC id that is missing",
      removed(event, vpcPath),
      "Not a new VPC: detail.responseElements.vpc.vpcId: Invalid input: expected string, received undefined",
    ],
    [
      "an account that is none",
      spoiled(event, ["account"], "1234"),
      "Not a change of a VPC: account: must be a 12-digit account id",
    ],
    [
      "a region that is none",
      spoiled(event, ["region"], "moon"),
      "Not a change of a VPC: region: must be a region",
    ],
    [
      "another region in the detail",
      spoiled(event, ["detail", "awsRegion"], "us-east-1"),
      "The event of eu-central-1 is about us-east-1",
    ],
    [
      "another account in the detail",
      spoiled(event, ["detail", "recipientAccountId"], "333344445555"),
      "The event of 222233334444 is about 333344445555",
    ],
    [
      "a call that AWS refused",
      spoiled(event, ["detail", "errorCode"], "Client.VpcLimitExceeded"),
      "Not a change of a VPC: detail.errorCode: Invalid input: expected undefined, received string",
    ],
    [
      "an unknown task",
      { task: "delete", account: "222233334444" },
      "Not a task of the sweeper's: task: Invalid discriminator value. Expected 'account' | 'look-again'",
    ],
    [
      "a task about no account",
      { task: "account", account: "*" },
      "Not a task of the sweeper's: account: must be a 12-digit account id",
    ],
  ];
  for (const [what, message, reason] of refusals) {
    it(`is refused with its reason: ${what}`, () => {
      expect(reasonOf(message)).to.equal(reason);
    });
  }

  it("names a place and a VPC that are well formed, or is refused, however it is mangled", () => {
    const all = paths(event);
    let read = 0;
    fc.assert(
      fc.property(fc.nat(), fc.oneof(fc.jsonValue(), fc.string()), (choice, value) => {
        const work = taskOf(spoiled(event, all[choice % all.length]!, value));
        if (work.task === "refused") return;
        if (work.task !== "change") throw new Error(`read as ${work.task}`);
        read += 1;
        expect(work.account).to.match(/^\d{12}$/);
        expect(work.region).to.match(/^[a-z]{2}(-[a-z]+)+-\d$/);
        if (work.vpc !== undefined) expect(work.vpc).to.match(/^vpc-([0-9a-f]{8}|[0-9a-f]{17})$/);
      }),
      { numRuns: 2_000 },
    );
    expect(read).to.be.above(100);
  });
});

describe("what triage leaves to the sweeper", () => {
  const rows: readonly (readonly [string, Json, boolean])[] = [
    ["a new VPC", event, true],
    ["a changed endpoint", spoiled(event, ["detail", "eventName"], "ModifyVpcEndpoint"), true],
    ["another call of EC2", spoiled(event, ["detail", "eventName"], "DeleteVpc"), false],
    ["a refused call", spoiled(event, ["detail", "errorCode"], "Client.VpcLimitExceeded"), false],
    [
      "a call of another service",
      spoiled(event, ["detail", "eventSource"], "rds.amazonaws.com"),
      false,
    ],
    ["no event of a call", spoiled(event, ["detail-type"], "EC2 Instance State-change"), false],
  ];
  for (const [what, given, answered] of rows) {
    it(`is what its rule matches: ${what}`, () => {
      expect(isAnsweredElsewhere(given)).to.equal(answered);
    });
  }
});
