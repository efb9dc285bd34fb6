import { expect } from "chai";
import { EncryptionKey } from "../../components/record/encryption-key";
import { Journal } from "../../components/record/journal";
import { Notifications } from "../../components/record/notifications";
import { SealKey } from "../../components/record/seal-key";
import { record, resolved } from "../support/recorder";
import { allowed } from "../support/simulate";

describe("components/record/encryption-key", () => {
  it("rotates, and serves the account's IAM policies and its alarms", async () => {
    const { named, result } = await record(
      () => new EncryptionKey("key", { securityAccount: "444455556666" }),
    );
    const { policy, ...inputs } = named("key-key").inputs;
    expect(inputs).to.deep.equal({
      description: "Encrypts Cordon's journal and notices",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
    });
    expect(JSON.parse(policy).Statement).to.deep.equal([
      {
        Sid: "Administration",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::444455556666:root" },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "Alarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
        Resource: "*",
        Condition: { StringEquals: { "aws:SourceAccount": "444455556666" } },
      },
    ]);
    expect(named("key-alias").inputs).to.deep.equal({
      name: "alias/cordon",
      targetKeyId: "key:key-key",
    });
    expect(await resolved(result.keyArn)).to.equal("arn:key-key");
  });
});

describe("components/record/seal-key [P5]", () => {
  const security = "444455556666";
  const keyArn = `arn:aws:kms:us-east-1:${security}:key/1111`;
  const deploySeals = () =>
    record(
      () =>
        new SealKey("seals", {
          securityAccount: security,
          seals: "the plans in Cordon's journal",
          alias: "alias/cordon-seals",
          sealingRoles: ["cordon-respond-contain-instance", "cordon-cut-exposed-key"],
          checkingRoles: ["cordon-release"],
        }),
    );

  it("computes codes and encrypts nothing", async () => {
    const { named, result } = await deploySeals();
    const { policy: _policy, ...inputs } = named("seals-key").inputs;
    expect(inputs).to.deep.equal({
      description: "Seals the plans in Cordon's journal",
      keyUsage: "GENERATE_VERIFY_MAC",
      customerMasterKeySpec: "HMAC_256",
      deletionWindowInDays: 30,
    });
    expect(named("seals-alias").inputs.name).to.equal("alias/cordon-seals");
    expect(await resolved(result.keyArn)).to.equal("arn:seals-key");
  });

  for (const [role, action, answer] of [
    ["cordon-respond-contain-instance", "kms:GenerateMac", true],
    ["cordon-cut-exposed-key", "kms:GenerateMac", true],
    ["cordon-release", "kms:VerifyMac", true],
    ["cordon-respond-contain-instance", "kms:VerifyMac", false],
    ["cordon-release", "kms:GenerateMac", false],
    ["cordon-triage", "kms:GenerateMac", false],
    ["administrator", "kms:GenerateMac", false],
    ["administrator", "kms:PutKeyPolicy", true],
  ] as const) {
    it(`${answer ? "admits" : "refuses"} ${action} by ${role}, whose own policy allows everything`, async () => {
      const { named } = await deploySeals();
      expect(
        await allowed({
          principal: `arn:aws:sts::${security}:assumed-role/${role}/run`,
          identity: [everything],
          resourcePolicy: JSON.parse(named("seals-key").inputs.policy),
          action,
          resource: keyArn,
          account: security,
          context: { "aws:PrincipalArn": `arn:aws:iam::${security}:role/${role}` },
        }),
      ).to.equal(answer);
    });
  }
});

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

describe("components/record/journal [E1]", () => {
  for (const deletionProtection of [true, false]) {
    it(`is encrypted with the customer's key and recovers any point in time, deletion protection ${deletionProtection}`, async () => {
      const { named } = await record(
        () => new Journal("journal", { keyArn: "arn:key", deletionProtection }),
      );
      expect(named("journal-table").inputs).to.deep.equal({
        name: "cordon-journal",
        hashKey: "incident",
        rangeKey: "item",
        attributes: [
          { name: "incident", type: "S" },
          { name: "item", type: "S" },
          { name: "open", type: "S" },
          { name: "outdated", type: "S" },
          { name: "changedAt", type: "S" },
        ],
        globalSecondaryIndexes: [
          { name: "open", hashKey: "open", projectionType: "KEYS_ONLY" },
          {
            name: "outdated",
            hashKey: "outdated",
            rangeKey: "changedAt",
            projectionType: "KEYS_ONLY",
          },
        ],
        billingMode: "PAY_PER_REQUEST",
        serverSideEncryption: { enabled: true, kmsKeyArn: "arn:key" },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: deletionProtection,
      });
    });
  }
});

describe("components/record/notifications [P10]", () => {
  it("takes notices from Cordon's functions and alarms, over TLS, under the customer's key", async () => {
    const { named } = await record(
      () =>
        new Notifications("notices", {
          securityAccount: "444455556666",
          homeRegion: "us-east-1",
          keyArn: "arn:key",
          publisherRoles: ["cordon-triage", "cordon-release"],
          organizationId: "o-exampleorgid",
          consumerAccounts: [],
        }),
    );
    expect(named("notices-topic").inputs).to.deep.equal({
      name: "cordon-notices",
      kmsMasterKeyId: "arn:key",
    });
    expect(named("notices-policy").inputs.arn).to.equal("arn:notices-topic");
    expect(JSON.parse(named("notices-policy").inputs.policy).Statement).to.deep.equal([
      {
        Sid: "Functions",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::444455556666:root" },
        Action: "sns:Publish",
        Resource: "arn:notices-topic",
        Condition: {
          ArnEquals: {
            "aws:PrincipalArn": [
              "arn:aws:iam::444455556666:role/cordon-triage",
              "arn:aws:iam::444455556666:role/cordon-release",
            ],
          },
        },
      },
      {
        Sid: "Alarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: "arn:notices-topic",
        Condition: {
          StringEquals: { "aws:SourceAccount": "444455556666" },
          ArnLike: {
            "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:444455556666:alarm:cordon-*",
          },
        },
      },
      {
        Sid: "EncryptedTransportOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: "arn:notices-topic",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ]);
  });

  it("lets the listed accounts of the organization subscribe queues of their own", async () => {
    const consumers = await consumersOf(["777788889999", "222233334444"]);
    expect(consumers).to.deep.equal({
      Sid: "Consumers",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: "sns:Subscribe",
      Resource: "arn:notices-topic",
      Condition: {
        StringEquals: {
          "aws:PrincipalOrgID": "o-exampleorgid",
          "sns:Protocol": "sqs",
          "aws:PrincipalAccount": ["777788889999", "222233334444"],
        },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's
        StringLike: { "sns:Endpoint": "arn:aws:sqs:*:${aws:PrincipalAccount}:*" },
      },
    });
  });

  const queue = "arn:aws:sqs:eu-west-1:777788889999:incidents";
  const attempts: readonly (readonly [string, Attempt, listed: boolean, all: boolean])[] = [
    ["a queue of its own", {}, true, true],
    ["a member that is not listed", { account: "222233334444" }, false, true],
    ["an account outside the organization", { organization: "o-otherorgid0" }, false, false],
    ["an account of no organization", { organization: undefined }, false, false],
    [
      "another team's queue",
      { endpoint: "arn:aws:sqs:eu-west-1:222233334444:incidents" },
      false,
      false,
    ],
    ["an address", { protocol: "email", endpoint: "777788889999:@example.com" }, false, false],
    [
      "a function of its own",
      { protocol: "lambda", endpoint: "arn:aws:lambda:us-east-1:777788889999:function:f" },
      false,
      false,
    ],
    ["a call that is no subscription", { action: "sns:Publish" }, false, false],
  ];
  for (const [what, attempt, listed, all] of attempts) {
    it(`${listed ? "admits" : all ? "admits with the whole organization only" : "refuses"} ${what}`, async () => {
      for (const [accounts, expected] of [
        [["777788889999"], listed],
        ["organization", all],
        [[], false],
      ] as const) {
        const policy = { Version: "2012-10-17", Statement: [await consumersOf(accounts)].flat() };
        expect(await subscribes(policy, attempt), String(accounts)).to.equal(expected);
      }
    });
  }

  interface Attempt {
    readonly account?: string;
    readonly organization?: string | undefined;
    readonly protocol?: string;
    readonly endpoint?: string;
    readonly action?: string;
  }

  /** Asks whether an account's administrator, with the rights of one, may subscribe an endpoint. */
  function subscribes(policy: object, attempt: Attempt): Promise<boolean> {
    const { account = "777788889999", action = "sns:Subscribe" } = attempt;
    const organization = "organization" in attempt ? attempt.organization : "o-exampleorgid";
    const {
      protocol = "sqs",
      endpoint = account === "777788889999" ? queue : `arn:aws:sqs:us-east-1:${account}:incidents`,
    } = attempt;
    return allowed({
      principal: `arn:aws:iam::${account}:role/admin`,
      identity: [
        {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
        },
      ],
      resourcePolicy: JSON.parse(
        JSON.stringify(policy).replaceAll("arn:notices-topic", topicArn),
      ) as object,
      action,
      resource: topicArn,
      account: "444455556666",
      context: {
        "aws:PrincipalAccount": account,
        ...(organization && { "aws:PrincipalOrgID": organization }),
        ...(action === "sns:Subscribe" && { "sns:Protocol": protocol, "sns:Endpoint": endpoint }),
      },
    });
  }
});

const topicArn = "arn:aws:sns:us-east-1:444455556666:cordon-notices";

/** Deploys the topic; gives the statement that is about consumers, or none. */
async function consumersOf(consumerAccounts: "organization" | readonly string[]) {
  const { named } = await record(
    () =>
      new Notifications("notices", {
        securityAccount: "444455556666",
        homeRegion: "us-east-1",
        keyArn: "arn:key",
        publisherRoles: ["cordon-triage"],
        organizationId: "o-exampleorgid",
        consumerAccounts,
      }),
  );
  const { Statement } = JSON.parse(named("notices-policy").inputs.policy) as {
    Statement: { readonly Sid: string }[];
  };
  return Statement.find(({ Sid }) => Sid === "Consumers") ?? [];
}
