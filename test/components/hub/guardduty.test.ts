import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { GuardDuty, GuardDutyOrganization } from "../../../components/hub/guardduty";
import { PublishedFindings } from "../../../components/hub/published-findings";
import { SecurityHub, SecurityHubOrganization } from "../../../components/hub/security-hub";
import type { GuardDutyFeature } from "../../../settings/detection";
import { record, resolved } from "../../support/recorder";

const watched = {
  guardDutyFeatures: [
    "S3_DATA_EVENTS",
    "RUNTIME_MONITORING",
    "EC2_AGENT_MANAGEMENT",
  ] as readonly GuardDutyFeature[],
  suppressionFilters: [],
  trustedAddresses: [],
};
const args = { ...watched, region: "eu-west-1", securityAccount: "444455556666", retained: {} };

/** The inputs of every resource of a type, without the region they all share. */
const inputsOf = (
  { ofType }: Pick<Awaited<ReturnType<typeof record>>, "ofType">,
  type: string,
  region: string,
) =>
  ofType(type).map(({ inputs: { region: where, ...others } }) => {
    expect(where).to.equal(region);
    return others;
  });

describe("GuardDuty in a region [P2] [P11]", () => {
  it("has a detector that repeats findings every quarter of an hour, marked as Cordon's", async () => {
    const recording = await record(() => new GuardDuty("gd", args));
    expect(inputsOf(recording, "aws:guardduty/detector:Detector", "eu-west-1")).to.deep.equal([
      {
        enable: true,
        findingPublishingFrequency: "FIFTEEN_MINUTES",
        tags: { cordon: "detection" },
      },
    ]);
    expect(await resolved(recording.result.detectorId as pulumi.Input<string>)).to.equal(
      "id:gd-detector",
    );
  });

  it("switches every feature, those that are not listed off", async () => {
    const recording = await record(() => new GuardDuty("gd", args));
    const detectorId = "id:gd-detector";
    expect(
      inputsOf(recording, "aws:guardduty/detectorFeature:DetectorFeature", "eu-west-1"),
    ).to.deep.equal([
      { detectorId, name: "S3_DATA_EVENTS", status: "ENABLED" },
      { detectorId, name: "EKS_AUDIT_LOGS", status: "DISABLED" },
      { detectorId, name: "EBS_MALWARE_PROTECTION", status: "DISABLED" },
      { detectorId, name: "RDS_LOGIN_EVENTS", status: "DISABLED" },
      { detectorId, name: "LAMBDA_NETWORK_LOGS", status: "DISABLED" },
      {
        detectorId,
        name: "RUNTIME_MONITORING",
        status: "ENABLED",
        additionalConfigurations: [
          { name: "EKS_ADDON_MANAGEMENT", status: "DISABLED" },
          { name: "ECS_FARGATE_AGENT_MANAGEMENT", status: "DISABLED" },
          { name: "EC2_AGENT_MANAGEMENT", status: "ENABLED" },
        ],
      },
    ]);
  });

  it("uses a detector that exists already, and does not declare it", async () => {
    const existingDetector = "12abc34d567e8fa901bc2d34e56789f0";
    const recording = await record(() => new GuardDuty("gd", { ...args, existingDetector }));
    expect(recording.ofType("aws:guardduty/detector:Detector")).to.deep.equal([]);
    expect(
      recording
        .ofType("aws:guardduty/detectorFeature:DetectorFeature")
        .map(({ inputs }) => inputs.detectorId),
    ).to.deep.equal(Array(6).fill(existingDetector));
  });

  it("archives what the filters match, in the order of the list", async () => {
    const recording = await record(
      () =>
        new GuardDuty("gd", {
          ...args,
          suppressionFilters: [
            {
              name: "scanner",
              description: "Ours",
              criteria: {
                type: { equals: ["Recon:EC2/Portscan"] },
                severity: { greaterThanOrEqual: "4", lessThan: "7" },
              },
            },
            { name: "lab", description: "", criteria: { accountId: { equals: ["777788889999"] } } },
          ],
        }),
    );
    expect(inputsOf(recording, "aws:guardduty/filter:Filter", "eu-west-1")).to.deep.equal([
      {
        detectorId: "id:gd-detector",
        name: "scanner",
        description: "Ours",
        action: "ARCHIVE",
        rank: 1,
        findingCriteria: {
          criterions: [
            { field: "type", equals: ["Recon:EC2/Portscan"] },
            { field: "severity", greaterThanOrEqual: "4", lessThan: "7" },
          ],
        },
      },
      {
        detectorId: "id:gd-detector",
        name: "lab",
        description: "",
        action: "ARCHIVE",
        rank: 2,
        findingCriteria: { criterions: [{ field: "accountId", equals: ["777788889999"] }] },
      },
    ]);
  });

  it("reads the trusted addresses from a bucket that is encrypted, closed and over TLS only", async () => {
    const { named, resources } = await record(
      () => new GuardDuty("gd", { ...args, trustedAddresses: ["198.51.100.0/24", "203.0.113.7"] }),
    );
    const region = "eu-west-1";
    const bucket = "cordon-trusted-addresses-444455556666-eu-west-1";
    // printf '198.51.100.0/24\n203.0.113.7\n' | sha256sum | cut -c1-16
    const key = "trusted-addresses-13184996bc2a0d03.txt";
    expect(named("gd-trusted-object").inputs).to.deep.equal({
      region,
      bucket,
      key,
      content: "198.51.100.0/24\n203.0.113.7\n",
      contentType: "text/plain",
    });
    expect(named("gd-trusted-list").inputs).to.deep.equal({
      region,
      detectorId: "id:gd-detector",
      name: "cordon-trusted-addresses",
      format: "TXT",
      location: `https://s3.amazonaws.com/${bucket}/${key}`,
      activate: true,
    });
    expect(named("gd-trusted-encryption").inputs.rules).to.deep.equal([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
    ]);
    expect(named("gd-trusted-closed").inputs).to.deep.equal({
      region,
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(JSON.parse(named("gd-trusted-policy").inputs.policy)).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "OverTlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: ["arn:gd-trusted-bucket", "arn:gd-trusted-bucket/*"],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    });
    const order = resources.map(({ name }) => name);
    expect(order.indexOf("gd-trusted-policy")).to.be.lessThan(order.indexOf("gd-trusted-object"));
  });

  it("creates no bucket where no address is trusted", async () => {
    const { resources } = await record(() => new GuardDuty("gd", args));
    expect(resources.filter(({ type }) => type.startsWith("aws:s3/"))).to.deep.equal([]);
  });
});

describe("GuardDuty in the organization [P2]", () => {
  it("is on in all accounts, with the listed features in all and the others in none", async () => {
    const recording = await record(
      () =>
        new GuardDutyOrganization("org", {
          region: "eu-west-1",
          detectorId: "d1",
          guardDutyFeatures: watched.guardDutyFeatures,
        }),
    );
    expect(
      inputsOf(
        recording,
        "aws:guardduty/organizationConfiguration:OrganizationConfiguration",
        "eu-west-1",
      ),
    ).to.deep.equal([{ detectorId: "d1", autoEnableOrganizationMembers: "ALL" }]);
    expect(
      inputsOf(
        recording,
        "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature",
        "eu-west-1",
      ),
    ).to.deep.equal([
      { detectorId: "d1", name: "S3_DATA_EVENTS", autoEnable: "ALL" },
      { detectorId: "d1", name: "EKS_AUDIT_LOGS", autoEnable: "NONE" },
      { detectorId: "d1", name: "EBS_MALWARE_PROTECTION", autoEnable: "NONE" },
      { detectorId: "d1", name: "RDS_LOGIN_EVENTS", autoEnable: "NONE" },
      { detectorId: "d1", name: "LAMBDA_NETWORK_LOGS", autoEnable: "NONE" },
      {
        detectorId: "d1",
        name: "RUNTIME_MONITORING",
        autoEnable: "ALL",
        additionalConfigurations: [
          { name: "EKS_ADDON_MANAGEMENT", autoEnable: "NONE" },
          { name: "ECS_FARGATE_AGENT_MANAGEMENT", autoEnable: "NONE" },
          { name: "EC2_AGENT_MANAGEMENT", autoEnable: "ALL" },
        ],
      },
    ]);
  });
});

describe("published findings [P2]", () => {
  const detectors = [
    "arn:aws:guardduty:us-east-1:444455556666:detector/d1",
    "arn:aws:guardduty:eu-west-1:444455556666:detector/d2",
  ];
  const forDetectors = {
    StringEquals: { "aws:SourceAccount": "444455556666", "aws:SourceArn": detectors },
  };
  const publish = (detectorIds = { "us-east-1": "d1", "eu-west-1": "d2" }) =>
    record(
      () =>
        new PublishedFindings("findings", {
          homeRegion: "us-east-1",
          securityAccount: "444455556666",
          detectorIds,
          retained: {},
        }),
    );

  it("come from a region that accounts opt in to as that region's own principal", async () => {
    const { named } = await publish({
      "us-east-1": "d1",
      "me-south-1": "d2",
      "ap-southeast-7": "d3",
    } as never);
    const Service = [
      "guardduty.amazonaws.com",
      "guardduty.me-south-1.amazonaws.com",
      "guardduty.ap-southeast-7.amazonaws.com",
    ];
    const key = JSON.parse(named("findings-key").inputs.policy).Statement;
    expect(key.map(({ Principal }: { Principal: object }) => Principal)).to.deep.include({
      Service,
    });
    const bucket = JSON.parse(named("findings-store-policy").inputs.policy).Statement;
    expect(bucket.slice(1).map(({ Principal }: { Principal: object }) => Principal)).to.deep.equal([
      { Service },
      { Service },
      { Service },
    ]);
  });

  it("go from every region to one bucket under one key", async () => {
    const { ofType } = await publish();
    expect(
      ofType("aws:guardduty/publishingDestination:PublishingDestination").map(
        ({ inputs }) => inputs,
      ),
    ).to.deep.equal([
      {
        region: "us-east-1",
        detectorId: "d1",
        destinationArn: "arn:findings-store-bucket",
        kmsKeyArn: "arn:findings-key",
      },
      {
        region: "eu-west-1",
        detectorId: "d2",
        destinationArn: "arn:findings-store-bucket",
        kmsKeyArn: "arn:findings-key",
      },
    ]);
  });

  it("may be written by GuardDuty for these detectors alone, and under this key alone", async () => {
    const { named } = await publish();
    const guardDuty = { Service: "guardduty.amazonaws.com" };
    expect(
      JSON.parse(named("findings-store-policy").inputs.policy).Statement.slice(1),
    ).to.deep.equal([
      {
        Sid: "GuardDutyFindsBucket",
        Effect: "Allow",
        Principal: guardDuty,
        Action: "s3:GetBucketLocation",
        Resource: "arn:findings-store-bucket",
        Condition: forDetectors,
      },
      {
        Sid: "GuardDutyWrites",
        Effect: "Allow",
        Principal: guardDuty,
        Action: "s3:PutObject",
        Resource: "arn:findings-store-bucket/*",
        Condition: forDetectors,
      },
      {
        Sid: "UnderThisKeyOnly",
        Effect: "Deny",
        Principal: guardDuty,
        Action: "s3:PutObject",
        Resource: "arn:findings-store-bucket/*",
        Condition: {
          StringNotEquals: {
            "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:findings-key",
          },
        },
      },
    ]);
    expect(JSON.parse(named("findings-key").inputs.policy).Statement[1]).to.deep.equal({
      Sid: "GuardDuty",
      Effect: "Allow",
      Principal: guardDuty,
      Action: "kms:GenerateDataKey",
      Resource: "*",
      Condition: forDetectors,
    });
    expect(named("findings-store-encryption").inputs.rules).to.deep.equal([
      {
        applyServerSideEncryptionByDefault: {
          sseAlgorithm: "aws:kms",
          kmsMasterKeyId: "arn:findings-key",
        },
        bucketKeyEnabled: true,
      },
    ]);
  });
});

describe("Security Hub [P3]", () => {
  const hub = (securityHub: "enable" | "adopt") =>
    record(() => new SecurityHub("hub", { securityHub, homeRegion: "us-east-1", retained: {} }));

  it("is switched on without the standards that AWS would choose", async () => {
    const recording = await hub("enable");
    expect(inputsOf(recording, "aws:securityhub/account:Account", "us-east-1")).to.deep.equal([
      { enableDefaultStandards: false },
    ]);
  });

  it("is left on where it is on already", async () => {
    const recording = await hub("adopt");
    expect(recording.ofType("aws:securityhub/account:Account")).to.deep.equal([]);
    expect(recording.ofType("aws:securityhub/actionTarget:ActionTarget").length).to.equal(3);
  });

  it("offers analysts the actions that are answered", async () => {
    const recording = await hub("enable");
    expect(
      inputsOf(recording, "aws:securityhub/actionTarget:ActionTarget", "us-east-1"),
    ).to.deep.equal([
      {
        identifier: "CordonContain",
        name: "Cordon: contain",
        description: "Contains the finding's resource, and records what is needed to revert it",
      },
      {
        identifier: "CordonDryRun",
        name: "Cordon: dry run",
        description: "Notifies of what containment would change, and changes nothing",
      },
      {
        identifier: "CordonRelease",
        name: "Cordon: release",
        description: "Reverts the containment of the finding's resource",
      },
    ]);
  });
});

describe("Security Hub in the organization [P3]", () => {
  const organization = (changes: object = {}) =>
    record(
      () =>
        new SecurityHubOrganization("hub", {
          homeRegion: "us-east-1",
          governedRegions: ["us-east-1", "eu-west-1"],
          retained: {},
          organizationRoot: "r-ab12",
          securityHubRegions: "governed",
          securityHubStandards: [
            "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0",
          ],
          ...changes,
        }),
    );

  it("is configured centrally, by one policy on the root", async () => {
    const { resources } = await organization();
    expect(
      resources
        .filter(({ type }) => type.startsWith("aws:"))
        .map(({ name, inputs }) => ({ name, ...inputs })),
    ).to.deep.equal([
      {
        name: "hub-aggregator",
        region: "us-east-1",
        linkingMode: "SPECIFIED_REGIONS",
        specifiedRegions: ["eu-west-1"],
      },
      {
        name: "hub-central",
        region: "us-east-1",
        autoEnable: false,
        autoEnableStandards: "NONE",
        organizationConfiguration: { configurationType: "CENTRAL" },
      },
      {
        name: "cordon",
        region: "us-east-1",
        description: "Security Hub is on, with the standards that Cordon's settings name",
        configurationPolicy: {
          serviceEnabled: true,
          enabledStandardArns: [
            "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0",
          ],
          securityControlsConfiguration: { disabledControlIdentifiers: [] },
        },
      },
      { name: "hub-root", region: "us-east-1", policyId: "id:hub-policy", targetId: "r-ab12" },
    ]);
  });

  it("aggregates the findings of all regions when the settings say so", async () => {
    const { named } = await organization({ securityHubRegions: "all" });
    expect(named("hub-aggregator").inputs).to.deep.equal({
      region: "us-east-1",
      linkingMode: "ALL_REGIONS",
    });
  });

  it("links no region where no other is governed", async () => {
    const { named } = await organization({ governedRegions: ["us-east-1"] });
    expect(named("hub-aggregator").inputs).to.deep.equal({
      region: "us-east-1",
      linkingMode: "NO_REGIONS",
    });
  });
});
