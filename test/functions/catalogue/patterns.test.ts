import { expect } from "chai";
import {
  driftCalls,
  driftEvents,
  driftEventsExcept,
  networkEvents,
} from "../../../functions/catalogue/calls";
import { matches } from "../../../functions/catalogue/event-pattern";
import {
  complianceNews,
  exposedKeyPattern,
  exposureEvents,
  failedReports,
  playbookPattern,
  triagePattern,
} from "../../../functions/catalogue/patterns";
import { type PlaybookId, routedPlaybooks } from "../../../functions/catalogue/playbooks";
import { isAnsweredElsewhere, primaryPlaybook } from "../../../functions/catalogue/routing";
import { releaseRequests, requests } from "../../../functions/catalogue/security-hub-actions";
import {
  groupChanges,
  instanceChanges,
  interfaceChanges,
  policyChanges,
  principalChanges,
} from "../../../functions/iam/guarded-actions";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";

const answering = (event: Json): PlaybookId[] =>
  routedPlaybooks.filter((id) => matches(playbookPattern(id), event));
const userType = ["detail", "resource", "accessKeyDetails", "userType"];
const resources = ["detail", "findings", "0", "Resources"];
const sentBy = (name: string, event = fixture("security-hub-instance")): Json =>
  spoiled(event, ["resources", "0"], `arn:aws:securityhub:us-east-1:1:action/custom/${name}`);
/** The same event as IAM's. */
const inIam = (event: Json, eventName: string): Json =>
  [
    [["source"], "aws.iam"],
    [["detail", "eventSource"], "iam.amazonaws.com"],
    [["detail", "eventName"], eventName],
  ].reduce((each, [path, value]) => spoiled(each, path as string[], value), event);
type Sent = { detail: { findings: [{ Resources: unknown[] }] } };
const principalType = "detail.findings.0.Resources.0.Details.AwsIamAccessKey.PrincipalType";

describe("the pattern of a playbook's rule [D2]", () => {
  const routes: readonly (readonly [string, Json, readonly PlaybookId[]])[] = [
    ["a finding about an instance", fixture("guardduty-instance"), ["contain-instance"]],
    ["a user's key", fixture("guardduty-access-key"), ["contain-access-key"]],
    [
      "a role's session",
      spoiled(fixture("guardduty-access-key"), userType, "AssumedRole"),
      ["revoke-sessions"],
    ],
    ["root's key", spoiled(fixture("guardduty-access-key"), userType, "Root"), []],
    ["credentials of no type", spoiled(fixture("guardduty-access-key"), userType, null), []],
    ["a user's key that a person sent", fixture("security-hub-access-key"), ["contain-access-key"]],
    [
      "a role's session that a person sent",
      spoiled(fixture("security-hub-access-key"), principalType.split("."), "AssumedRole"),
      ["revoke-sessions"],
    ],
    ["a console login that a person sent elsewhere", fixture("security-hub-console-login"), []],
    ["an instance that a person sent", fixture("security-hub-instance"), ["contain-instance"]],
    ["an instance sent for a dry run", sentBy("CordonDryRun"), ["contain-instance"]],
    [
      "a user's key sent for a dry run",
      sentBy("CordonDryRun", fixture("security-hub-access-key")),
      ["contain-access-key"],
    ],
    ["an instance sent to be released", sentBy("CordonRelease"), []],
    ["an instance sent by an action that is none of ours", sentBy("CordonDestroy"), []],
  ];
  for (const [what, event, ids] of routes) {
    it(`sends ${what} to ${ids[0] ?? "no playbook"}`, () => {
      expect(answering(event)).to.deep.equal(ids);
      expect(primaryPlaybook(event)).to.equal(ids[0]);
    });
  }

  it("matches a finding that lists an instance beside a key, and one playbook reports it", () => {
    const listed = ["security-hub-instance", "security-hub-access-key"].flatMap(
      (name) => (fixture(name) as Sent).detail.findings[0].Resources,
    );
    for (const order of [listed, listed.toReversed()]) {
      const both = spoiled(fixture("security-hub-instance"), resources, order);
      expect(answering(both)).to.deep.equal(["contain-instance", "contain-access-key"]);
      expect(primaryPlaybook(both)).to.equal("contain-instance");
    }
  });

  const severity = ["detail", "severity"];
  const withSeverity = (value: unknown) => spoiled(fixture("guardduty-instance"), severity, value);
  for (const [what, event, lane] of [
    ["a severe finding", withSeverity(7), "urgent"],
    ["a critical one", withSeverity(9.5), "urgent"],
    ["what a person sends", fixture("security-hub-instance"), "urgent"],
    ["a medium finding", withSeverity(6.9), "ordinary"],
    ["a low one", withSeverity(0), "ordinary"],
    ["a severity as text", withSeverity("8"), "ordinary"],
    ["an empty text", withSeverity(""), "ordinary"],
    ["no severity", spoiled(fixture("guardduty-instance"), severity, undefined), "ordinary"],
    ["a severity that is null", withSeverity(null), "ordinary"],
    ["one that is true", withSeverity(true), "ordinary"],
    ["one that is an object", withSeverity({ value: 9 }), "ordinary"],
    ["one that is an empty list", withSeverity([]), "ordinary"],
  ] as const) {
    it(`has exactly one lane for instances: ${lane} for ${what}`, () => {
      const lanes = (["urgent", "ordinary"] as const).filter((each) =>
        matches(playbookPattern("contain-instance", each), event),
      );
      expect(lanes).to.deep.equal([lane]);
      expect(primaryPlaybook(event)).to.equal("contain-instance");
    });
  }

  it("is not longer than the 2,048 characters that a rule takes", () => {
    for (const id of routedPlaybooks) {
      for (const lane of [undefined, "urgent", "ordinary"] as const) {
        const { length } = JSON.stringify(playbookPattern(id, lane));
        expect(length, id).to.be.at.most(2_048);
      }
    }
  });
});

describe("the pattern of the release function's rule", () => {
  it("matches what is sent to be released, whatever it is about, and nothing else", () => {
    for (const [event, released, answered] of [
      [sentBy("CordonRelease"), true, true],
      [sentBy("CordonRelease", fixture("security-hub-access-key")), true, true],
      [sentBy("CordonRelease", fixture("security-hub-console-login")), true, true],
      [spoiled(sentBy("CordonRelease"), ["detail"], undefined), true, true],
      [sentBy("CordonContain"), false, true],
      [sentBy("CordonDryRun"), false, true],
      [sentBy("NotCordonRelease"), false, false],
      [spoiled(sentBy("CordonRelease"), ["source"], "cordon.test"), false, false],
      [
        spoiled(sentBy("CordonRelease"), ["detail-type"], "Security Hub Findings - Imported"),
        ...([false, false] as const),
      ],
      [fixture("guardduty-instance"), false, true],
    ] as const) {
      expect(matches(releaseRequests, event), JSON.stringify(event)).to.equal(released);
      // What triage leaves alone.
      expect(isAnsweredElsewhere(event), JSON.stringify(event)).to.equal(answered);
    }
  });
});

describe("what is forwarded from Security Hub", () => {
  it("is what a person sends by one of Cordon's actions", () => {
    for (const name of ["CordonContain", "CordonDryRun", "CordonRelease"]) {
      expect(matches(requests, sentBy(name)), name).to.equal(true);
    }
    for (const name of ["aws", "Contain", "NotCordonContain", "CordonContains"]) {
      expect(matches(requests, sentBy(name)), name).to.equal(false);
    }
    const imported = spoiled(
      sentBy("CordonContain"),
      ["detail-type"],
      "Security Hub Findings - Imported",
    );
    expect(matches(requests, imported)).to.equal(false);
  });
});

describe("the pattern of calls that may let a contained target out", () => {
  const own = [
    "arn:aws:iam::222233334444:role/cordon-contain-instance",
    "arn:aws:iam::222233334444:role/cordon-release-instance",
  ];
  const moved = fixture("cloudtrail-modify-network-interface");
  const context = ["detail", "userIdentity", "sessionContext"];
  const issued = (issuer: object) => spoiled(moved, [...context, "sessionIssuer"], issuer);
  const rows: readonly (readonly [string, Json, boolean, boolean])[] = [
    ["by a role", moved, true, true],
    ["by a user, whose keys no session issued", spoiled(moved, context, undefined), true, true],
    ["in IAM", inIam(moved, "UpdateAccessKey"), true, true],
    ["by Cordon", issued({ type: "Role", arn: own[0] }), true, false],
    [
      "by a role of Cordon's name in another account",
      issued({ type: "Role", arn: "arn:aws:iam::333344445555:role/cordon-contain-instance" }),
      true,
      true,
    ],
    [
      "by a federated session of a user who is named like a role of Cordon's",
      issued({
        type: "IAMUser",
        arn: "arn:aws:iam::222233334444:user/cordon-contain-instance",
        userName: "cordon-contain-instance",
      }),
      true,
      true,
    ],
    [
      "that AWS refused",
      spoiled(moved, ["detail", "errorCode"], "Client.UnauthorizedOperation"),
      false,
      false,
    ],
    ["of the other service's name", inIam(moved, "AttachNetworkInterface"), false, false],
    [
      "of another service",
      spoiled(moved, ["detail", "eventSource"], "rds.amazonaws.com"),
      false,
      false,
    ],
    ["that lets nothing out", inIam(moved, "CreateGroup"), false, false],
  ];
  for (const [what, event, onHub, forwarded] of rows) {
    it(`is right about a call ${what}`, () => {
      expect(matches(driftEvents, event)).to.equal(onHub);
      expect(matches(driftEventsExcept(own), event)).to.equal(forwarded);
      expect(isAnsweredElsewhere(event)).to.equal(onHub);
    });
  }

  it("names calls that the guardrails deny on what is contained, and two that lead around it", () => {
    const denied = [
      ...[...groupChanges, ...interfaceChanges, ...instanceChanges],
      ...[...policyChanges, ...principalChanges],
    ];
    const others = driftCalls
      .flatMap(({ source, eventNames }) => eventNames.map((name) => `${source.slice(4)}:${name}`))
      .filter((action) => !denied.includes(action));
    expect(others).to.deep.equal(["ec2:AssociateTrunkInterface", "iam:AddRoleToInstanceProfile"]);
  });
});

describe("the pattern of triage's rule", () => {
  const automation = fixture("ssm-automation-failed");
  const call = fixture("cloudtrail-create-vpc");
  const moved = fixture("cloudtrail-modify-network-interface");
  const health = fixture("health-credentials-exposed");
  const signIn = fixture("cloudtrail-root-sign-in");

  it("leaves out what is forwarded of four sources where their own rules match it", () => {
    for (const [forwarded, own, event] of [
      [complianceNews, failedReports, automation],
      [networkEvents, networkEvents, call],
      [driftEvents, driftEvents, moved],
      [driftEvents, driftEvents, inIam(moved, "DetachUserPolicy")],
      [exposureEvents, exposedKeyPattern, health],
      [exposureEvents, exposedKeyPattern, fixture("cloudtrail-quarantine-attach")],
    ] as const) {
      const seen = [forwarded, own, triagePattern].map((pattern) => matches(pattern, event));
      expect(seen, JSON.stringify(event)).to.deep.equal([true, true, false]);
    }
  });

  it("leaves out what else a member may send of them: it would be refused, and its alarm stay on", () => {
    for (const event of [
      spoiled(automation, ["detail", "Definition"], "AWS-RunShellScript"),
      spoiled(call, ["detail", "eventName"], "RunInstances"),
      inIam(moved, "CreateGroup"),
      inIam(moved, "AttachUserPolicy"),
      spoiled(signIn, ["detail", "userIdentity", "type"], "IAMUser"),
      spoiled(signIn, ["detail", "eventName"], "CheckMfa"),
      spoiled(health, ["detail", "eventTypeCode"], "AWS_EC2_OPERATIONAL_ISSUE"),
    ]) {
      const patterns = [complianceNews, networkEvents, driftEvents, exposureEvents];
      expect(
        [...patterns, exposedKeyPattern, failedReports, triagePattern].some((each) =>
          matches(each, event),
        ),
      ).to.equal(false);
    }
  });

  it("matches all else", () => {
    for (const name of [
      "guardduty-instance",
      "security-hub-instance",
      "trusted-advisor-exposed-key",
      "config-compliance-change",
      "access-analyzer-finding",
      "cloudtrail-quarantine-detach",
      "cloudtrail-root-call",
      "cloudtrail-root-sign-in",
    ]) {
      expect(isAnsweredElsewhere(fixture(name)), name).to.equal(
        name === "guardduty-instance" ||
          name === "security-hub-instance" ||
          name === "trusted-advisor-exposed-key",
      );
      expect(matches(triagePattern, fixture(name)), name).to.equal(true);
    }
  });
});
