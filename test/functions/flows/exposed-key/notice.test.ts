import { expect } from "chai";
import type { Activity } from "../../../../functions/flows/exposed-key/activity";
import type { Cut } from "../../../../functions/flows/exposed-key/cut";
import {
  type Exposure,
  exposureNotice,
  type Named,
} from "../../../../functions/flows/exposed-key/notice";

const named: Named = {
  place: { account: "123456789012", region: "us-east-1" },
  finding: {
    id: "f-1",
    type: "TrustedAdvisor:ExposedAccessKeys",
    severity: 9,
    title: "Trusted Advisor: access key AKIAIOSFODNN7EXAMPLE is exposed",
    role: "unknown",
    sample: false,
    lastSeen: "2026-06-05T06:26:00.000Z",
    link: "https://example.com/check",
  },
  userName: "build",
  accessKey: "AKIAIOSFODNN7EXAMPLE",
};
const cut = (changes: Partial<Cut> = {}): Cut => ({
  ...named,
  outcome: "contained",
  reason: "Severity 9 meets the threshold of 7",
  incident: "0f3a9c1d2b4e5f60-1",
  accountName: "shop",
  ...changes,
});
const activity: Activity = {
  accessKey: "AKIAIOSFODNN7EXAMPLE",
  from: "2026-06-04T08:00:00.000Z",
  to: "2026-06-05T08:00:00.000Z",
  events: 12,
  failed: 3,
  denied: 2,
  malformed: 1,
  first: "2026-06-05T07:00:00.000Z",
  last: "2026-06-05T07:30:00.000Z",
  calls: [{ name: "iam:CreateUser", count: 2 }],
  resources: [{ name: "AWS::IAM::User backdoor", count: 1 }],
  addresses: [{ name: "203.0.113.7", count: 12 }],
  agents: [{ name: "aws-cli/2", count: 12 }],
  regions: [{ name: "us-east-1", count: 12 }],
  traces: [
    {
      what: "user",
      call: "iam:CreateUser",
      name: "backdoor",
      region: "us-east-1",
      at: "2026-06-05T07:01:00.000Z",
    },
  ],
  moreTraces: 0,
  incomplete: ["eu-west-1"],
  unread: [{ region: "eu-north-1", why: "ThrottlingException: Rate exceeded" }],
};
const write = (told: Exposure) => exposureNotice(told, named);

describe("functions/record/exposure-notice [R12] [E2]", () => {
  it("tells what the key did, what outlives it, and what nobody knows", () => {
    const { subject, text } = write({ cut: cut(), activity });
    expect(subject).to.equal(
      "[Cordon] Exposed key: what it did before it was cut: build (123456789012)",
    );
    expect(text).to.equal(`Trusted Advisor: access key AKIAIOSFODNN7EXAMPLE is exposed
Finding    TrustedAdvisor:ExposedAccessKeys, severity 9
Resource   user build, access key AKIAIOSFODNN7EXAMPLE
Account    shop (123456789012), us-east-1
Link       https://example.com/check
Incident   0f3a9c1d2b4e5f60-1

How it stands
  - The key is disabled and its user denied everything; the notice before this one says how.

What the key did
  - 12 events between 2026-06-04T08:00:00.000Z and 2026-06-05T08:00:00.000Z, 3 of them failed, 2 of these denied.
  - First 2026-06-05T07:00:00.000Z, last 2026-06-05T07:30:00.000Z

What outlives it
  - user: iam:CreateUser backdoor, us-east-1, 2026-06-05T07:01:00.000Z

Calls
  - 2 x iam:CreateUser

Resources
  - 1 x AWS::IAM::User backdoor

From
  - 12 x 203.0.113.7

With
  - 12 x aws-cli/2

Regions
  - 12 x us-east-1

What is not known
  - What it did in eu-north-1: it could not be read (ThrottlingException: Rate exceeded).
  - All it did in eu-west-1: there are older events than were read.
  - 1 events of which CloudTrail's record is damaged.
  - What it did in the last minutes: CloudTrail shows calls about 5 minutes late, some 15. Look again.
  - Reads and writes of data, such as objects in S3: the event history holds management events only.
  - What its sessions did: their calls bear keys of their own.
  - What happened in regions that Cordon does not govern.

Next
  - Look again: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=AKIAIOSFODNN7EXAMPLE
  - Go through what outlives the key, and end what nobody here made.
  - AWS may have attached AWSCompromisedKeyQuarantine policies to the user and opened a support case: answer it, and leave the policies until the key is deleted.
  - Take the key out of where it is public, and delete it. A deleted key cannot be restored.
`);
  });

  it("says that the key is not cut, why, and how to do it by hand", () => {
    const { subject, text } = write({
      cut: cut({
        outcome: "not-contained",
        reason: "Severity 6 is below 7, the threshold for containment",
      }),
      activity,
    });
    expect(subject).to.equal("[Cordon] Exposed key NOT cut: what it did: build (123456789012)");
    expect(text).to.include(
      "Nothing was changed, the key may work: Severity 6 is below 7, the threshold for containment",
    );
    expect(text).to.include(
      "aws iam update-access-key --user-name build --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive",
    );
  });

  it("leaves it to the notice before to say what to do about root's key", () => {
    const { userName: _, ...rootless } = named;
    const { text } = exposureNotice(
      { cut: { ...rootless, outcome: "not-contained", reason: "It is the root user's" }, activity },
      rootless,
    );
    expect(text).to.include("What the notice before this one says.");
    expect(text).not.to.include("update-access-key");
  });

  it("lets nothing but a name of IAM's into a command", () => {
    const odd = { ...named, userName: "x; curl evil.example\n" };
    const { text } = exposureNotice({ failure: { Error: "Lambda.Unknown" } }, odd);
    expect(text).to.include("--user-name <user> --access-key-id AKIAIOSFODNN7EXAMPLE");
    expect(text).not.to.include("--user-name x");
  });

  it("does not ask anybody to cut what is cut, or dead", () => {
    for (const outcome of ["contained", "key-gone"] as const) {
      expect(write({ cut: cut({ outcome }), activity }).text).not.to.include("update-access-key");
    }
  });

  it("says by name why nobody knows what the key did", () => {
    const { text } = write({
      cut: cut(),
      activityFailure: {
        Error: "ActivityUnread",
        Cause:
          '{"errorType":"ActivityUnread","errorMessage":"CloudTrail could be read in no region"}',
      },
    });
    expect(text).to.include(
      "What the key did could not be looked up (ActivityUnread: CloudTrail could be read in no region).",
    );
  });

  it("is urgent when the response itself failed", () => {
    const { subject, text } = write({ failure: { Error: "Lambda.Unknown", Cause: "timed out" } });
    expect(subject).to.equal(
      "[Cordon] URGENT Exposed key NOT cut: the response failed: build (123456789012)",
    );
    expect(text).to.include("The response failed after several tries (Lambda.Unknown: timed out).");
    expect(text).to.include("aws iam attach-user-policy --user-name build");
  });

  it("keeps the subject to 100 ASCII characters, whatever the user is called", () => {
    const { subject } = write({ cut: cut({ userName: "ü".repeat(64) }), activity });
    expect(subject).to.match(/^[\x20-\x7e]{1,100}$/);
  });

  it("says so where the key did nothing", () => {
    const quiet = { ...activity, events: 0, traces: [], unread: [], incomplete: [], malformed: 0 };
    expect(write({ cut: cut(), activity: quiet }).text).to.include(
      "No management events between 2026-06-04T08:00:00.000Z and 2026-06-05T08:00:00.000Z.",
    );
  });
});
