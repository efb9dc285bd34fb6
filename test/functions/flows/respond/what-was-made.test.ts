import { expect } from "chai";
import { whatWasMade } from "../../../../functions/flows/respond/what-was-made";

/**
 * Records in the shape of CloudTrail's user guide, "CloudTrail record contents" and "CloudTrail log
 * file examples" (IAM, EC2), and of Lambda's guide, "Logging Lambda API calls using CloudTrail".
 */
let id = 0;
const event = (
  name: string,
  service: string,
  changes: object = {},
  time = "2026-11-20T10:00:00Z",
) => ({
  EventId: `00000000-0000-4000-8000-${String(++id).padStart(12, "0")}`,
  CloudTrailEvent: JSON.stringify({
    eventVersion: "1.09",
    userIdentity: { type: "IAMUser", userName: "mallory", accessKeyId: "AKIAIOSFODNN7EXAMPLE" },
    eventTime: time,
    eventSource: `${service}.amazonaws.com`,
    eventName: name,
    awsRegion: "us-east-1",
    ...changes,
  }),
});
const iam = (name: string, requestParameters: object, responseElements: object | null = null) =>
  event(name, "iam", { requestParameters, responseElements });
const denyAll = "--policy-arn arn:aws:iam::aws:policy/AWSDenyAll";

describe("what a contained principal made [P9]", () => {
  for (const [words, made, kind, name, command] of [
    [
      "a user",
      iam("CreateUser", { userName: "bridge" }),
      "user",
      "bridge",
      `aws iam attach-user-policy --user-name bridge ${denyAll}`,
    ],
    [
      "a key",
      iam(
        "CreateAccessKey",
        { userName: "bridge" },
        {
          accessKey: { accessKeyId: "AKIAI44QH8DHBEXAMPLE", userName: "bridge", status: "Active" },
        },
      ),
      "access key",
      "AKIAI44QH8DHBEXAMPLE",
      "aws iam update-access-key --user-name bridge --access-key-id AKIAI44QH8DHBEXAMPLE --status Inactive",
    ],
    [
      "a key of its own, without a user's name",
      iam("CreateAccessKey", {}, { accessKey: { accessKeyId: "AKIAI44QH8DHBEXAMPLE" } }),
      "access key",
      "AKIAI44QH8DHBEXAMPLE",
      "aws iam update-access-key --user-name mallory --access-key-id AKIAI44QH8DHBEXAMPLE --status Inactive",
    ],
    [
      "a key that it enabled",
      iam("UpdateAccessKey", {
        userName: "carol",
        accessKeyId: "AKIAI44QH8DHBEXAMPLE",
        status: "Active",
      }),
      "access key",
      "AKIAI44QH8DHBEXAMPLE",
      "aws iam update-access-key --user-name carol --access-key-id AKIAI44QH8DHBEXAMPLE --status Inactive",
    ],
    [
      "a console password",
      iam("CreateLoginProfile", { userName: "carol" }),
      "console password",
      "carol",
      "aws iam delete-login-profile --user-name carol",
    ],
    [
      "a role",
      iam("CreateRole", { roleName: "bridge" }),
      "role",
      "bridge",
      `aws iam attach-role-policy --role-name bridge ${denyAll}`,
    ],
    [
      "a trust policy",
      iam("UpdateAssumeRolePolicy", { roleName: "web" }),
      "trust policy",
      "web",
      "aws iam get-role --role-name web --query Role.AssumeRolePolicyDocument",
    ],
    [
      "an attached policy",
      iam("AttachUserPolicy", {
        userName: "carol",
        policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
      "policy of a user",
      "arn:aws:iam::aws:policy/AdministratorAccess on carol",
      "aws iam detach-user-policy --user-name carol --policy-arn arn:aws:iam::aws:policy/AdministratorAccess",
    ],
    [
      "an inline policy",
      iam("PutRolePolicy", { roleName: "web", policyName: "all" }),
      "policy of a role",
      "all of web",
      "aws iam delete-role-policy --role-name web --policy-name all",
    ],
    [
      "a policy's version",
      iam("CreatePolicyVersion", { policyArn: "arn:aws:iam::222233334444:policy/team" }),
      "policy version",
      "arn:aws:iam::222233334444:policy/team",
      "aws iam list-policy-versions --policy-arn arn:aws:iam::222233334444:policy/team",
    ],
    [
      "a membership",
      iam("AddUserToGroup", { userName: "carol", groupName: "admins" }),
      "group membership",
      "carol in admins",
      "aws iam remove-user-from-group --user-name carol --group-name admins",
    ],
    [
      "a session",
      event("AssumeRole", "sts", {
        requestParameters: {
          roleArn: "arn:aws:iam::222233334444:role/service/web",
          roleSessionName: "x",
        },
      }),
      "session of a role",
      "arn:aws:iam::222233334444:role/service/web as x",
      `aws iam attach-role-policy --role-name web ${denyAll}`,
    ],
    [
      "a function",
      event("CreateFunction20150331", "lambda", {
        awsRegion: "eu-west-1",
        requestParameters: { functionName: "miner" },
      }),
      "function",
      "miner",
      "aws lambda put-function-concurrency --function-name miner --reserved-concurrent-executions 0 --region eu-west-1",
    ],
    [
      "instances",
      event("RunInstances", "ec2", {
        awsRegion: "eu-west-1",
        responseElements: {
          instancesSet: { items: [{ instanceId: "i-0abc" }, { instanceId: "i-0def" }] },
        },
      }),
      "instances",
      "i-0abc i-0def",
      "aws ec2 stop-instances --instance-ids i-0abc i-0def --region eu-west-1",
    ],
  ] as const) {
    it(`names ${words} with the command that contains it`, () => {
      const [found, ...more] = whatWasMade([made]);
      expect(more).to.deep.equal([]);
      expect([found?.kind, found?.name, found?.command]).to.deep.equal([kind, name, command]);
    });
  }

  it("leaves out what failed, what made nothing, and what is no record", () => {
    expect(
      whatWasMade([
        event("CreateUser", "iam", {
          requestParameters: { userName: "x" },
          errorCode: "AccessDenied",
        }),
        iam("UpdateAccessKey", { accessKeyId: "AKIAI44QH8DHBEXAMPLE", status: "Inactive" }),
        iam("ListUsers", {}),
        event("constructor", "iam"),
        { EventId: "1", CloudTrailEvent: "no JSON" },
        {},
      ]),
    ).to.deep.equal([]);
  });

  it("names an event of two regions once, oldest first", () => {
    const late = event(
      "CreateUser",
      "iam",
      { requestParameters: { userName: "b" } },
      "2026-11-20T10:05:00Z",
    );
    const early = event("CreateUser", "iam", { requestParameters: { userName: "a" } });
    expect(whatWasMade([late, early, late]).map(({ name }) => name)).to.deep.equal(["a", "b"]);
  });

  it("quotes a name that a shell would carry out", () => {
    const [found] = whatWasMade([iam("CreateRole", { roleName: "x; rm -rf ~ '$(id)'" })]);
    expect(found?.command).to.equal(
      `aws iam attach-role-policy --role-name 'x; rm -rf ~ '\\''$(id)'\\''' ${denyAll}`,
    );
  });
});
