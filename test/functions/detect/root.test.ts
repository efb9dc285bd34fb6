import { expect } from "chai";
import { detect } from "../../../functions/detect/detect";
import type { Detected } from "../../../functions/detect/detected";
import { detectRoot } from "../../../functions/detect/root";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";

type Unanswered = Extract<Detected, { kind: "unanswered" }>;

const signIn = fixture("cloudtrail-root-sign-in");
const call = fixture("cloudtrail-root-call");
const withDetail = (event: Json, path: readonly string[], value: unknown) =>
  spoiled(event, ["detail", ...path], value);
const named = (eventName: string, result: unknown = { [eventName]: "Success" }) =>
  withDetail(withDetail(signIn, ["eventName"], eventName), ["responseElements"], result);

function read(event: Json): Unanswered {
  const detected = detect(event, "444455556666");
  if (detected.kind !== "unanswered") throw new Error(JSON.stringify(detected));
  return detected;
}

describe("functions/detect/root [D5] [C8]", () => {
  it("notifies urgently of a sign-in, with where from, and what to do: nothing contains root", () => {
    const { advice, ...detected } = read(signIn);
    expect(detected).to.deep.equal({
      kind: "unanswered",
      place: { account: "123456789012", region: "us-east-1" },
      resource: "root user",
      finding: {
        id: "root-ConsoleLogin",
        type: "CloudTrail:Root/ConsoleLogin",
        severity: 8,
        title: "CloudTrail: Root signed in to the console from 192.0.2.0, MFA used: No",
        sample: false,
        lastSeen: "2026-06-05T10:15:31Z",
        link: "https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events?Username=root",
      },
    });
    expect(advice?.urgent).to.equal(true);
    expect(advice?.why).to.equal(
      "Root signed in to the console: no IAM policy restricts root, so that Cordon cannot contain it",
    );
    expect(advice?.manualSteps[0]).to.match(/^Sign in as root now: change the password/);
  });

  it("notifies urgently of a call of IAM that changes something", () => {
    const { finding, advice } = read(call);
    expect([finding.type, finding.severity, finding.title, advice?.urgent]).to.deep.equal([
      "CloudTrail:Root/CreateAccessKey",
      8,
      "CloudTrail: Root called iam:CreateAccessKey from 192.0.2.0",
      true,
    ]);
  });

  const failure = { ConsoleLogin: "Failure" };
  const rows: readonly (readonly [string, Json, number, string])[] = [
    [
      "a failed sign-in",
      named("ConsoleLogin", failure),
      5,
      "A sign-in to the console as root failed",
    ],
    [
      "a failed sign-in without an outcome",
      withDetail(named("ConsoleLogin", null), ["errorMessage"], "Failed authentication"),
      5,
      "A sign-in to the console as root failed",
    ],
    [
      "a sign-in without an outcome: it counts as a success",
      named("ConsoleLogin", null),
      8,
      "Root signed in to the console",
    ],
    [
      "an outcome of another kind: it counts as a success",
      named("ConsoleLogin", { ConsoleLogin: { of: "x" } }),
      8,
      "Root signed in to the console",
    ],
    [
      "a request to recover the password",
      named("PasswordRecoveryRequested"),
      5,
      "Somebody asked for a recovery of root's password",
    ],
    [
      "a recovered password",
      named("PasswordRecoveryCompleted"),
      8,
      "Root's password was recovered by e-mail",
    ],
    [
      "a recovery that failed",
      named("PasswordRecoveryCompleted", { PasswordRecoveryCompleted: "Failure" }),
      5,
      "A recovery of root's password failed",
    ],
    ["a new password", named("PasswordUpdated"), 8, "Root's password was changed"],
    ["a new e-mail address", named("EmailUpdated"), 8, "Root changed the account's e-mail address"],
  ];
  for (const [what, event, severity, said] of rows) {
    it(`tells ${what}`, () => {
      const { finding, daily, advice } = read(event);
      expect([finding.severity, finding.title]).to.deep.equal([
        severity,
        `CloudTrail: ${said} from 192.0.2.0, MFA used: No`,
      ]);
      // What outsiders cause is bounded, pages nobody, and has the event's own id for the claim of the day.
      const isOutsiders = severity === 5;
      expect(daily !== undefined).to.equal(isOutsiders);
      expect(advice?.urgent).to.equal(isOutsiders ? undefined : true);
      expect(finding.id === "4217aeb6-0a44-4a2d-9f1c-1c2d3e4f5a6b").to.equal(isOutsiders);
    });
  }

  it("keeps failures and requests for recovery apart: one hides no other", () => {
    expect(
      [named("ConsoleLogin", failure), named("PasswordRecoveryRequested")].map(
        (event) => read(event).daily,
      ),
    ).to.deep.equal([
      "CloudTrail:Root/ConsoleLogin by others",
      "CloudTrail:Root/PasswordRecoveryRequested by others",
    ]);
  });

  it("reads fields that are null", () => {
    const bare = ["sourceIPAddress", "additionalEventData", "eventID", "responseElements"].reduce(
      (event, field) => withDetail(event, [field], null),
      signIn,
    );
    expect(read(bare).finding.title).to.equal(
      "CloudTrail: Root signed in to the console from an address that is not named",
    );
  });

  it("makes one line of what the caller chose", () => {
    const forged = withDetail(signIn, ["sourceIPAddress"], "a\nDo this: nothing");
    expect(read(forged).finding.title).to.include("from a Do this: nothing, MFA");
  });

  for (const [what, event] of [
    ["a user's sign-in", withDetail(signIn, ["userIdentity", "type"], "IAMUser")],
    ["nobody's", withDetail(signIn, ["userIdentity"], null)],
    ["a kind of sign-in that is not listed", withDetail(signIn, ["eventName"], "CheckMfa")],
    ["a call that AWS refused", withDetail(call, ["errorCode"], "AccessDenied")],
    ["a read", withDetail(call, ["readOnly"], true)],
    ["another service's call", withDetail(call, ["eventSource"], "ec2.amazonaws.com")],
    ["another region", spoiled(signIn, ["region"], "eu-west-1")],
  ] as const) {
    it(`refuses ${what}`, () => {
      const detected = detectRoot(event);
      expect(detected.kind === "refused" && detected.reason).to.match(/^Not an event of root: /);
    });
  }

  it("refuses an event that is about another account than the envelope's", () => {
    expect(detectRoot(withDetail(signIn, ["recipientAccountId"], "222233334444"))).to.deep.equal({
      kind: "refused",
      reason: "The event of 123456789012 is about 222233334444",
    });
  });
});
