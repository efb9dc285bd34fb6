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
  EventName: name,
  EventSource: `${service}.amazonaws.com`,
  EventTime: new Date(time),
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
const assumed = (roleArn: string) =>
  event("AssumeRole", "sts", { requestParameters: { roleArn, roleSessionName: "x" } });
const denyAll = "--policy-arn=arn:aws:iam::aws:policy/AWSDenyAll";
const found = (...events: Parameters<typeof whatWasMade>[0]) =>
  whatWasMade(events, { account: "222233334444", now: new Date("2026-11-20T10:25:00Z") });
const shop = "arn:aws:iam::222233334444";

describe("what a contained principal made [P9]", () => {
  for (const [words, made, kind, name, commands] of [
    [
      "a user",
      iam("CreateUser", { userName: "bridge" }),
      "user",
      "bridge",
      [`aws iam attach-user-policy --user-name=bridge ${denyAll}`],
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
      "AKIAI44QH8DHBEXAMPLE bridge",
      [
        "aws iam update-access-key --user-name=bridge --access-key-id=AKIAI44QH8DHBEXAMPLE --status=Inactive",
      ],
    ],
    [
      "a key of its own, without a user's name",
      iam("CreateAccessKey", {}, { accessKey: { accessKeyId: "AKIAI44QH8DHBEXAMPLE" } }),
      "access key",
      "AKIAI44QH8DHBEXAMPLE",
      [
        "aws iam update-access-key --user-name=mallory --access-key-id=AKIAI44QH8DHBEXAMPLE --status=Inactive",
      ],
    ],
    [
      "a key that it enabled, or that was active before",
      iam("UpdateAccessKey", {
        userName: "carol",
        accessKeyId: "AKIAI44QH8DHBEXAMPLE",
        status: "Active",
      }),
      "access key",
      "AKIAI44QH8DHBEXAMPLE carol",
      [
        "look first: aws iam get-access-key-last-used --access-key-id=AKIAI44QH8DHBEXAMPLE",
        "if it was inactive before: aws iam update-access-key --user-name=carol --access-key-id=AKIAI44QH8DHBEXAMPLE --status=Inactive",
      ],
    ],
    [
      "a key that it disabled",
      iam("UpdateAccessKey", { accessKeyId: "AKIAI44QH8DHBEXAMPLE", status: "Inactive" }),
      "access key",
      "AKIAI44QH8DHBEXAMPLE",
      [],
    ],
    [
      "a console password, which no command deletes",
      iam("UpdateLoginProfile", { userName: "carol" }),
      "console password",
      "carol",
      [
        "look first: aws iam get-login-profile --user-name=carol",
        'if its owner did not set it: aws iam update-login-profile --user-name=carol --password="$(openssl rand -base64 24)" --password-reset-required',
      ],
    ],
    [
      "a role",
      iam("CreateRole", { roleName: "bridge" }),
      "role",
      "bridge",
      [
        "look first: aws iam get-role --role-name=bridge",
        `if it is not yours: aws iam attach-role-policy --role-name=bridge ${denyAll}`,
      ],
    ],
    [
      "a trust policy",
      iam("UpdateAssumeRolePolicy", { roleName: "web" }),
      "trust policy",
      "web",
      ["look first: aws iam get-role --role-name=web"],
    ],
    [
      "a policy that it attached, or that was attached before",
      iam("AttachRolePolicy", {
        roleName: "web",
        policyArn: "arn:aws:iam::aws:policy/AmazonS3FullAccess",
      }),
      "policy",
      "web arn:aws:iam::aws:policy/AmazonS3FullAccess",
      [
        "look first: aws iam list-attached-role-policies --role-name=web",
        "if it was not attached before: aws iam detach-role-policy --role-name=web --policy-arn=arn:aws:iam::aws:policy/AmazonS3FullAccess",
      ],
    ],
    [
      "an inline policy",
      iam("PutRolePolicy", { roleName: "web", policyName: "all" }),
      "policy",
      "web all",
      [
        "look first, and keep it: aws iam get-role-policy --role-name=web --policy-name=all",
        "if it did not exist before: aws iam delete-role-policy --role-name=web --policy-name=all",
      ],
    ],
    [
      "a policy's version",
      iam("CreatePolicyVersion", { policyArn: `${shop}:policy/team` }),
      "policy",
      `${shop}:policy/team`,
      [`look first: aws iam list-policy-versions --policy-arn=${shop}:policy/team`],
    ],
    [
      "a policy that it detached",
      iam("DetachUserPolicy", { userName: "carol", policyArn: `${shop}:policy/team` }),
      "policy",
      `carol ${shop}:policy/team`,
      [],
    ],
    [
      "a membership",
      iam("AddUserToGroup", { userName: "carol", groupName: "admins" }),
      "user",
      "carol admins",
      [
        "look first: aws iam list-groups-for-user --user-name=carol",
        "if it was no member before: aws iam remove-user-from-group --user-name=carol --group-name=admins",
      ],
    ],
    [
      "a session of a role of the account, which a revocation by time ends",
      assumed(`${shop}:role/service/web`),
      "session",
      `${shop}:role/service/web`,
      [
        "look first: aws iam get-role --role-name=web",
        `if its sessions may end: aws iam put-role-policy --role-name=web --policy-name=AWSRevokeOlderSessions --policy-document='{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["*"],"Resource":["*"],"Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-11-20T10:25:00.000Z"}}}]}'`,
      ],
    ],
    [
      "a session of another account's role, without a command on our role of that name",
      assumed("arn:aws:iam::999988887777:role/service/web"),
      "session",
      "arn:aws:iam::999988887777:role/service/web",
      [],
    ],
    [
      "another account's function",
      event("AddPermission20150331v2", "lambda", {
        requestParameters: {
          functionName: "arn:aws:lambda:eu-west-1:999988887777:function:mail",
        },
      }),
      "function",
      "arn:aws:lambda:eu-west-1:999988887777:function:mail",
      [],
    ],
    [
      "a function",
      event("CreateFunction20150331", "lambda", {
        awsRegion: "eu-west-1",
        requestParameters: { functionName: "miner" },
      }),
      "function",
      "miner",
      [
        "aws lambda put-function-concurrency --function-name=miner --reserved-concurrent-executions=0 --region=eu-west-1",
      ],
    ],
    [
      "code that it changed, or wrote again",
      event("UpdateFunctionCode20150331v2", "lambda", {
        awsRegion: "eu-west-1",
        requestParameters: { functionName: "mail" },
      }),
      "function",
      "mail",
      [
        "look first: aws lambda get-function --function-name=mail --region=eu-west-1",
        "if it is not yours: aws lambda put-function-concurrency --function-name=mail --reserved-concurrent-executions=0 --region=eu-west-1",
      ],
    ],
    [
      "instances",
      event("RunInstances", "ec2", {
        awsRegion: "eu-west-1",
        responseElements: {
          instancesSet: { items: [{ instanceId: "i-0abc" }, { instanceId: "i-0def" }] },
        },
      }),
      "instance",
      "i-0abc i-0def",
      ["aws ec2 stop-instances --region=eu-west-1 --instance-ids i-0abc i-0def"],
    ],
    [
      "instances that the record does not name",
      event("RunInstances", "ec2", { responseElements: null }),
      "instance",
      "",
      [],
    ],
    [
      "a credential for a service",
      iam("CreateServiceSpecificCredential", { userName: "carol" }),
      "other credential",
      "carol",
      [],
    ],
    [
      "a federated session",
      event("GetFederationToken", "sts", { requestParameters: { name: "console" } }),
      "session",
      "console",
      [],
    ],
    [
      "a stack",
      event("CreateStack", "cloudformation", { requestParameters: { stackName: "helper" } }),
      "automation",
      "helper",
      [],
    ],
    [
      "a group of instances",
      event("CreateAutoScalingGroup", "autoscaling", {
        requestParameters: { autoScalingGroupName: "miners" },
      }),
      "instance",
      "miners",
      [],
    ],
  ] as const) {
    it(`names ${words}`, () => {
      const [first, ...more] = found(made);
      expect(more).to.deep.equal([]);
      expect([first?.what, first?.name, first?.commands]).to.deep.equal([kind, name, commands]);
    });
  }

  it("leaves out what failed, what made nothing, and what is no record", () => {
    expect(
      found(
        event("CreateUser", "iam", {
          requestParameters: { userName: "x" },
          errorCode: "AccessDenied",
        }),
        iam("ListUsers", {}),
        event("constructor", "iam"),
        { ...event("CreateUser", "iam"), CloudTrailEvent: "no JSON" },
        {},
      ),
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
    expect(found(late, early, late).map(({ name, times }) => [name, times])).to.deep.equal([
      ["a", 1],
      ["b", 1],
    ]);
  });

  it("names a call that was repeated once, with how often", () => {
    const again = Array.from({ length: 50 }, () =>
      iam("AttachRolePolicy", { roleName: "web", policyArn: `${shop}:policy/team` }),
    );
    expect(found(...again).map(({ times }) => times)).to.deep.equal([50]);
  });

  it("quotes a name that a shell would carry out", () => {
    const [first] = found(iam("CreateUser", { userName: "x; rm -rf ~ '$(id)'" }));
    expect(first?.commands).to.deep.equal([
      `aws iam attach-user-policy --user-name='x; rm -rf ~ '\\''$(id)'\\''' ${denyAll}`,
    ]);
  });

  it("leaves a name that begins with a dash no option", () => {
    const [first] = found(iam("CreateUser", { userName: "--debug" }));
    expect(first?.commands).to.deep.equal([
      `aws iam attach-user-policy --user-name=--debug ${denyAll}`,
    ]);
  });
});
