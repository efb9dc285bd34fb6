import { expect } from "chai";
import { accessKeyFinding } from "../../../local/samples/credentials";
import { exposedKeyEvent, healthExposedEvent } from "../../../local/samples/exposures";
import { securityHubCustomAction } from "../../../local/samples/security-hub";

const shape = {
  account: "222233334444",
  region: "eu-west-1",
  userName: "ann",
  userType: "IAMUser",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  principalId: "AIDACKCEVSQ6C2EXAMPLE",
  lastSeen: new Date("2026-11-21T09:00:00.000Z"),
};
const exposed = {
  account: "222233334444",
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  userName: "ann",
  location: "https://code.example.com/ann/shop",
  at: new Date("2026-11-21T09:00:00.000Z"),
};

describe("Reports about credentials", () => {
  it("of GuardDuty come from the security account, about a target in another one", () => {
    const event = accessKeyFinding(shape);
    expect(event).to.include({
      source: "aws.guardduty",
      "detail-type": "GuardDuty Finding",
      account: "123456789012",
      region: "eu-west-1",
    });
    expect(event.detail).to.deep.include({
      accountId: "222233334444",
      region: "eu-west-1",
      severity: 5,
      type: "UnauthorizedAccess:IAMUser/TorIPCaller",
      resource: {
        resourceType: "AccessKey",
        accessKeyDetails: {
          accessKeyId: "AKIAIOSFODNN7EXAMPLE",
          principalId: "AIDACKCEVSQ6C2EXAMPLE",
          userType: "IAMUser",
          userName: "ann",
        },
      },
    });
    const { service } = event.detail as {
      service: { resourceRole: string; eventLastSeen: string };
    };
    expect(service.resourceRole).to.equal("TARGET");
    expect(service.eventLastSeen).to.equal("2026-11-21T09:00:00.000Z");
  });

  it("of Security Hub wrap GuardDuty's finding in its own format", () => {
    const event = securityHubCustomAction(shape, { id: "contain", name: "Contain" });
    expect(event).to.deep.include({
      source: "aws.securityhub",
      "detail-type": "Security Hub Findings - Custom Action",
      account: "123456789012",
      resources: ["arn:aws:securityhub:eu-west-1:123456789012:action/custom/contain"],
    });
    const { findings } = event.detail as { findings: Record<string, unknown>[] };
    expect(findings).to.have.length(1);
    expect(findings[0]).to.deep.include({
      AwsAccountId: "222233334444",
      ProductArn: "arn:aws:securityhub:eu-west-1::product/aws/guardduty",
      Types: ["TTPs/Command and Control/UnauthorizedAccess:IAMUser-TorIPCaller"],
      Severity: { Product: 5, Label: "MEDIUM", Normalized: 50, Original: "5" },
      Resources: [
        {
          Type: "AwsIamAccessKey",
          Id: "AWS::IAM::AccessKey:AKIAIOSFODNN7EXAMPLE",
          Partition: "aws",
          Region: "eu-west-1",
          Details: {
            AwsIamAccessKey: {
              AccessKeyId: "AKIAIOSFODNN7EXAMPLE",
              AccountId: "222233334444",
              PrincipalId: "AIDACKCEVSQ6C2EXAMPLE",
              PrincipalType: "IAMUser",
              PrincipalName: "ann",
            },
          },
        },
      ],
    });
    const odd = { ...shape, type: "Unheard:IAMUser/Of" };
    expect(() => securityHubCustomAction(odd)).to.throw("Unheard:IAMUser/Of is not known here");
  });

  it("of Trusted Advisor come from the key's own account, in us-east-1", () => {
    const { id: _, ...event } = exposedKeyEvent(exposed);
    const { uuid, ...detail } = event.detail as Record<string, unknown>;
    expect(uuid).to.match(/^[0-9a-f-]{36}$/);
    expect({ ...event, detail }).to.deep.equal({
      version: "0",
      "detail-type": "Trusted Advisor Check Item Refresh Notification",
      source: "aws.trustedadvisor",
      account: "222233334444",
      time: "2026-11-21T09:00:00.000Z",
      region: "us-east-1",
      resources: [],
      detail: {
        "check-name": "Exposed Access Keys",
        "check-item-detail": {
          "Case ID": "12345678-1234-1234-abcd-1234567890ab",
          "Usage (USD per Day)": "0",
          "User Name (IAM or Root)": "ann",
          Deadline: "1795683600000",
          "Access Key ID": "AKIAIOSFODNN7EXAMPLE",
          "Time Updated": "1795251600000",
          "Fraud Type": "Exposed",
          Location: "https://code.example.com/ann/shop",
        },
        status: "ERROR",
        resource_id: "",
      },
    });
  });

  it("of AWS Health name the key as the affected entity, and the user beside it", () => {
    const event = healthExposedEvent(exposed);
    expect(event).to.deep.include({
      source: "aws.health",
      "detail-type": "AWS Health Event",
      account: "222233334444",
      region: "us-east-1",
      resources: ["AKIAIOSFODNN7EXAMPLE"],
    });
    expect(event.detail).to.deep.include({
      service: "RISK",
      eventTypeCode: "AWS_RISK_CREDENTIALS_EXPOSED",
      eventTypeCategory: "issue",
      startTime: "Sat, 21 Nov 2026 09:00:00 GMT",
      endTime: "Sat, 05 Dec 2026 09:00:00 GMT",
      affectedAccount: "222233334444",
      affectedEntities: [
        { entityValue: "AKIAIOSFODNN7EXAMPLE", lastUpdatedTime: "Sat, 21 Nov 2026 09:00:00 GMT" },
      ],
      eventMetadata: {
        accountId: "222233334444",
        publicKey: "AKIAIOSFODNN7EXAMPLE",
        userName: "ann",
        exposedUrl: "https://code.example.com/ann/shop",
        truncated: "false",
      },
    });
  });
});
