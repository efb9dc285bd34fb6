import { GuardDutyClient, ListDetectorsCommand } from "@aws-sdk/client-guardduty";
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from "@aws-sdk/client-s3";
import {
  DeleteParameterCommand,
  paginateGetParametersByPath,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { accountProvider } from "../../components/organization/account-provider";
import { discoverDetection } from "../../deploy/discover";
import { checkUnits } from "../../deploy/members";
import { deployDetectors } from "../../deploy/organization";
import { governedRegions, members, security } from "../../local/gateway/accounts";
import { trustedConfig } from "../../local/gateway/client";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import type { Deployment, Engine } from "../../local/organization/engine";
import { readSettings } from "../../settings";

let publishFindings = true;

/** The part of the program that leaves something standing, in an account of a unit. */
async function program() {
  const settings = {
    ...readSettings(),
    publishFindings,
    organizationalUnits: ["ou-cord-security"],
  };
  const { managementAccount, homeRegion } = settings;
  const management = accountProvider("management", {
    ...settings,
    account: managementAccount,
  });
  await checkUnits(settings, management);
  const standing = await discoverDetection(management, homeRegion, settings.governedRegions);
  deployDetectors(settings, management, standing);
  return {};
}

describe("a deployment after one that was destroyed [P2] [P12]", () => {
  let organization: LocalOrganization;
  let engine: Engine;
  let again: Deployment;
  let detectors: readonly string[];
  const at = (region: string) => ({
    ...trustedConfig(organization.gateway, security.id, "test", region),
    forcePathStyle: true,
  });
  const standingDetectors = async () =>
    (
      await Promise.all(
        governedRegions.map(async (region) => {
          const guardDuty = new GuardDutyClient(at(region));
          return (await guardDuty.send(new ListDetectorsCommand({}))).DetectorIds ?? [];
        }),
      )
    ).flat();
  const notes = async () => {
    const found: Record<string, string> = {};
    const client = new SSMClient(at("us-east-1"));
    const asked = { Path: "/cordon/retained", Recursive: true };
    for await (const { Parameters = [] } of paginateGetParametersByPath({ client }, asked)) {
      for (const { Name = "", Value = "" } of Parameters) found[Name] = Value;
    }
    return found;
  };

  before("deploy, destroy and deploy again", async () => {
    organization = await openLocalOrganization();
    engine = await organization.stack({ project: "", account: security.id, program });
    await engine.up();
    detectors = await standingDetectors();
    await engine.destroy();
    expect(Object.keys(await notes())).not.to.include("/cordon/retained/declared");
    again = await engine.up();
  });
  after(() => organization?.close());

  it("takes up what was left standing, by what is noted of it", async () => {
    expect(detectors).to.have.length(2);
    expect(await standingDetectors()).to.deep.equal(detectors);
    const [home, other] = detectors;
    const noted = {
      "guardduty-us-east-1-detector": home,
      "guardduty-eu-west-1-detector": `${other}@eu-west-1`,
      // The emulator's own name for the role.
      "management-guardduty-role":
        "arn:aws:iam::111122223333:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForguardduty",
      "management-guardduty-us-east-1": "123456789012",
      "management-guardduty-eu-west-1": "123456789012@eu-west-1",
      "management-security-hub": "123456789012",
      "security-hub-account": "123456789012",
      // The local provider records these two, under the names of the resources.
      "security-hub-organization-aggregator": "security-hub-organization-aggregator",
      "security-hub-organization-policy": "security-hub-organization-policy",
      "published-findings-store-bucket": "cordon-findings-123456789012",
    };
    expect(again.changes.import).to.equal(10);
    expect(await notes()).to.deep.equal({
      "/cordon/retained/declared": Object.keys(noted).sort().join(","),
      ...Object.fromEntries(
        Object.entries(noted).map(([name, id]) => [`/cordon/retained/resources/${name}`, id]),
      ),
    });
  });

  it("has it in its state from then on, like one that was never destroyed", async () => {
    const { changes } = await engine.up();
    expect(Object.keys(changes)).to.deep.equal(["same"]);
  });

  it("takes up again what the settings left out for a while", async () => {
    publishFindings = false;
    await engine.up();
    publishFindings = true;
    expect((await engine.up()).changes.import).to.equal(1);
  });

  it("takes no bucket of another account, whether or not it has a note of its own", async () => {
    await engine.destroy();
    const Bucket = "cordon-findings-123456789012";
    await new S3Client(at("us-east-1")).send(new DeleteBucketCommand({ Bucket }));
    const foreign = organization.gateway.callers.trusted(members[0]?.id ?? "", "test", "seed");
    await new S3Client({ ...at("us-east-1"), credentials: foreign }).send(
      new CreateBucketCommand({ Bucket }),
    );
    const refusal = async () =>
      await engine.up().then(
        () => "done",
        (error: Error) => error.message,
      );
    const foreignOwner = `Forbidden: another account has the bucket ${Bucket}`;
    expect(await refusal()).to.contain(foreignOwner);
    await new SSMClient(at("us-east-1")).send(
      new DeleteParameterCommand({
        Name: "/cordon/retained/resources/published-findings-store-bucket",
      }),
    );
    expect(await refusal()).to.contain(foreignOwner);
  });
});
