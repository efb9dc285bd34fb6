import { expect } from "chai";
import { EncryptionKey } from "../../components/record/encryption-key";
import { Journal } from "../../components/record/journal";
import { Notifications } from "../../components/record/notifications";
import { record, resolved } from "./recorder";

describe("components/record/encryption-key", () => {
  it("rotates, and serves the account's IAM policies and its alarms", async () => {
    const { named, result } = await record(
      () => new EncryptionKey("key", { partition: "aws", securityAccount: "444455556666" }),
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

describe("components/record/journal", () => {
  for (const deletionProtection of [true, false]) {
    it(`keeps every version under the customer's key, deletion protection ${deletionProtection}`, async () => {
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
        ],
        billingMode: "PAY_PER_REQUEST",
        serverSideEncryption: { enabled: true, kmsKeyArn: "arn:key" },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: deletionProtection,
      });
    });
  }
});

describe("components/record/notifications", () => {
  it("takes notices from Cordon's functions and alarms, over TLS, under the customer's key", async () => {
    const { named } = await record(
      () =>
        new Notifications("notices", {
          partition: "aws",
          securityAccount: "444455556666",
          homeRegion: "us-east-1",
          keyArn: "arn:key",
          publisherRoles: ["cordon-triage", "cordon-release"],
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
});
