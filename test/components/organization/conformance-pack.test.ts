import { expect } from "chai";
import YAML from "yaml";
import { ConformancePack } from "../../../components/organization/conformance-pack";
import { record } from "../../support/recorder";

/** Identifiers and parameters as "List of AWS Config Managed Rules" has them, written by hand. */
const regional = {
  CordonRestrictedSsh: rule(
    "cordon-restricted-ssh",
    "No security group lets the whole internet in by SSH",
    "INCOMING_SSH_DISABLED",
  ),
  CordonRestrictedRdp: rule(
    "cordon-restricted-rdp",
    "No security group lets the whole internet in by RDP",
    "RESTRICTED_INCOMING_TRAFFIC",
    { InputParameters: { blockedPort1: "3389" } },
  ),
  CordonBucketEncryption: rule(
    "cordon-bucket-encryption",
    "Every bucket is encrypted by default",
    "S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED",
  ),
  CordonBucketPublicAccess: rule(
    "cordon-bucket-public-access",
    "Every bucket blocks public access",
    "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
  ),
  CordonBucketPublicRead: rule(
    "cordon-bucket-public-read",
    "No bucket allows public read access",
    "S3_BUCKET_PUBLIC_READ_PROHIBITED",
  ),
  CordonBucketPublicWrite: rule(
    "cordon-bucket-public-write",
    "No bucket allows public write access",
    "S3_BUCKET_PUBLIC_WRITE_PROHIBITED",
  ),
  CordonVolumeEncryption: rule(
    "cordon-volume-encryption",
    "Every attached volume is encrypted",
    "ENCRYPTED_VOLUMES",
  ),
  CordonVolumeEncryptionByDefault: rule(
    "cordon-volume-encryption-by-default",
    "New volumes are encrypted by default",
    "EC2_EBS_ENCRYPTION_BY_DEFAULT",
    { MaximumExecutionFrequency: "TwentyFour_Hours" },
  ),
  CordonInstanceMetadata: rule(
    "cordon-instance-metadata",
    "Every instance's metadata service wants tokens",
    "EC2_IMDSV2_CHECK",
  ),
  CordonKmsKeyRotation: rule(
    "cordon-kms-key-rotation",
    "KMS rotates every customer managed key",
    "CMK_BACKING_KEY_ROTATION_ENABLED",
    { MaximumExecutionFrequency: "TwentyFour_Hours" },
  ),
  CordonSubnetPublicAddresses: rule(
    "cordon-subnet-public-addresses",
    "No subnet gives instances a public address by default",
    "SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED",
  ),
  CordonTableRecovery: rule(
    "cordon-table-recovery",
    "Every table can be restored to any second",
    "DYNAMODB_PITR_ENABLED",
    { MaximumExecutionFrequency: "TwentyFour_Hours" },
  ),
};
const global = {
  CordonConsoleMfa: rule(
    "cordon-console-mfa",
    "Every user with a password signs in with a second factor",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
    { MaximumExecutionFrequency: "TwentyFour_Hours" },
  ),
  CordonRootMfa: rule(
    "cordon-root-mfa",
    "Root signs in with a second factor",
    "ROOT_ACCOUNT_MFA_ENABLED",
    { MaximumExecutionFrequency: "TwentyFour_Hours" },
  ),
};

function rule(name: string, description: string, identifier: string, more: object = {}) {
  return {
    Type: "AWS::Config::ConfigRule",
    Properties: {
      ConfigRuleName: name,
      Description: description,
      Source: { Owner: "AWS", SourceIdentifier: identifier },
      ...more,
    },
  };
}

describe("components/organization/conformance-pack [P1] [P9]", () => {
  const deploy = (excludedAccounts: readonly string[] = []) =>
    record(
      () =>
        new ConformancePack("posture", {
          stage: "prod",
          governedRegions: ["us-east-1", "eu-west-1"],
          homeRegion: "us-east-1",
          excludedAccounts,
        }),
    );

  it("evaluates in every governed region what is there, and IAM in the home region alone", async () => {
    const { ofType } = await deploy();
    const packs = ofType("aws:cfg/organizationConformancePack:OrganizationConformancePack");
    const read = packs.map(({ inputs: { templateBody, ...inputs } }) => ({
      ...inputs,
      template: YAML.parse(templateBody),
    }));
    expect(read).to.deep.equal([
      {
        region: "us-east-1",
        name: "cordon-posture-prod",
        template: { Resources: { ...regional, ...global } },
      },
      { region: "eu-west-1", name: "cordon-posture-prod", template: { Resources: regional } },
    ]);
  });

  it("is within the 51,200 bytes of a template, and its rules within their 128 characters", async () => {
    const { ofType } = await deploy();
    for (const { inputs } of ofType(
      "aws:cfg/organizationConformancePack:OrganizationConformancePack",
    )) {
      expect(Buffer.byteLength(inputs.templateBody)).to.be.within(1_000, 51_200);
    }
    for (const { Properties } of Object.values({ ...regional, ...global })) {
      expect(Properties.ConfigRuleName.length).to.be.at.most(128);
    }
  });

  it("leaves access keys to the baseline's own rule, so that none is evaluated twice", async () => {
    const { resources } = await deploy();
    expect(JSON.stringify(resources)).to.not.contain("ACCESS_KEYS_ROTATED");
  });

  it("excludes the accounts that have no recorder", async () => {
    const { named } = await deploy(["777788889999"]);
    expect(named("posture-eu-west-1").inputs.excludedAccounts).to.deep.equal(["777788889999"]);
  });
});
