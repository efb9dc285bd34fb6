import { expect } from "chai";
import { primaryPlaybook } from "../../../functions/catalogue/routing";
import { detect } from "../../../functions/detect/detect";
import * as builders from "../../support/builders";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";

const security = "123456789012";
const details = ["detail", "resource", "accessKeyDetails"];

/** The finding with other credentials; undefined leaves a field out. */
function about(changes: Record<string, unknown>): Json {
  return Object.entries(changes).reduce<Json>(
    (event, [field, value]) => spoiled(event, [...details, field], value),
    fixture("guardduty-access-key"),
  );
}
const session = (principalId: unknown, userName: unknown = "analyst") =>
  about({ userType: "AssumedRole", principalId, userName, accessKeyId: "ASIAEXAMPLEKEY000009" });

describe("a GuardDuty finding about credentials [D1]", () => {
  it("is about the user whose key it names, under one key for all keys and regions", () => {
    expect(detect(fixture("guardduty-access-key"), security)).to.deep.equal({
      kind: "incident",
      incident: {
        key: builders.userKey,
        playbook: "contain-access-key",
        place: { account: builders.account, region: "us-east-1" },
        resource: {
          kind: "user",
          id: "deploy",
          uniqueId: "AIDAEXAMPLEUSER000001",
          accessKey: "AKIAEXAMPLEKEY000001",
        },
        finding: {
          id: "4de5f60718293a4b5c6d7e8f90a1b2c3",
          type: "UnauthorizedAccess:IAMUser/TorIPCaller",
          severity: 5,
          title: "An access key was used from a Tor exit node.",
          sample: false,
          named: ["user deploy, access key AKIAEXAMPLEKEY000001"],
          seen: ["call s3:ListBuckets, 203.0.113.9, user agent aws-cli/2"],
          count: 1,
          firstSeen: "2026-11-20T09:40:00.000Z",
          lastSeen: "2026-11-20T10:00:00.000Z",
          inSecurityHub: {
            id: "arn:aws:guardduty:us-east-1:123456789012:detector/3cc1d2e4f5a60718293a4b5c6d7e8f90/finding/4de5f60718293a4b5c6d7e8f90a1b2c3",
            product: "arn:aws:securityhub:us-east-1::product/aws/guardduty",
          },
          report: {
            sentAt: "2026-11-20T10:04:31Z",
            region: "us-east-1",
            updatedAt: "2026-11-20T10:03:58.000Z",
          },
        },
      },
    });
    const elsewhere = spoiled(
      about({ accessKeyId: "AKIAEXAMPLEKEY000002" }),
      ["detail", "region"],
      "eu-west-1",
    );
    const detected = detect(elsewhere, security);
    expect(detected.kind === "incident" && detected.incident.key).to.equal(builders.userKey);
  });

  it("is about the user who is named root: the type shows root, not the name", () => {
    const detected = detect(about({ userName: "root" }), security);
    expect(detected.kind === "incident" && detected.incident.resource).to.deep.equal({
      kind: "user",
      id: "root",
      uniqueId: "AIDAEXAMPLEUSER000001",
      accessKey: "AKIAEXAMPLEKEY000001",
    });
  });

  it("is about the user for a temporary key too: the type shows its owner, not the prefix", () => {
    const detected = detect(about({ accessKeyId: "ASIAEXAMPLEKEY000009" }), security);
    expect(detected.kind === "incident" && detected.incident.resource).to.deep.equal({
      kind: "user",
      id: "deploy",
      uniqueId: "AIDAEXAMPLEUSER000001",
      accessKey: "ASIAEXAMPLEKEY000009",
    });
  });

  it("is about the same user under another name, and not about another user of the name", () => {
    const keyOf = (event: Json) => {
      const detected = detect(event, security);
      return detected.kind === "incident" && detected.incident.key;
    };
    expect(keyOf(about({ userName: "renamed" }))).to.equal(builders.userKey);
    expect(keyOf(about({ principalId: "AIDAEXAMPLEUSER000009" }))).not.to.equal(builders.userKey);
    // By: printf '222233334444\niam\nuser/deploy\ncontain-access-key' | sha256sum
    expect(keyOf(about({ principalId: "deploy" }))).to.equal("54eace95fb3c5c0a");
  });

  it("is about a user who signed in to the console, without a key", () => {
    for (const accessKeyId of [null, undefined, "", "null"]) {
      const detected = detect(about({ accessKeyId }), security);
      expect(detected.kind === "incident" && detected.incident).to.deep.include({
        key: builders.userKey,
        resource: { kind: "user", id: "deploy", uniqueId: "AIDAEXAMPLEUSER000001" },
      });
    }
  });

  const roles: readonly (readonly [string, Json, string, string, string, string?])[] = [
    [
      "a person's session",
      session("AROAEXAMPLEROLE000001:alice@example.com"),
      "analyst",
      "alice@example.com",
      builders.roleKey,
    ],
    [
      "another person's session of the same role, which the same deny ends",
      session("AROAEXAMPLEROLE000001:bob@example.com"),
      "analyst",
      "bob@example.com",
      builders.roleKey,
    ],
    [
      "an instance's session, which has a deny of its own",
      session(`AROAEXAMPLEROLE000002:${builders.instanceId}`, "web"),
      "web",
      builders.instanceId,
      builders.instanceSessionKey,
      "AROAEXAMPLEROLE000002",
    ],
    [
      "a task's session, which has a deny of its own",
      session(`AROAEXAMPLEROLE000003:${builders.taskId}`, "tasks"),
      "tasks",
      builders.taskId,
      builders.taskKey,
      "AROAEXAMPLEROLE000003",
    ],
    [
      "a pod's session, which has a deny of its own",
      session(
        "AROAEXAMPLEROLE000003:eks-prod-checkout-7d4b-1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "tasks",
      ),
      "tasks",
      "eks-prod-checkout-7d4b-1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
      // By: printf '222233334444\niam\nrole/tasks/eks-…\nrevoke-sessions' | sha256sum
      "57556e92d3492a04",
      "AROAEXAMPLEROLE000003",
    ],
  ];
  for (const [what, event, id, name, key, uniqueId = "AROAEXAMPLEROLE000001"] of roles) {
    it(`is about a role's session: ${what}`, () => {
      const detected = detect(event, security);
      expect(detected.kind === "incident" && detected.incident).to.deep.include({
        key,
        playbook: "revoke-sessions",
        resource: { kind: "role", id, uniqueId, accessKey: "ASIAEXAMPLEKEY000009", session: name },
      });
      expect(primaryPlaybook(event)).to.equal("revoke-sessions");
    });
  }

  it("takes nothing for a role's unique id that IAM would not give", () => {
    for (const id of ["", "AIDAEXAMPLEUSER000001", "AROA", "arn:aws:iam::222233334444:role/x"]) {
      const detected = detect(session(`${id}:alice`), security);
      const resource = detected.kind === "incident" && detected.incident.resource;
      expect(resource, id).not.to.have.property("uniqueId");
    }
  });

  interface Advised {
    readonly what: string;
    readonly event: Json;
    readonly resource: string;
    readonly why: string;
    /** How the first thing to do begins; undefined for nothing to do. */
    readonly first?: string;
    readonly urgent?: true;
  }
  const advised: readonly Advised[] = [
    {
      what: "root, which no policy of an account binds",
      event: about({ userType: "Root", userName: "Root", principalId: builders.account }),
      resource: "root user",
      why: "The account's root user acted: no IAM policy restricts root, so that Cordon cannot contain it",
      first: "Sign in as root now: change the password, delete every access key, renew MFA",
      urgent: true,
    },
    {
      what: "a federated user, whose name its user may choose",
      event: about({ userType: "FederatedUser", userName: "deploy" }),
      resource: "federated user",
      why: "The caller of GetFederationToken chooses a federated user's name",
      first: "Find that user: aws cloudtrail lookup-events",
    },
    {
      what: "no user type: the key alone may be anybody's",
      event: about({ userType: undefined }),
      resource: "credentials",
      why: "The finding does not say what type of user the credentials belong to",
      first:
        "Find their owner: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=AKIAEXAMPLEKEY000001",
    },
    {
      what: "a null user type, as old events have it",
      event: about({ userType: null, accessKeyId: null }),
      resource: "credentials",
      why: "The finding does not say what type of user the credentials belong to",
      first:
        "Find their owner: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=KEY",
    },
    {
      what: "an unknown user type",
      event: about({ userType: "AWSService" }),
      resource: "credentials",
      why: "No playbook covers credentials of type AWSService",
      first: "Find their owner: ",
    },
    {
      what: "a user type that is a command, which no notice repeats",
      event: about({ userType: "x; rm -rf /", accessKeyId: "$(id)" }),
      resource: "credentials",
      why: "No playbook covers credentials of type unknown",
      first:
        "Find their owner: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=KEY",
    },
    {
      what: "a user without a name",
      event: about({ userName: "" }),
      resource: "IAM user",
      why: "The finding does not name the IAM user",
      first: "Read the finding",
    },
    {
      what: "a user under a name that IAM does not allow",
      event: about({ userName: "../admin" }),
      resource: "IAM user",
      why: "The finding does not name the IAM user",
      first: "Read the finding",
    },
    {
      what: "a role without a session",
      event: session("AROAEXAMPLEROLE000001"),
      resource: "role analyst",
      why: "The finding does not say which session of role analyst it is about",
      first: "Find the session in CloudTrail",
    },
    {
      what: "a role without a name",
      event: session("AROAEXAMPLEROLE000001:alice", null),
      resource: "role",
      why: "The finding does not name the role",
      first: "Read the finding",
    },
    {
      what: "no credentials at all",
      event: spoiled(fixture("guardduty-access-key"), details, undefined),
      resource: "credentials",
      why: "The finding does not say what type of user the credentials belong to",
      first: "Find their owner: ",
    },
    {
      // As published by teams that handle findings: a sample names no principal.
      what: "GuardDuty's own sample, which names no principal",
      event: fixture("guardduty-access-key-sample"),
      resource: "sample credentials",
      why: "The finding is a generated sample: it names no principal",
    },
    {
      what: "a sample about root, which is nothing urgent",
      event: spoiled(fixture("guardduty-access-key-sample"), [...details, "userType"], "Root"),
      resource: "sample credentials",
      why: "The finding is a generated sample: it names no principal",
    },
  ];
  for (const { what, event, resource, why, first, urgent } of advised) {
    it(`is notified, and nothing changed, with ${what}`, () => {
      const detected = detect(event, security);
      if (detected.kind !== "unanswered") throw new Error(JSON.stringify(detected));
      expect(detected.resource).to.equal(resource);
      expect(detected.advice?.why.slice(0, why.length)).to.equal(why);
      expect(detected.advice?.manualSteps[0]?.slice(0, first?.length)).to.equal(first);
      expect(detected.advice?.urgent).to.equal(urgent);
    });
  }

  it("is answered although the user is called like GuardDuty's samples: that hides no user", () => {
    const detected = detect(about({ userName: "GeneratedFindingUserName" }), security);
    expect(detected.kind === "incident" && detected.incident.resource.id).to.equal(
      "GeneratedFindingUserName",
    );
  });

  it("is only notified when its type is root's alone, whatever user it names", () => {
    const event = spoiled(
      fixture("guardduty-access-key"),
      ["detail", "type"],
      "Policy:IAMUser/RootCredentialUsage",
    );
    expect(detect(event, security).kind).to.equal("unanswered");
    expect(primaryPlaybook(event)).to.equal(undefined);
  });

  it("is refused when the credentials are not an object, and names them", () => {
    const event = spoiled(fixture("guardduty-access-key"), details, "AKIAEXAMPLEKEY000001");
    expect(detect(event, security)).to.deep.equal({
      kind: "refused",
      reason:
        "Not a finding about credentials: accessKeyDetails: Invalid input: expected object, received string",
    });
  });

  it("is refused when it comes from a member, which could aim the responder at its like", () => {
    const event = spoiled(fixture("guardduty-access-key"), ["account"], builders.account);
    expect(detect(event, security)).to.deep.include({ kind: "refused" });
  });
});
