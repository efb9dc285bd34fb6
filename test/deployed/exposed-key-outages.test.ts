import { DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { security } from "../../local/gateway/accounts";
import type { Fault } from "../../local/gateway/faults";
import type { Caller, Credentials } from "../../local/gateway/iam/caller";
import type { SeededUser } from "../../local/seeds/identities";
import { ownerOf } from "../../local/seeds/owner";
import { type Deployed, deployed } from "./deployed";
import {
  as,
  cut,
  exposedTo,
  hurried,
  lastOf,
  madeAbout,
  sectionsOf,
  seedVictim,
  shop,
  toTheEnd,
  untouched,
  userStateOf,
} from "./exposure";

let here: Deployed;
const victim = (name: string) => seedVictim(here.organization.gateway, name);
const standing = (user: SeededUser) => userStateOf(here.organization.gateway, user);

/** Deploys, and has one of the workflow's functions waste no time between an SDK's tries. */
function around(functionName: string): void {
  let restore: () => Promise<unknown>;
  before("deploy into the local organization", async () => {
    here = await deployed();
    restore = await hurried(here, functionName);
  });
  after(() => restore());
}

/** Throttles the first call of a function that is about the user's key, and all like it, `until`. */
function throttled(
  state: "LookUpActivity" | "NotifySecurity",
  user: SeededUser,
  until = () => false,
): Fault {
  const concerned = madeAbout(here, state, user.keys[0]?.accessKeyId ?? "");
  const role = { LookUpActivity: "investigate-identity", NotifySecurity: "notify-exposure" };
  return {
    at: 1,
    kind: "throttle",
    lasting: true,
    concerns: (caller) =>
      caller.roleArn?.endsWith(role[state]) === true && concerned(caller) && !until(),
  };
}

describe("the exposed-key workflow, while CloudTrail throttles [R4]", () => {
  around("cordon-look-up-activity");

  it("ends ActivityUnknown, with the key cut and a notice: no region can be read", async () => {
    const user = await victim("unread");
    const { execution, notices, calls } = await exposedTo(
      here,
      user,
      throttled("LookUpActivity", user),
    );
    expect(execution.status).to.equal("SUCCEEDED");
    expect(execution.states).to.deep.equal([...toTheEnd, "ActivityUnknown"]);
    expect(await standing(user)).to.deep.equal(cut);
    // Eight tries of the SDK in each of two regions, three of the workflow, and three looks.
    const asked = calls.filter(({ action }) => action === "cloudtrail:LookupEvents");
    expect(asked.map(({ fault }) => fault)).to.deep.equal(Array(144).fill("throttle"));
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] Contained: user unread (TrustedAdvisor:ExposedAccessKeys)",
      "[Cordon] Exposed key contained: activity report: unread (222233334444)",
      "[Cordon] Exposed key: a later look at its activity failed: unread (222233334444)",
      "[Cordon] Exposed key: a later look at its activity failed: unread (222233334444)",
    ]);
    expect(sectionsOf(lastOf(notices.slice(0, 2)))["What is not known"]?.[0]).to.equal(
      "The activity of the key could not be looked up (ActivityUnread: CloudTrail could not be read in any region (eu-west-1: ThrottlingException: Rate exceeded; us-east-1: ThrottlingException: Rate exceeded)).",
    );
  });

  it("ends Contained: the first run of the look-up finds nothing, the second everything", async () => {
    const user = await victim("read-late");
    const { gateway, lambda } = here.organization;
    await new S3Client(as(gateway.url, user.keys[0] as Credentials)).send(
      new ListBucketsCommand({}),
    );
    const first = lambda.called.length;
    const lookUps = () =>
      lambda.called
        .slice(first)
        .filter(({ functionName }) => functionName === "cordon-look-up-activity");
    const { execution, notices } = await exposedTo(
      here,
      user,
      throttled("LookUpActivity", user, () => lookUps().length > 0),
    );
    expect(lookUps().map(({ error }) => error?.type)).to.deep.equal([
      "ActivityUnread",
      undefined,
      // The later looks.
      undefined,
      undefined,
    ]);
    expect(execution.states).to.deep.equal([...toTheEnd, "Contained"]);
    expect(sectionsOf(lastOf(notices)).Calls).to.deep.equal(["1 x s3:ListBuckets"]);
  });
});

describe("the exposed-key workflow, while the responders cannot be notified [R4]", () => {
  around("cordon-notify-exposure");

  it("ends NotifiedPlainly: the workflow publishes the event itself", async () => {
    const user = await victim("told-plainly");
    const { execution, notices } = await exposedTo(here, user, throttled("NotifySecurity", user));
    expect(execution.status).to.equal("SUCCEEDED");
    expect(execution.states).to.deep.equal([
      "CutKey",
      "WhatStands",
      "LookUpActivity",
      "NotifySecurity",
      "NotifyPlainly",
      "NotifiedPlainly",
    ]);
    expect(await standing(user)).to.deep.equal(cut);
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] Contained: user told-plainly (TrustedAdvisor:ExposedAccessKeys)",
      "[Cordon] URGENT Exposed key: the summary could not be written",
    ]);
    expect(notices[1]?.text).to.include(execution.arn);
    expect(notices[1]?.text).to.include(`"Access Key ID":"${user.keys[0]?.accessKeyId}"`);
  });

  it("ends NoticeFailed, as a failed execution, when that fails too", async () => {
    const user = await victim("told-nothing");
    const { iam } = ownerOf(here.organization.gateway, { ...shop, account: security.id });
    const roles = ["cordon-notify-exposure", "cordon-exposed-key"];
    const Deny = { Effect: "Deny", Action: "sns:Publish", Resource: "*" };
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [Deny] });
    const PolicyName = "outage";
    for (const RoleName of roles) {
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    }
    try {
      const { execution } = await exposedTo(here, user);
      expect(execution).to.include({ status: "FAILED", error: "NoticeFailed" });
      expect(execution.states.slice(-2)).to.deep.equal(["NotifyPlainly", "NoticeFailed"]);
      expect(await standing(user)).to.deep.equal(cut);
    } finally {
      for (const RoleName of roles) {
        await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      }
    }
  });
});

describe("the exposed-key workflow, while the key cannot be cut", () => {
  around("cordon-cut-exposed-key");

  it("ends NotContained, and an immediate notice says what to do: every try is killed", async () => {
    const user = await victim("uncut");
    const { execution, notices, changes } = await exposedTo(here, user, {
      at: 1,
      kind: "kill",
      lasting: true,
      concerns: madeAbout(here, "CutKey", user.keys[0]?.accessKeyId ?? ""),
      onKill: (caller: Caller) => here.organization.lambda.kill(caller.accessKeyId),
    });
    expect(execution.status).to.equal("SUCCEEDED");
    expect(execution.states).to.deep.equal([
      "CutKey",
      "NotifySecurity",
      "IsThereAKey",
      "HowItEnded",
      "NotContained",
    ]);
    expect(changes).to.deep.equal([]);
    expect(await standing(user)).to.deep.equal(untouched);
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] URGENT Exposed key NOT contained: the response failed: uncut (222233334444)",
    ]);
    expect(sectionsOf(lastOf(notices))["Do this"]).to.deep.equal([
      `aws iam update-access-key --user-name=uncut --access-key-id=${user.keys[0]?.accessKeyId} --status Inactive`,
      "aws iam attach-user-policy --user-name=uncut --policy-arn arn:aws:iam::aws:policy/AWSDenyAll",
    ]);
  });

  it("ends ContainedInPart, with what the key did and what is left to do: IAM throttles a step", async () => {
    const user = await victim("cut-in-part");
    const concerned = madeAbout(here, "CutKey", user.keys[0]?.accessKeyId ?? "");
    const { execution, notices } = await exposedTo(here, user, {
      at: 1,
      kind: "throttle",
      lasting: true,
      concerns: (caller) =>
        concerned(caller) && JSON.stringify(caller.sessionPolicy ?? "").includes("iam:TagUser"),
    });
    expect(execution.status).to.equal("SUCCEEDED");
    expect(execution.states).to.deep.equal([...toTheEnd, "ContainedInPart"]);
    expect(await standing(user)).to.deep.equal(cut);
    expect(notices.map(({ subject }) => subject)).to.deep.equal([
      "[Cordon] Contained: user cut-in-part (TrustedAdvisor:ExposedAccessKeys)",
      "[Cordon] Contained: user cut-in-part (TrustedAdvisor:ExposedAccessKeys)",
      "[Cordon] URGENT Exposed key partly contained: activity report: cut-in-part (222233334444)",
    ]);
    expect(sectionsOf(lastOf(notices))["State of the key"]?.[0]).to.match(
      /^Containment is incomplete and is not retried: Incident \w{16}-1 is contained in part: tag-principal: /,
    );
  });
});
