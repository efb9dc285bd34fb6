import { expect } from "chai";
import { type DenySession, sessionDeny } from "../../../../functions/remediate/steps/deny-session";
import * as builders from "../../../support/builders";
import { allowed } from "../../../support/simulate";

const role = {
  name: "tasks",
  arn: `arn:aws:iam::${builders.account}:role/service/tasks`,
  uniqueId: "AROAEXAMPLEROLE000003",
};
const step: DenySession = {
  kind: "deny-session",
  role,
  policy: `Cordon-${builders.taskKey}-1`,
  session: builders.taskId,
};
const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};
const work: readonly (readonly [string, string])[] = [
  ["s3:GetObject", "arn:aws:s3:::ledger/2026.csv"],
  ["iam:DeleteRolePolicy", role.arn],
  ["sts:AssumeRole", `arn:aws:iam::${builders.account}:role/admin`],
  ["dynamodb:Scan", `arn:aws:dynamodb:${builders.region}:${builders.account}:table/users`],
];
const ask = ([action, resource]: readonly [string, string], userId: string) =>
  allowed({
    principal: `arn:aws:sts::${builders.account}:assumed-role/tasks/${userId.split(":")[1]}`,
    identity: [everything, sessionDeny(step)],
    action,
    resource,
    account: builders.account,
    // A session that is opened at any time: credentials that a task gets later are denied, too.
    context: { "aws:userid": userId, "aws:TokenIssueTime": "2026-11-21T10:00:00Z" },
  });

describe("the deny of one session [R3]", () => {
  it("stops the stolen session in every service, and no sibling of the same role", async () => {
    const sibling = "4f9a1c2b3d5e67788990aabbccddeefe";
    for (const call of work) {
      expect(await ask(call, `${role.uniqueId}:${builders.taskId}`), call[0]).to.equal(false);
      for (const userId of [
        `${role.uniqueId}:${sibling}`,
        `${role.uniqueId}:${builders.taskId}0`,
        `${role.uniqueId}:x${builders.taskId}`,
        `${role.uniqueId}:${builders.taskId.toUpperCase()}`,
        // Another role that carries the same policy, or has the role's name since.
        `AROAEXAMPLEROLE000004:${builders.taskId}`,
      ]) {
        expect(await ask(call, userId), userId).to.equal(true);
      }
    }
  });
});
