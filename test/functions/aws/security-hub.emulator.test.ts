import { EnableSecurityHubCommand, SecurityHubClient } from "@aws-sdk/client-securityhub";
import { expect } from "chai";
import { securityHub } from "../../../functions/aws/security-hub";
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
const product = `arn:aws:securityhub:${region}::product/aws/guardduty`;

describe("Security Hub, as Cordon updates it [E5]", () => {
  const environment = { ...process.env };
  const world = useWorld();
  before(async () => {
    const hub = new SecurityHubClient({ ...world.as(seedOf(world, security)), region });
    await hub.send(new EnableSecurityHubCommand({}));
    const may = policy(allow(["securityhub:BatchUpdateFindings", "securityhub:GetFindings"], "*"));
    const role = await makeRole(world, security, "teller", trustLambda, may);
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

  /** Has GuardDuty send a finding to Security Hub; it arrives when the test says so. */
  const sent = () => {
    const event = instanceFinding({ account: shop, region, instance: builders.instanceId });
    const { id, arn } = event.detail as { readonly id: string; readonly arn: string };
    world.hubFindings.sent(region, event.detail);
    return { id, name: { id: arn, product } };
  };

  it("has a finding once it has arrived, and its status and note as they are written", async () => {
    const { id, name } = sent();
    const hub = securityHub();
    expect(await hub.read(region, [name])).to.deep.equal([]);
    const status = "NOTIFIED";
    expect(await hub.update(region, name, { status, note: "Isolated." })).to.equal(
      "FindingNotFound",
    );
    world.hubFindings.arrive();
    expect(await hub.read(region, [name])).to.deep.equal([{ ...name, status: "NEW" }]);
    expect(await hub.update(region, name, { status, note: "Isolated." })).to.equal(undefined);
    expect(await hub.read(region, [name])).to.deep.equal([{ ...name, status, noteBy: "Cordon" }]);
    expect(world.hubFindings.find(region, id)?.Note?.Text).to.equal("Isolated.");
    world.hubFindings.set(region, id, "RESOLVED", "Looked at it.");
    expect(await hub.read(region, [name])).to.deep.equal([
      { ...name, status: "RESOLVED", noteBy: "ana" },
    ]);
    await hub.update(region, name, { status: "SUPPRESSED" });
    expect(world.hubFindings.find(region, id)?.Note?.Text).to.equal("Looked at it.");
  });

  it("is read by twenty ids at a time", async () => {
    const names = Array.from({ length: 41 }, () => sent().name);
    world.hubFindings.arrive();
    const before = world.record.entries.length;
    expect(await securityHub().read(region, names)).to.have.length(41);
    const calls = world.record.entries.slice(before).map(({ action }) => action);
    expect(calls).to.deep.equal(Array(3).fill("securityhub:GetFindings"));
  });

  it("throws where it is off", async () => {
    const { name } = sent();
    const error = await errorOf(securityHub().read("us-west-2", [name]));
    expect([error.name, error.message]).to.deep.equal([
      "InvalidAccessException",
      "Account 123456789012 is not subscribed to AWS Security Hub",
    ]);
  });
});
