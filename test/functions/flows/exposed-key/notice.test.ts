import { expect } from "chai";
import type { Activity } from "../../../../functions/flows/exposed-key/activity";
import type { Cut } from "../../../../functions/flows/exposed-key/cut";
import {
  type Exposure,
  exposureNotice,
  type Named,
  newsNotice,
} from "../../../../functions/flows/exposed-key/notice";

const named: Named = {
  place: { account: "123456789012", region: "us-east-1" },
  finding: {
    id: "f-1",
    type: "TrustedAdvisor:ExposedAccessKeys",
    severity: 9,
    title: "Trusted Advisor: access key AKIAIOSFODNN7EXAMPLE is exposed",
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
  created: [],
  followed: [],
  incomplete: ["eu-west-1"],
  unread: [{ region: "eu-north-1", why: "ThrottlingException: Rate exceeded" }],
};
const write = (exposure: Exposure) => exposureNotice(exposure, named);

describe("the notice of an exposed key [R12] [E2]", () => {
  it("reports what the key did, what outlives it, and what is not known", () => {
    const { subject, text } = write({ cut: cut(), activity });
    expect(subject).to.equal(
      "[Cordon] Exposed key contained: activity report: build (123456789012)",
    );
    expect(text).to.equal(`Trusted Advisor: access key AKIAIOSFODNN7EXAMPLE is exposed

Finding    TrustedAdvisor:ExposedAccessKeys, severity 9
Resource   user build, access key AKIAIOSFODNN7EXAMPLE
Account    shop (123456789012), us-east-1
Link       https://example.com/check
Incident   0f3a9c1d2b4e5f60-1

State of the key
  - The key is disabled and its user is denied everything. The previous notice has the details.

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
  - Activity in eu-north-1: CloudTrail could not be read (ThrottlingException: Rate exceeded).
  - Older activity in eu-west-1: there are more events than were read.
  - 1 events whose CloudTrail record is malformed.
  - Calls of the last minutes: CloudTrail shows calls about 5 minutes late, some after 15. Cordon looks again after 20 minutes and after 24 hours, and notifies of what is new.
  - Data events, such as reads and writes of S3 objects: the event history holds management events only.
  - Calls of what the created principals created in turn: one step is followed.
  - Activity in regions that Cordon does not govern.

Next
  - Look again: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=AKIAIOSFODNN7EXAMPLE
  - Review everything that outlives the key. Remove what your organization did not create.
  - AWS may have attached an AWSCompromisedKeyQuarantine policy to the user and opened a support case. Answer the case, and keep the policy until the key is deleted.
  - Remove the key from where it is public, then delete it. A deleted key cannot be restored.
`);
  });

  it("says that the key is not contained, why, and how to do it by hand", () => {
    const { subject, text } = write({
      cut: cut({
        outcome: "not-contained",
        reason: "Severity 6 is below 7, the threshold for containment",
      }),
      activity,
    });
    expect(subject).to.equal(
      "[Cordon] URGENT Exposed key NOT contained: activity report: build (123456789012)",
    );
    expect(text).to.include(
      "Nothing was changed. The key may still work: Severity 6 is below 7, the threshold for containment",
    );
    expect(text).to.include(
      "aws iam update-access-key --user-name=build --access-key-id=AKIAIOSFODNN7EXAMPLE --status Inactive",
    );
  });

  it("refers to the previous notice for root's key", () => {
    const { userName: _, ...rootless } = named;
    const { text } = exposureNotice(
      { cut: { ...rootless, outcome: "not-contained", reason: "It is the root user's" }, activity },
      rootless,
    );
    expect(text).to.include("Follow the previous notice about this key.");
    expect(text).not.to.include("update-access-key");
  });

  it("puts only a valid IAM name into a command", () => {
    const odd = { ...named, userName: "x; curl evil.example\n" };
    const { text } = exposureNotice({ failure: { Error: "Lambda.Unknown" } }, odd);
    expect(text).to.include("--user-name=USER --access-key-id=AKIAIOSFODNN7EXAMPLE");
    expect(text).not.to.include("--user-name x");
  });

  it("gives no commands for a key that is contained or inactive", () => {
    for (const outcome of ["contained", "key-gone"] as const) {
      expect(write({ cut: cut({ outcome }), activity }).text).not.to.include("update-access-key");
    }
  });

  it("names the error that left the activity of the key unknown", () => {
    const { text } = write({
      cut: cut(),
      activityFailure: {
        Error: "ActivityUnread",
        Cause:
          '{"errorType":"ActivityUnread","errorMessage":"CloudTrail could not be read in any region"}',
      },
    });
    expect(text).to.include(
      "The activity of the key could not be looked up (ActivityUnread: CloudTrail could not be read in any region).",
    );
  });

  it("is urgent when the response itself failed", () => {
    const { subject, text } = write({ failure: { Error: "Lambda.Unknown", Cause: "timed out" } });
    expect(subject).to.equal(
      "[Cordon] URGENT Exposed key NOT contained: the response failed: build (123456789012)",
    );
    expect(text).to.include("The response failed after several tries (Lambda.Unknown: timed out).");
    expect(text).to.include("aws iam attach-user-policy --user-name=build");
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

describe("the notice of a later look at an exposed key", () => {
  const look = (found: Activity | undefined, told: Activity | undefined = activity) =>
    newsNotice(
      { cut: cut(), told, found, failure: { Error: "ActivityUnread", Cause: "no region" } },
      named,
    );
  const trace = {
    what: "access key",
    call: "iam:CreateAccessKey",
    name: "AKIAI44QH8DHBEXAMPLE backdoor",
    region: "us-east-1",
    at: "2026-06-05T07:40:00.000Z",
  };
  const followed = {
    by: "Username",
    value: "backdoor",
    call: "iam:CreateUser",
    events: 2,
    failed: 1,
    calls: [{ name: "ec2:RunInstances", count: 2 }],
    traces: [],
  } as const;

  it("is not written when there is nothing new", () => {
    expect(look({ ...activity, to: "2026-06-05T08:20:00.000Z" })).to.equal(undefined);
    const known = { ...activity, followed: [followed] };
    expect(look(known, known)).to.equal(undefined);
  });

  const news: readonly (readonly [string, Activity, string])[] = [
    ["more events", { ...activity, events: 15 }, "3 more events of the key."],
    [
      "another trace",
      { ...activity, traces: [...activity.traces, trace] },
      "access key: iam:CreateAccessKey AKIAI44QH8DHBEXAMPLE backdoor, 2026-06-05T07:40:00.000Z",
    ],
    [
      "calls of what the key created",
      { ...activity, followed: [followed] },
      "user backdoor, by iam:CreateUser: 2 events, 1 of them failed; 2 x ec2:RunInstances",
    ],
  ];
  for (const [what, found, line] of news) {
    it(`lists ${what}`, () => {
      const { subject, text } = look(found)!;
      expect(subject).to.equal(
        "[Cordon] URGENT Exposed key: new activity found: build (123456789012)",
      );
      expect(text).to.include(`\nWhat is new\n  - ${line}\n\n`);
    });
  }

  it("says that it is the first look, or that it failed", () => {
    expect(
      newsNotice({ cut: cut(), told: undefined, found: activity, failure: undefined }, named)?.text,
    ).to.include("\nWhat is new\n  - This is the first look that succeeded.\n");
    const failed = look(undefined)!;
    expect(failed.subject).to.equal(
      "[Cordon] Exposed key: a later look at its activity failed: build (123456789012)",
    );
    expect(failed.text).to.include(
      "The activity of the key could not be looked up (ActivityUnread: no region).",
    );
  });
});
