import {
  GetDetectorCommand,
  GetFilterCommand,
  GuardDutyClient,
  ListDetectorsCommand,
} from "@aws-sdk/client-guardduty";
import {
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect } from "chai";
import { LocalProvider } from "../../../../local/provider/provider";
import { registry } from "../../../../local/provider/registry";
import type { Properties } from "../../../../local/provider/values";
import { deployerSession, seedDeploymentRoles } from "../../../../local/seeds/deployment-roles";
import { management, region, security } from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

const conformance = "config-multiaccountsetup.amazonaws.com";

/** Gives the code and message of the refusal, or "done". */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "done";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

describe("the local provider's detection [P3] [V1]", () => {
  const world = useWorld();
  let provider: LocalProvider;
  const variables = [
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
  ] as const;
  const kept = variables.map((name) => process.env[name]);
  const make = async (type: string, inputs: Properties, by = provider) => {
    const { failures } = await by.check(type, inputs);
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    return by.create({ type, name: "one" }, inputs, false);
  };

  before(async () => {
    await seedDeploymentRoles(world, { Detection: "managed", ConformancePack: "deploy" });
    const credentials = await deployerSession(world);
    process.env.AWS_ENDPOINT_URL = world.url;
    process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
    process.env.AWS_SESSION_TOKEN = credentials.sessionToken;
    provider = new LocalProvider(registry);
    await provider.configure({ region });
  });
  after(async () => {
    variables.forEach((name, index) => {
      const value = kept[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
  });

  it("finds no detector in the words of the real provider, then the one it made with its tags", async () => {
    const ask = () => provider.invoke("aws:guardduty/getDetector:getDetector", {});
    expect(await refusal(ask())).to.equal(
      "Error: reading this account's single GuardDuty Detector: empty result",
    );
    const { id } = await make("aws:guardduty/detector:Detector", {
      enable: true,
      findingPublishingFrequency: "FIFTEEN_MINUTES",
      tags: { cordon: "detection" },
    });
    expect(await ask()).to.deep.include({
      id,
      tags: { cordon: "detection" },
      findingPublishingFrequency: "FIFTEEN_MINUTES",
    });
  });

  it("switches features side by side, and forgets none", async () => {
    const guardDuty = new GuardDutyClient(
      world.as(world.callers.trusted(security, "test", "seed")),
    );
    const { DetectorIds } = await guardDuty.send(new ListDetectorsCommand({}));
    const detectorId = DetectorIds?.[0] ?? "";
    const feature = "aws:guardduty/detectorFeature:DetectorFeature";
    await Promise.all([
      make(feature, { detectorId, name: "S3_DATA_EVENTS", status: "ENABLED" }),
      make(feature, { detectorId, name: "RDS_LOGIN_EVENTS", status: "DISABLED" }),
      make(feature, {
        detectorId,
        name: "RUNTIME_MONITORING",
        status: "ENABLED",
        additionalConfigurations: [{ name: "EC2_AGENT_MANAGEMENT", status: "ENABLED" }],
      }),
    ]);
    const { Features } = await guardDuty.send(new GetDetectorCommand({ DetectorId: detectorId }));
    expect(Features).to.have.deep.members([
      { Name: "S3_DATA_EVENTS", Status: "ENABLED" },
      { Name: "RDS_LOGIN_EVENTS", Status: "DISABLED" },
      {
        Name: "RUNTIME_MONITORING",
        Status: "ENABLED",
        AdditionalConfiguration: [{ Name: "EC2_AGENT_MANAGEMENT", Status: "ENABLED" }],
      },
    ]);
    expect(
      await refusal(
        make(feature, { detectorId, name: "EKS_RUNTIME_MONITORING", status: "ENABLED" }),
      ),
    ).to.match(/EKS_RUNTIME_MONITORING cannot be enabled together with RUNTIME_MONITORING/);
    await make("aws:guardduty/filter:Filter", {
      detectorId,
      name: "scanner",
      description: "Ours",
      action: "ARCHIVE",
      rank: 1,
      findingCriteria: {
        criterions: [
          { field: "type", equals: ["Recon:EC2/Portscan"] },
          { field: "severity", lessThan: "7" },
          // `date -u -d 2019-10-10T21:59:00Z +%s` is 1570744740.
          { field: "updatedAt", greaterThan: "2019-10-10T21:59:00Z" },
        ],
      },
    });
    const found = await guardDuty.send(
      new GetFilterCommand({ DetectorId: detectorId, FilterName: "scanner" }),
    );
    expect(found.Action).to.equal("ARCHIVE");
    expect(found.FindingCriteria?.Criterion).to.deep.equal({
      type: { Equals: ["Recon:EC2/Portscan"] },
      severity: { LessThan: 7 },
      updatedAt: { GreaterThan: 1570744740000 },
    });
  });

  for (const comparison of [
    { lessThan: "-4" },
    { lessThan: "2019-10-10" },
    { matches: ["a*", "b*", "c*", "d*", "e*", "f*"] },
  ]) {
    it(`refuses before a change a filter with ${JSON.stringify(comparison)}, as the real provider`, async () => {
      const { failures } = await provider.check("aws:guardduty/filter:Filter", {
        detectorId: "d1",
        name: "lab",
        action: "ARCHIVE",
        rank: 1,
        findingCriteria: { criterions: [{ field: "severity", ...comparison }] },
      });
      expect(failures.map(({ property }) => property)).to.deep.equal([
        `findingCriteria.criterions.0.${Object.keys(comparison)[0]}`,
      ]);
    });
  }

  it("delegates as the management account", async () => {
    const there = new LocalProvider(registry);
    await there.configure({
      region,
      assumeRoles: JSON.stringify([{ roleArn: `arn:aws:iam::${management}:role/cordon-deploy` }]),
    });
    const access = "aws:organizations/awsServiceAccess:AwsServiceAccess";
    const administrator = "aws:organizations/delegatedAdministrator:DelegatedAdministrator";
    const designation = "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount";
    expect((await make(access, { servicePrincipal: conformance }, there)).id).to.equal(conformance);
    expect(
      (await make(administrator, { accountId: security, servicePrincipal: conformance }, there))
        .outputs,
    ).to.include({ name: "security", status: "ACTIVE" });
    expect((await make(designation, { adminAccountId: security }, there)).id).to.equal(security);
    expect(await refusal(make(designation, { adminAccountId: security }))).to.match(
      /AccessDeniedException/,
    );
    const roles = { pathPrefix: "/aws-service-role/guardduty.amazonaws.com/" };
    const list = () => there.invoke("aws:iam/getRoles:getRoles", roles);
    expect((await list()).names).to.deep.equal([]);
    const role = await make(
      "aws:iam/serviceLinkedRole:ServiceLinkedRole",
      { awsServiceName: "guardduty.amazonaws.com", tags: { cordon: "detection" } },
      there,
    );
    const { names } = await list();
    expect(names).to.deep.equal([role.outputs.name]);
    const { tags } = await there.invoke("aws:iam/getRole:getRole", { name: role.outputs.name });
    expect(tags).to.deep.equal({ cordon: "detection" });
  });

  it("makes a bucket in another region, with its encryption, policy and object", async () => {
    const bucket = "cordon-trusted-addresses-test";
    const place = { bucket, region: "eu-west-1" };
    await make("aws:s3/bucket:Bucket", place);
    await make(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      {
        ...place,
        rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
      },
    );
    await make("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {
      ...place,
      blockPublicAcls: true,
    });
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    });
    await make("aws:s3/bucketPolicy:BucketPolicy", { ...place, policy });
    await make("aws:s3/bucketObjectv2:BucketObjectv2", {
      ...place,
      key: "a.txt",
      content: "one\n",
    });
    const s3 = new S3Client({
      ...world.as(world.callers.trusted(security, "test", "seed")),
      region: "eu-west-1",
      forcePathStyle: true,
    });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "a.txt" }));
    expect(await Body?.transformToString()).to.equal("one\n");
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }))).Policy).to.equal(policy);
    const encryption = await s3.send(new GetBucketEncryptionCommand({ Bucket: bucket }));
    expect(encryption.ServerSideEncryptionConfiguration?.Rules?.[0]).to.deep.include({
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
    });
    const put = (Bucket: string, Policy: string) =>
      refusal(s3.send(new PutBucketPolicyCommand({ Bucket, Policy })));
    expect(await put("cordon-no-bucket", policy)).to.match(/^NoSuchBucket: /);
    expect(await put(bucket, policy.replaceAll(bucket, "cordon-another"))).to.match(
      /^MalformedPolicy: /,
    );
    expect(await put(bucket, "{}")).to.match(/^MalformedPolicy: /);
  });

  const valid: Readonly<Record<string, Properties>> = {
    "aws:cfg/organizationConformancePack:OrganizationConformancePack": {
      name: "cordon-posture",
      templateBody: "{}",
      region: "us-east-1",
    },
    "aws:guardduty/iPSet:IPSet": {
      detectorId: "d1",
      name: "trusted",
      format: "TXT",
      location: "https://s3.amazonaws.com/cordon-lists/a.txt",
      activate: true,
    },
    "aws:guardduty/organizationConfiguration:OrganizationConfiguration": {
      detectorId: "d1",
      autoEnableOrganizationMembers: "ALL",
    },
    "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature": {
      detectorId: "d1",
      name: "S3_DATA_EVENTS",
      autoEnable: "ALL",
    },
    "aws:guardduty/publishingDestination:PublishingDestination": {
      detectorId: "d1",
      destinationArn: "arn:aws:s3:::cordon-findings-123456789012",
      kmsKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1",
    },
    "aws:securityhub/actionTarget:ActionTarget": {
      identifier: "CordonContain",
      name: "Cordon: contain",
      description: "Contains it",
    },
    "aws:securityhub/configurationPolicy:ConfigurationPolicy": {
      name: "cordon",
      configurationPolicy: {
        serviceEnabled: true,
        enabledStandardArns: [],
        securityControlsConfiguration: { disabledControlIdentifiers: [] },
      },
    },
    "aws:securityhub/configurationPolicyAssociation:ConfigurationPolicyAssociation": {
      policyId: "p1",
      targetId: "r-ab12",
    },
    "aws:securityhub/findingAggregator:FindingAggregator": {
      linkingMode: "SPECIFIED_REGIONS",
      specifiedRegions: ["eu-west-1"],
    },
    "aws:securityhub/organizationConfiguration:OrganizationConfiguration": {
      autoEnable: false,
      autoEnableStandards: "NONE",
      organizationConfiguration: { configurationType: "CENTRAL" },
    },
  };
  const spoiled: readonly (readonly [type: string, changes: Properties, property: string])[] = [
    ["aws:guardduty/iPSet:IPSet", { location: "s3://cordon-lists/a.txt" }, "location"],
    ["aws:guardduty/iPSet:IPSet", { format: "CSV" }, "format"],
    [
      "aws:guardduty/organizationConfiguration:OrganizationConfiguration",
      { autoEnableOrganizationMembers: "EVERY" },
      "autoEnableOrganizationMembers",
    ],
    [
      "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature",
      { name: "S3_LOGS" },
      "name",
    ],
    [
      "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature",
      { additionalConfigurations: [{ name: "EC2_AGENT_MANAGEMENT", autoEnable: "ALL" }] },
      "additionalConfigurations",
    ],
    [
      "aws:guardduty/publishingDestination:PublishingDestination",
      { kmsKeyArn: "alias/cordon" },
      "kmsKeyArn",
    ],
    ["aws:securityhub/actionTarget:ActionTarget", { identifier: "Cordon-Contain" }, "identifier"],
    ["aws:securityhub/actionTarget:ActionTarget", { name: "Contain what it is about" }, "name"],
    [
      "aws:securityhub/configurationPolicy:ConfigurationPolicy",
      { configurationPolicy: { serviceEnabled: "yes" } },
      "configurationPolicy.serviceEnabled",
    ],
    [
      "aws:securityhub/configurationPolicyAssociation:ConfigurationPolicyAssociation",
      { targetId: "root" },
      "targetId",
    ],
    [
      "aws:securityhub/findingAggregator:FindingAggregator",
      { linkingMode: "SOME_REGIONS" },
      "linkingMode",
    ],
    [
      "aws:securityhub/findingAggregator:FindingAggregator",
      { linkingMode: "ALL_REGIONS" },
      "specifiedRegions",
    ],
    [
      "aws:securityhub/organizationConfiguration:OrganizationConfiguration",
      { autoEnable: true },
      "autoEnable",
    ],
  ];

  it("takes what the services document for the types that are only recorded", async () => {
    expect(Object.keys(valid)).to.deep.equal(Object.keys(registry.recordedOnly));
    for (const [type, inputs] of Object.entries(valid)) {
      expect((await provider.check(type, inputs)).failures, type).to.deep.equal([]);
      const { failures } = await provider.check(type, { ...inputs, stranger: 1 });
      expect(failures, type).to.deep.equal([
        { property: "stranger", reason: "the local provider does not carry out this property" },
      ]);
    }
  });

  for (const [type, changes, property] of spoiled) {
    it(`refuses ${JSON.stringify(changes)} of ${type.split(":").at(-1)}, by name`, async () => {
      const { failures } = await provider.check(type, { ...valid[type], ...changes });
      expect(failures.map((failure) => failure.property)).to.deep.equal([property]);
    });
  }
});
