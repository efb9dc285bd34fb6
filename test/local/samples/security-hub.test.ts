import { expect } from "chai";
import { detect } from "../../../functions/detect/detect";
import { rewritten } from "../../../local/samples/guardduty";
import { sentInstance } from "../../../local/samples/security-hub";
import type { EventBridgeEvent } from "../../../local/services/eventbridge/events";
import { fixture } from "../../support/cases";

describe("a finding about an instance that an analyst sends", () => {
  it("comes from the home region, which has the action, and keeps its own", () => {
    const event = sentInstance({
      action: "CordonContain",
      account: "222233334444",
      region: "eu-west-1",
      instance: "i-0a1b2c3d4e5f60718",
      at: new Date("2026-11-21T09:00:00.000Z"),
    });
    expect(event).to.deep.include({
      source: "aws.securityhub",
      "detail-type": "Security Hub Findings - Custom Action",
      account: "123456789012",
      region: "us-east-1",
      time: "2026-11-21T09:00:00.000Z",
      resources: ["arn:aws:securityhub:us-east-1:123456789012:action/custom/CordonContain"],
    });
    const { findings } = event.detail as { findings: Record<string, unknown>[] };
    expect(findings).to.have.length(1);
    expect(findings[0]).to.deep.include({
      AwsAccountId: "222233334444",
      ProductArn: "arn:aws:securityhub:eu-west-1::product/aws/guardduty",
      Types: ["TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B"],
      Severity: { Product: 5, Label: "MEDIUM", Normalized: 50, Original: "5" },
      Resources: [
        {
          Type: "AwsEc2Instance",
          Id: "arn:aws:ec2:eu-west-1:222233334444:instance/i-0a1b2c3d4e5f60718",
          Partition: "aws",
          Region: "eu-west-1",
          Details: { AwsEc2Instance: { Type: "t3.large" } },
        },
      ],
    });
  });

  it("is rewritten to a look-alike's account, region and id when a file holds it", () => {
    const given = fixture("security-hub-instance") as unknown as EventBridgeEvent;
    const site = { account: "333344445555", region: "us-east-1" };
    const aimed = rewritten(given, site, { "i-0a1b2c3d4e5f60718": "i-0a1b2c3d4e5f60719" });
    const detected = detect(aimed, "123456789012");
    expect(detected.kind === "incident" && detected.incident).to.deep.include({
      place: { ...site },
      resource: { kind: "instance", id: "i-0a1b2c3d4e5f60719" },
    });
  });
});
