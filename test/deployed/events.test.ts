import { expect } from "chai";
import type { Injected } from "../../local/drill/session";
import { homeRegion, members } from "../../local/gateway/accounts";
import { envelope, instanceFinding, readGiven, rewritten } from "../../local/samples/guardduty";
import { seedInstance, seedVpc } from "../../local/seeds/networks";
import type { EventBridgeEvent } from "../../local/services/eventbridge/events";
import { type Deployed, deployed } from "./deployed";
import { answering } from "./exposure";

/** A finding that would be contained, were it not broken. */
const whole = () =>
  JSON.parse(
    JSON.stringify(
      instanceFinding({
        account: members[0]?.id ?? "",
        region: homeRegion,
        instance: "i-0123456789abcdef0",
      }),
    ),
  ) as EventBridgeEvent & { detail: Record<string, unknown> };

type Break = (event: ReturnType<typeof whole>) => unknown;
const broken: readonly (readonly [string, Break, RegExp])[] = [
  ["text that is no JSON", (event) => JSON.stringify(event).slice(0, 300), /not JSON/],
  ["nothing at all", () => "", /not JSON/],
  ["a list", (event) => [event], /the event: Invalid input: expected object/],
  ["null", () => "null", /the event: Invalid input/],
  ["another service's event", (event) => ({ ...event, source: "aws.inspector2" }), /source/],
  ["no detail-type", (event) => ({ ...event, "detail-type": undefined }), /detail-type/],
  ["no detail", (event) => ({ ...event, detail: null }), /detail: Invalid input/],
  [
    "another account's envelope",
    (event) => ({ ...event, account: "999988887777" }),
    /only from the security account/,
  ],
  [
    "an account that is no member",
    (event) => with_(event, { accountId: "999988887777" }),
    /not in the organization/,
  ],
  ["an account id that is short", (event) => with_(event, { accountId: "1234" }), /12-digit/],
  ["severity as text", (event) => with_(event, { severity: "9" }), /detail.severity/],
  ["severity beyond ten", (event) => with_(event, { severity: 11 }), /detail.severity/],
  ["no service", (event) => with_(event, { service: undefined }), /detail.service/],
  [
    "an instance id with a surprise",
    (event) =>
      with_(event, {
        resource: {
          resourceType: "Instance",
          instanceDetails: { instanceId: "i-0123456789abcdef0/../*" },
        },
      }),
    /must be an instance id/,
  ],
  ["another partition", (event) => with_(event, { partition: "aws-cn" }), /aws-cn/],
];

describe("an event that is no whole finding [D6] [E3]", () => {
  let here: Deployed;
  before("deploy into the local organization", async () => {
    here = await deployed();
  });

  /** Injects what a file with this content would hold. */
  async function inject(content: unknown): Promise<Injected> {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    const given = readGiven(text);
    return given.kind === "text"
      ? here.session.injectText(given.text, "test")
      : here.session.inject(given.event, "test");
  }

  async function deadLetters(): Promise<number> {
    const { responders, triage } = here.organization.contract;
    const queues = [...Object.values(responders), triage];
    const counts = await Promise.all(queues.map((queue) => here.session.letters(queue)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  for (const [what, break_, reason] of broken) {
    it(`is refused with its reason, kept, counted, and changes nothing: ${what}`, async () => {
      const kept = await deadLetters();
      const { results, calls, invocations } = await inject(break_(whole()));
      expect(results.map((each) => each.outcome)).to.deep.equal(["refused"]);
      expect(results[0]?.reason).to.match(reason);
      expect(await deadLetters()).to.equal(kept + 1);
      const counted = invocations
        .flatMap((each) => each.logs)
        .filter((line) => line.includes('"EventsRefused":1'));
      expect(counted).to.have.length(1);
      const changes = answering(calls).filter(
        (call) => call.mutating && call.action !== "sqs:SendMessage",
      );
      expect(changes.map((call) => call.action)).to.deep.equal([]);
    });
  }

  it("is notified when it is a finding that no playbook answers", async () => {
    const event = with_(whole(), {
      type: "UnauthorizedAccess:IAMUser/TorIPCaller",
      resource: { resourceType: "AccessKey", accessKeyDetails: { userName: "ci" } },
    });
    const { results } = await inject(event);
    expect(results.map((each) => each.outcome)).to.deep.equal(["notified"]);
  });

  it("is put into its envelope when it is a bare finding", async () => {
    const { results } = await inject(whole().detail);
    expect(results.map((each) => each.outcome)).to.deep.equal(["target-missing"]);
  });

  it("has its well-formed ids rewritten for a drill, and no broken ones", () => {
    const site = { account: "222233334444", region: "us-east-1" };
    const event = envelope("eu-central-1", {
      accountId: "999988887777",
      region: "eu-central-1",
      arn: "arn:aws:guardduty:eu-central-1:999988887777:detector/1",
      resource: { instanceDetails: { instanceId: "i-99999999" } },
    });
    expect(rewritten(event, site, { "i-99999999": "i-0a" }).detail).to.deep.equal({
      accountId: "222233334444",
      region: "us-east-1",
      arn: "arn:aws:guardduty:us-east-1:222233334444:detector/1",
      resource: { instanceDetails: { instanceId: "i-0a" } },
    });
    const short = { ...event, account: "12", detail: { accountId: "1234", region: "moon" } };
    expect(rewritten(short, site, {})).to.deep.include({
      account: "12",
      detail: { accountId: "1234", region: "moon" },
    });
  });
});

describe("an instance that is in quarantine already [R1]", () => {
  it("changes nothing and notifies the responders; the earlier containment is counted", async () => {
    const { organization, session } = await deployed();
    const site = { account: members[1]?.id ?? "", region: homeRegion };
    const vpc = await seedVpc(organization.gateway, site, { groups: ["batch"] });
    const first = await seedInstance(organization.gateway, vpc, {
      interfaces: [["batch"]],
      volumes: 1,
    });
    const contained = await session.inject(
      instanceFinding({ ...first, instance: first.id }),
      "test",
    );
    const counted = contained.invocations
      .flatMap((each) => each.logs)
      .filter((line) => line.includes('"RemediationActions":1'))
      .map((line) => JSON.parse(line));
    expect(counted).to.have.length(1);
    expect(counted[0]).to.include({
      Action: "contained",
      FindingType: "CryptoCurrency:EC2/BitcoinTool.B",
    });
    expect(counted[0]._aws.CloudWatchMetrics[0]).to.deep.include({
      Namespace: "GuardDuty/AutoRemediation",
      Dimensions: [["Action", "FindingType"]],
    });
    // The response has made the VPC's quarantine group; a person starts an instance inside it.
    const swap = organization.gateway.record.entries.findLast(
      (call) => call.action === "ec2:ModifyNetworkInterfaceAttribute",
    );
    const group = swap?.resource.find((arn) => arn.includes(":security-group/"))?.split("/")[1];
    const target = await seedInstance(organization.gateway, vpc, {
      interfaces: [[group ?? ""]],
      volumes: 1,
    });
    const { results, calls } = await session.inject(
      instanceFinding({ ...target, instance: target.id }),
      "test",
    );
    expect(results.map(({ outcome, reason }) => `${outcome}: ${reason}`)).to.deep.equal([
      `notified: ${target.id} is already contained; Cordon does not change it again`,
    ]);
    // The notice alone, that it is one of few, and that it was sent.
    expect(calls.filter((call) => call.mutating).map((call) => call.action)).to.deep.equal([
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "sns:Publish",
      "dynamodb:UpdateItem",
    ]);
  });
});

/** Changes fields of the finding itself; undefined removes one. */
function with_(
  event: ReturnType<typeof whole>,
  fields: Record<string, unknown>,
): ReturnType<typeof whole> {
  return { ...event, detail: { ...event.detail, ...fields } };
}
