import { expect } from "chai";
import { readLetter } from "../../../../functions/flows/dead-letters/letter";

const id = "3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d";
const to = { queue: "cordon-triage", at: "2026-11-20T10:05:00.000Z", deliveries: 5 };
const read = (body: string, attributes: Readonly<Record<string, string>> = {}) =>
  readLetter(
    {
      messageId: id,
      body,
      messageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, stringValue]) => [
          name,
          { stringValue, dataType: "String", stringListValues: [], binaryListValues: [] },
        ]),
      ),
    },
    to,
  );

describe("a dead letter, as it is read [D6]", () => {
  it("names its finding", () => {
    const event = {
      "detail-type": "GuardDuty Finding",
      account: "123456789012",
      region: "us-east-1",
      detail: {
        id: "f1",
        type: "Backdoor:EC2/C&CActivity.B",
        severity: 8,
        accountId: "222233334444",
        region: "eu-central-1",
      },
    };
    expect(read(JSON.stringify(event))).to.deep.equal({
      id,
      queue: "cordon-triage",
      at: "2026-11-20T10:05:00.000Z",
      reason: "Given up after 5 deliveries that failed",
      about: "Backdoor:EC2/C&CActivity.B, severity 8, account 222233334444, eu-central-1, f1",
    });
  });

  for (const [what, event, about] of [
    [
      "a finding of Security Hub",
      {
        "detail-type": "Security Hub Findings - Custom Action",
        account: "444455556666",
        region: "us-east-1",
        detail: {
          findings: [
            {
              Id: "arn:f2",
              Title: "Instance talks",
              AwsAccountId: "222233334444",
              Region: "eu-west-1",
              Severity: { Label: "HIGH" },
            },
          ],
        },
      },
      "Instance talks, severity HIGH, account 222233334444, eu-west-1, arn:f2",
    ],
    [
      "a call",
      {
        "detail-type": "AWS API Call via CloudTrail",
        account: "222233334444",
        region: "us-east-1",
        id: "e3",
        detail: { eventName: "CreateVpc" },
      },
      "CreateVpc, account 222233334444, us-east-1, e3",
    ],
    [
      "an event of which nothing fits",
      { "detail-type": "X", account: ["a"], detail: { findings: [[]], type: {} } },
      "unknown, account unknown, unknown, unknown",
    ],
    ["a task", { task: "approved", incident: "x-1" }, '{"task":"approved","incident":"x-1"}'],
  ] as const) {
    it(`names ${what}`, () => {
      expect(read(JSON.stringify(event)).about).to.equal(about);
    });
  }

  it("shows what is no JSON in one short line, whatever is in it", () => {
    expect(read("a\n\u202eb\u0000c").about).to.equal("a b c");
    expect(read("null").about).to.equal("null");
    expect(read(`"${"x".repeat(1_000)}`).about).to.have.length(300);
  });

  it("says why it was refused, or could not be delivered", () => {
    expect(read("{}", { Reason: "The message\nis not JSON" }).reason).to.equal(
      "Refused: The message is not JSON",
    );
    const lost = { ERROR_CODE: "NO_PERMISSIONS", ERROR_MESSAGE: "not authorized" };
    expect(read("{}", lost).reason).to.equal(
      "EventBridge could not deliver it: NO_PERMISSIONS: not authorized",
    );
    expect(read("{}", { ERROR_CODE: "SDK_CLIENT_ERROR" }).reason).to.equal(
      "EventBridge could not deliver it: SDK_CLIENT_ERROR: no message",
    );
  });
});
