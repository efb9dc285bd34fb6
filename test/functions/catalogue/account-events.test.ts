import { expect } from "chai";
import {
  quarantineAttached,
  quarantineCalls,
  quarantineDetached,
  rootCallEvents,
  rootSignInEvents,
} from "../../../functions/catalogue/account-events";
import { driftEventsExcept } from "../../../functions/catalogue/calls";
import { matches } from "../../../functions/catalogue/event-pattern";
import { exposureEvents } from "../../../functions/catalogue/patterns";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";

const attach = fixture("cloudtrail-quarantine-attach");
const detach = fixture("cloudtrail-quarantine-detach");
const signIn = fixture("cloudtrail-root-sign-in");
const call = fixture("cloudtrail-root-call");
const policy = (arn: unknown) => spoiled(attach, ["detail", "requestParameters", "policyArn"], arn);

describe("functions/catalogue/account-events [D5]", () => {
  const rows: readonly (readonly [string, object, Json, boolean])[] = [
    ["AWS's attach", quarantineAttached, attach, true],
    [
      "the first version",
      quarantineAttached,
      policy("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine"),
      true,
    ],
    [
      "the second version",
      quarantineAttached,
      policy("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV2"),
      true,
    ],
    [
      "a customer's policy of that name",
      quarantineAttached,
      policy("arn:aws:iam::123456789012:policy/AWSCompromisedKeyQuarantineV3"),
      false,
    ],
    [
      "another policy of AWS",
      quarantineAttached,
      policy("arn:aws:iam::aws:policy/AWSDenyAll"),
      false,
    ],
    [
      "no parameters",
      quarantineAttached,
      spoiled(attach, ["detail", "requestParameters"], null),
      false,
    ],
    [
      "a refused attach",
      quarantineAttached,
      spoiled(attach, ["detail", "errorCode"], "AccessDenied"),
      false,
    ],
    [
      "an attach to a role",
      quarantineAttached,
      spoiled(attach, ["detail", "eventName"], "AttachRolePolicy"),
      false,
    ],
    ["a detach", quarantineAttached, detach, false],
    ["a detach", quarantineDetached, detach, true],
    ["an attach", quarantineDetached, attach, false],
    [
      "a refused detach",
      quarantineDetached,
      spoiled(detach, ["detail", "errorCode"], "AccessDenied"),
      false,
    ],
    ["root's sign-in", rootSignInEvents, signIn, true],
    [
      "root's failed sign-in",
      rootSignInEvents,
      spoiled(signIn, ["detail", "responseElements"], { ConsoleLogin: "Failure" }),
      true,
    ],
    [
      "a user's sign-in",
      rootSignInEvents,
      spoiled(signIn, ["detail", "userIdentity", "type"], "IAMUser"),
      false,
    ],
    [
      "a question for root's MFA",
      rootSignInEvents,
      spoiled(signIn, ["detail", "eventName"], "CheckMfa"),
      false,
    ],
    ["root's new key", rootCallEvents, call, true],
    [
      "a call that names the console's sign-in",
      rootCallEvents,
      spoiled(call, ["detail", "userIdentity", "invokedBy"], "signin.amazonaws.com"),
      true,
    ],
    [
      "a call whose service is null",
      rootCallEvents,
      spoiled(call, ["detail", "userIdentity", "invokedBy"], null),
      true,
    ],
    [
      "a call that a service of AWS made for root",
      rootCallEvents,
      spoiled(call, ["detail", "userIdentity", "invokedBy"], "autoscaling.amazonaws.com"),
      false,
    ],
    ["a read", rootCallEvents, spoiled(call, ["detail", "readOnly"], true), false],
    [
      "a refused call",
      rootCallEvents,
      spoiled(call, ["detail", "errorCode"], "AccessDenied"),
      false,
    ],
    [
      "a user's call",
      rootCallEvents,
      spoiled(call, ["detail", "userIdentity", "type"], "IAMUser"),
      false,
    ],
    ["root's call of another service", rootCallEvents, spoiled(call, ["source"], "aws.ec2"), false],
  ];
  for (const [what, pattern, event, expected] of rows) {
    it(`${expected ? "takes" : "leaves"} ${what}`, () => {
      expect(matches(pattern, event)).to.equal(expected);
    });
  }

  it("is forwarded once, whatever root calls", () => {
    for (const eventName of ["CreateAccessKey", "DetachUserPolicy", "DeactivateMFADevice"]) {
      const event = spoiled(call, ["detail", "eventName"], eventName);
      const rules = [exposureEvents, driftEventsExcept(["arn:aws:iam::123456789012:role/own"])];
      expect(rules.filter((rule) => matches(rule, event)).length, eventName).to.equal(1);
    }
  });

  it("knows AWS's policy by its whole ARN", () => {
    const known = (arn: string) => quarantineCalls.policy.test(arn);
    const arn = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine";
    expect([arn, `${arn}V3`, `${arn}V10`].map(known)).to.deep.equal([true, true, true]);
    expect([`${arn}V`, `${arn}V3 `, `${arn}V3/x`, `x${arn}`].map(known)).to.deep.equal(
      Array(4).fill(false),
    );
  });
});
