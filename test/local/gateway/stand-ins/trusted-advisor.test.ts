import {
  DescribeTrustedAdvisorCheckResultCommand,
  DescribeTrustedAdvisorChecksCommand,
  SupportClient,
} from "@aws-sdk/client-support";
import { expect } from "chai";
import { seedServiceRole } from "../../../../local/seeds/identities";
import { data, errorOf, management, region, seedOf, shop } from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("The exposed-key check of Trusted Advisor", () => {
  const world = useWorld();
  const ask = (account: string, checkId = "12Fnkpl8Y5", at = region) =>
    new SupportClient({ ...world.as(seedOf(world, account)), region: at }).send(
      new DescribeTrustedAdvisorCheckResultCommand({ checkId }),
    );

  it("shows each account its own keys, in the columns of the check", async () => {
    world.trustedAdvisor.flag(shop, {
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      userName: "ann",
      caseId: "01234567-89ab-cdef-0123-456789abcdef",
      updated: new Date("2026-11-21T09:00:00Z"),
      location: "https://code.example.com/ann/shop",
      deadline: new Date("2026-11-26T09:00:00Z"),
    });
    const { result } = await ask(shop);
    expect(result).to.include({ checkId: "12Fnkpl8Y5", status: "error" });
    expect(result?.resourcesSummary).to.include({ resourcesFlagged: 1, resourcesSuppressed: 0 });
    expect(result?.flaggedResources?.map(({ metadata }) => metadata)).to.deep.equal([
      [
        "AKIAIOSFODNN7EXAMPLE",
        "ann",
        "Exposed",
        "01234567-89ab-cdef-0123-456789abcdef",
        "1795251600000",
        "https://code.example.com/ann/shop",
        "1795683600000",
        "0",
      ],
    ]);
    expect((await ask(data)).result).to.deep.include({ status: "ok", flaggedResources: [] });
    world.trustedAdvisor.clear(shop);
    expect((await ask(shop)).result).to.deep.include({ status: "ok", flaggedResources: [] });
  });

  it("is refused to accounts without the support plan", async () => {
    world.trustedAdvisor.withoutPlan(management);
    expect((await errorOf(ask(management))).name).to.equal("SubscriptionRequiredException");
  });

  it("needs the permission for it", async () => {
    const site = { account: shop, region };
    const role = await seedServiceRole(world, site, "lambda", { name: "mute", allow: ["s3:*"] });
    const mute = await world.callers.serviceSession("lambda", role.arn, "run", "cordon");
    const asked = new SupportClient(world.as(mute)).send(
      new DescribeTrustedAdvisorCheckResultCommand({ checkId: "12Fnkpl8Y5" }),
    );
    expect((await errorOf(asked)).name).to.equal("AccessDeniedException");
  });

  it("refuses by name other checks, regions and operations", async () => {
    const unknown = "CordonLocalUnknownOperation";
    expect((await errorOf(ask(shop, "DqdJqYeRm5"))).message).to.contain('check "DqdJqYeRm5"');
    expect((await errorOf(ask(shop, "12Fnkpl8Y5", "eu-west-1"))).name).to.equal(unknown);
    const checks = new SupportClient(world.as(seedOf(world, shop))).send(
      new DescribeTrustedAdvisorChecksCommand({ language: "en" }),
    );
    expect((await errorOf(checks)).name).to.equal(unknown);
  });
});
