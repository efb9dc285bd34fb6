import { CreateDetectorCommand, GuardDutyClient } from "@aws-sdk/client-guardduty";
import { expect } from "chai";
import { findings } from "../../../functions/aws/findings";
import { instanceFinding } from "../../../local/samples/guardduty";
import * as builders from "../../support/builders";
import {
  allow,
  errorOf,
  makeRole,
  policy,
  security,
  seedOf,
  shop,
  trustLambda,
} from "../../support/local/gateway";
import { useWorld } from "../../support/world";

const region = "eu-central-1";

describe("what GuardDuty says of a finding [C2]", () => {
  const environment = { ...process.env };
  const world = useWorld();
  before(async () => {
    const guardDuty = new GuardDutyClient({ ...world.as(seedOf(world, security)), region });
    await guardDuty.send(new CreateDetectorCommand({ Enable: true }));
    const may = policy(
      allow(
        [
          "guardduty:ArchiveFindings",
          "guardduty:GetFindings",
          "guardduty:ListDetectors",
          "guardduty:UpdateFindingsFeedback",
        ],
        "*",
      ),
    );
    const role = await makeRole(world, security, "asker", trustLambda, may);
    const given = await world.callers.serviceSession("lambda", role, "run", "cordon");
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: world.url,
      AWS_ACCESS_KEY_ID: given.accessKeyId,
      AWS_SECRET_ACCESS_KEY: given.secretAccessKey,
      AWS_SESSION_TOKEN: given.sessionToken ?? "",
    });
  });
  after(() => {
    process.env = environment;
  });

  /** Sends an event of a member's detector, and gives the finding as the responder parses it. */
  const sent = (at: string) => {
    const event = instanceFinding({
      account: shop,
      region,
      instance: builders.instanceId,
      lastSeen: new Date(at),
    });
    const detail = event.detail as { readonly id: string };
    world.findings.sent(region, detail);
    const finding = builders.finding({
      id: detail.id,
      report: { sentAt: at, region, updatedAt: at },
    });
    return { finding, detail };
  };

  it("is that it is current, until it is updated or archived", async () => {
    const { finding, detail } = sent("2026-11-20T10:00:00.000Z");
    expect(await findings().currency(finding)).to.equal("current");
    world.findings.sent(region, { ...detail, updatedAt: "2026-11-20T10:15:00.000Z" });
    expect(await findings().currency(finding)).to.equal("updated");
    world.findings.archive(region, finding.id);
    expect(await findings().currency(finding)).to.equal("archived");
  });

  it("is that it is archived and was not useful, once Cordon has it archived [E5]", async () => {
    const { finding } = sent("2026-11-20T10:00:00.000Z");
    expect(world.findings.stateOf(region, finding.id)).to.deep.equal({ archived: false });
    await findings().archive(region, finding.id);
    const state = { archived: true, feedback: "NOT_USEFUL" };
    expect(world.findings.stateOf(region, finding.id)).to.deep.equal(state);
    expect((await errorOf(findings().archive("us-west-2", finding.id))).message).to.equal(
      "The security account has no GuardDuty detector in us-west-2",
    );
  });

  it("is nothing of a finding that it does not have in the detector's region", async () => {
    const { finding } = sent("2026-11-20T10:00:00.000Z");
    expect(await findings().currency({ ...finding, id: "0".repeat(32) })).to.equal("missing");
    const elsewhere = { ...finding.report!, region: "us-west-2" };
    expect(
      (await errorOf(findings().currency({ ...finding, report: elsewhere }))).message,
    ).to.equal("The security account has no GuardDuty detector in us-west-2");
  });

  it("is no proof where the event does not say when the finding was updated", async () => {
    const { finding } = sent("2026-11-20T10:00:00.000Z");
    const { updatedAt: _, ...report } = finding.report!;
    expect(await findings().currency({ ...finding, report })).to.equal("updated");
    const { report: __, ...unreported } = finding;
    expect((await errorOf(findings().currency(unreported))).message).to.equal(
      "The finding does not say where it was reported",
    );
  });
});
