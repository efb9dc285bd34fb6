import { expect } from "chai";
import { denyDocument } from "../../../../functions/remediate/steps/deny-instance-credentials";
import { revocation } from "../../../../functions/remediate/steps/revoke-sessions";
import * as builders from "../../../support/builders";
import { allowed } from "../../../support/simulate";

const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};
const work: readonly (readonly [string, string])[] = [
  ["s3:GetObject", "arn:aws:s3:::ledger/2026.csv"],
  ["iam:CreateUser", `arn:aws:iam::${builders.account}:user/intruder`],
  ["sts:AssumeRole", `arn:aws:iam::${builders.account}:role/admin`],
  ["dynamodb:Scan", `arn:aws:dynamodb:${builders.region}:${builders.account}:table/users`],
];
const ask = (
  document: object,
  [action, resource]: readonly [string, string],
  context: Record<string, string>,
) =>
  allowed({
    principal: `arn:aws:sts::${builders.account}:assumed-role/analyst/alice`,
    identity: [everything, document],
    action,
    resource,
    account: builders.account,
    context,
  });

describe("the deny of sessions issued before a moment [R3]", () => {
  const document = revocation("2026-11-20T10:05:30.000Z");
  const issued = (moment: string) => ({ "aws:TokenIssueTime": moment });

  it("stops every earlier session in every service", async () => {
    for (const call of work) {
      for (const moment of ["2026-11-20T10:05:29Z", "2026-11-19T22:00:00Z"]) {
        expect(await ask(document, call, issued(moment)), call[0]).to.equal(false);
      }
    }
  });

  it("leaves every later session alone, and what has no issue time: it is no session", async () => {
    for (const call of work) {
      for (const context of [issued("2026-11-20T10:05:30Z"), issued("2026-11-20T11:00:00Z"), {}]) {
        expect(await ask(document, call, context as Record<string, string>)).to.equal(true);
      }
    }
  });
});

describe("the deny of one name's sessions issued before a moment [R3]", () => {
  const document = revocation("2026-11-20T10:05:30.000Z", "AROAEXAMPLEROLE000001:deploy");
  const session = (name: string, moment: string, role = "AROAEXAMPLEROLE000001") => ({
    "aws:TokenIssueTime": moment,
    "aws:userid": `${role}:${name}`,
  });

  it("stops every earlier session of the name, and no other", async () => {
    const early = "2026-11-20T10:05:29Z";
    for (const call of work) {
      expect(await ask(document, call, session("deploy", early)), call[0]).to.equal(false);
      for (const other of [
        session("deploy", "2026-11-20T10:05:30Z"),
        session("deploy-2", early),
        session("Deploy", early),
        session("deploy", early, "AROAEXAMPLEROLE000002"),
      ]) {
        expect(await ask(document, call, other), JSON.stringify(other)).to.equal(true);
      }
    }
  });
});

describe("the deny of an instance's session in every region [R3]", () => {
  const session = { session: builders.instanceId };
  const document = denyDocument({
    instanceArn: `arn:aws:ec2:*:${builders.account}:instance/${session.session}`,
    endpoints: [],
  });
  const of = (region: string, id: string, account = builders.account) => ({
    "ec2:SourceInstanceARN": `arn:aws:ec2:${region}:${account}:instance/${id}`,
  });

  it("stops it wherever the instance is, and no sibling", async () => {
    for (const call of work) {
      for (const region of ["eu-central-1", "us-east-1", "ap-southeast-2"]) {
        expect(await ask(document, call, of(region, builders.instanceId))).to.equal(false);
        expect(await ask(document, call, of(region, "i-0a1b2c3d4e5f60719"))).to.equal(true);
      }
      expect(await ask(document, call, of("us-east-1", builders.instanceId, "1"))).to.equal(true);
      expect(await ask(document, call, {})).to.equal(true);
    }
  });

  it("stops every session of its name where others may choose it, and no longer name", async () => {
    const named = denyDocument({
      instanceArn: `arn:aws:ec2:*:${builders.account}:instance/${session.session}`,
      endpoints: [],
      ...session,
    });
    // The role's unique id, a colon and the session's name.
    const by = (name: string) => ({ "aws:userid": `AROAEXAMPLEROLE000001:${name}` });
    for (const call of work) {
      expect(await ask(named, call, by(builders.instanceId))).to.equal(false);
      expect(await ask(named, call, by(`not-${builders.instanceId}`))).to.equal(true);
      expect(await ask(named, call, by(`${builders.instanceId}-not`))).to.equal(true);
    }
  });
});
