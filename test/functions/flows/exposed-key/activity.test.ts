import { expect } from "chai";
import { summarize } from "../../../../functions/flows/exposed-key/activity";
import type { LookedUpEvent, RegionRead } from "../../../../functions/history/event-history";

const key = "AKIAIOSFODNN7EXAMPLE";
const period = { from: new Date("2026-06-04T08:00:00Z"), to: new Date("2026-06-05T08:00:00Z") };

/** An event as LookupEvents returns it: the summary's fields beside the whole record as text. */
function event(
  [service, name]: readonly [string, string],
  at: string,
  record: Readonly<Record<string, unknown>> = {},
  resources: LookedUpEvent["Resources"] = [],
): LookedUpEvent {
  const EventId = `${name}-${at}`;
  return {
    EventId,
    EventName: name,
    EventSource: `${service}.amazonaws.com`,
    EventTime: new Date(at),
    Resources: resources,
    CloudTrailEvent: JSON.stringify({
      eventVersion: "1.11",
      userIdentity: {
        type: "IAMUser",
        principalId: "AIDACKCEVSQ6C2EXAMPLE",
        arn: "arn:aws:iam::123456789012:user/build",
        accountId: "123456789012",
        accessKeyId: key,
        userName: "build",
      },
      eventTime: at,
      eventSource: `${service}.amazonaws.com`,
      eventName: name,
      awsRegion: "us-east-1",
      sourceIPAddress: "203.0.113.7",
      userAgent: "aws-cli/2.17.0 md/awscrt#0.21.2",
      requestParameters: null,
      responseElements: null,
      requestID: "b0f4e2ab-0000-4000-8000-000000000001",
      eventID: EventId,
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: "123456789012",
      eventCategory: "Management",
      ...record,
    }),
  };
}

const createUser = event(
  ["iam", "CreateUser"],
  "2026-06-05T07:01:00Z",
  {
    requestParameters: { userName: "backdoor" },
    responseElements: { user: { userName: "backdoor", userId: "AIDAEXAMPLE" } },
  },
  [{ ResourceType: "AWS::IAM::User", ResourceName: "backdoor" }],
);
const createKey = event(["iam", "CreateAccessKey"], "2026-06-05T07:02:00Z", {
  requestParameters: { userName: "backdoor" },
  responseElements: { accessKey: { userName: "backdoor", accessKeyId: "AKIAI44QH8DHBEXAMPLE" } },
});
const denied = event(["s3", "ListBuckets"], "2026-06-05T07:03:00Z", {
  sourceIPAddress: "198.51.100.9",
  errorCode: "AccessDenied",
  errorMessage: "User is not authorized",
});
const whoAmI = event(["sts", "GetCallerIdentity"], "2026-06-05T07:00:00Z");

const summed = (...reads: RegionRead[]) => summarize(key, period, reads, []);
const read = (events: readonly LookedUpEvent[], region = "us-east-1"): RegionRead => ({
  region,
  events,
  incomplete: false,
});

describe("functions/flows/exposed-key/activity [R12]", () => {
  it("counts calls, resources, addresses, agents, regions and failures", () => {
    expect(summed(read([denied, createKey, createUser, whoAmI]))).to.deep.equal({
      accessKey: key,
      from: "2026-06-04T08:00:00.000Z",
      to: "2026-06-05T08:00:00.000Z",
      events: 4,
      failed: 1,
      denied: 1,
      malformed: 0,
      first: "2026-06-05T07:00:00.000Z",
      last: "2026-06-05T07:03:00.000Z",
      calls: [
        { name: "iam:CreateAccessKey", count: 1 },
        { name: "iam:CreateUser", count: 1 },
        { name: "s3:ListBuckets", count: 1 },
        { name: "sts:GetCallerIdentity", count: 1 },
      ],
      resources: [{ name: "AWS::IAM::User backdoor", count: 1 }],
      addresses: [
        { name: "203.0.113.7", count: 3 },
        { name: "198.51.100.9", count: 1 },
      ],
      agents: [{ name: "aws-cli/2.17.0 md/awscrt#0.21.2", count: 4 }],
      regions: [{ name: "us-east-1", count: 4 }],
      traces: [
        {
          what: "user",
          call: "iam:CreateUser",
          name: "backdoor",
          region: "us-east-1",
          at: "2026-06-05T07:01:00.000Z",
        },
        {
          what: "access key",
          call: "iam:CreateAccessKey",
          name: "AKIAI44QH8DHBEXAMPLE backdoor",
          region: "us-east-1",
          at: "2026-06-05T07:02:00.000Z",
        },
      ],
      moreTraces: 0,
      created: [
        { by: "Username", value: "backdoor", call: "iam:CreateUser" },
        { by: "AccessKeyId", value: "AKIAI44QH8DHBEXAMPLE", call: "iam:CreateAccessKey" },
      ],
      followed: [],
      incomplete: [],
      unread: [],
    });
  });

  const traces: readonly [string, LookedUpEvent, string, string][] = [
    [
      "a trust policy that was changed",
      event(["iam", "UpdateAssumeRolePolicy"], "2026-06-05T07:00:00Z", {
        requestParameters: { roleName: "admin", policyDocument: "{}" },
      }),
      "trust policy",
      "admin",
    ],
    [
      "a console password",
      event(["iam", "CreateLoginProfile"], "2026-06-05T07:00:00Z", {
        requestParameters: { userName: "build", passwordResetRequired: false },
      }),
      "console password",
      "build",
    ],
    [
      "a federated session, by its own key",
      event(["sts", "GetFederationToken"], "2026-06-05T07:00:00Z", {
        requestParameters: { name: "anyone" },
        responseElements: {
          credentials: { accessKeyId: "ASIAIOSFODNN7EXAMPLE", expiration: "Jun 6, 2026" },
        },
      }),
      "session",
      "ASIAIOSFODNN7EXAMPLE anyone",
    ],
    [
      "a function, whose call CloudTrail dates",
      event(["lambda", "UpdateFunctionCode20150331v2"], "2026-06-05T07:00:00Z", {
        requestParameters: { functionName: "billing" },
      }),
      "function",
      "billing",
    ],
    [
      "instances in another region",
      event(["ec2", "RunInstances"], "2026-06-05T07:00:00Z", {
        awsRegion: "ap-south-1",
        responseElements: {
          instancesSet: { items: [{ instanceId: "i-0123456789abcdef0" }, { instanceId: "i-1" }] },
        },
      }),
      "instance",
      "i-0123456789abcdef0 i-1",
    ],
    [
      "a grant on a key",
      event(["kms", "CreateGrant"], "2026-06-05T07:00:00Z", {
        requestParameters: {
          granteePrincipal: "arn:aws:iam::444455556666:root",
          keyId: "alias/orders",
          operations: ["Decrypt"],
        },
      }),
      "key grant",
      "arn:aws:iam::444455556666:root alias/orders",
    ],
    [
      "access by Identity Center",
      event(["sso", "CreateAccountAssignment"], "2026-06-05T07:00:00Z", {
        requestParameters: {
          permissionSetArn:
            "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-2222222222222222",
          principalId: "9067642ac7-11111111-2222-3333-4444-555555555555",
          principalType: "USER",
          targetId: "222233334444",
          targetType: "AWS_ACCOUNT",
        },
      }),
      "Identity Center access",
      "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-2222222222222222 9067642ac7-11111111-2222-3333-4444-555555555555",
    ],
    [
      "a stack, which acts as a role of its own",
      event(["cloudformation", "CreateStack"], "2026-06-05T07:00:00Z", {
        requestParameters: { stackName: "helper", roleARN: "arn:aws:iam::222233334444:role/admin" },
      }),
      "automation",
      "helper",
    ],
    [
      "a deny that was taken off another user",
      event(["iam", "DetachUserPolicy"], "2026-06-05T07:00:00Z", {
        requestParameters: {
          userName: "backdoor",
          policyArn: "arn:aws:iam::aws:policy/AWSDenyAll",
        },
      }),
      "policy",
      "backdoor arn:aws:iam::aws:policy/AWSDenyAll",
    ],
    [
      "a trail that was stopped",
      event(["cloudtrail", "StopLogging"], "2026-06-05T07:00:00Z", {
        requestParameters: { name: "organization" },
      }),
      "detection switched off",
      "organization",
    ],
  ];
  for (const [what, made, kind, name] of traces) {
    it(`lists ${what} as what outlives the key`, () => {
      expect(summed(read([made])).traces.map((trace) => [trace.what, trace.name])).to.deep.equal([
        [kind, name],
      ]);
    });
  }

  it("lists calls of the same second oldest first", () => {
    const at = "2026-06-05T07:00:00Z";
    const [first, second] = [event(["iam", "CreateUser"], at), event(["iam", "CreateRole"], at)];
    // CloudTrail returns the newest first.
    expect(summed(read([second, first])).traces.map(({ call }) => call)).to.deep.equal([
      "iam:CreateUser",
      "iam:CreateRole",
    ]);
  });

  it("lists nothing that AWS refused, nor what only reads", () => {
    const refused = event(["iam", "CreateUser"], "2026-06-05T07:00:00Z", {
      errorCode: "Client.UnauthorizedOperation",
    });
    const { traces: found, failed, denied: unauthorized } = summed(read([refused, whoAmI]));
    expect([found, failed, unauthorized]).to.deep.equal([[], 1, 1]);
  });

  it("counts an event once that two regions return", () => {
    expect(summed(read([createUser]), read([createUser], "eu-west-1")).events).to.equal(1);
  });

  it("counts malformed records, and goes on", () => {
    const damaged = [undefined, "", "{", "null", "7"].map((CloudTrailEvent, index) => ({
      ...createUser,
      EventId: `damaged-${index}`,
      CloudTrailEvent,
    }));
    const { events, malformed, traces: found } = summed(read([...damaged, createKey]));
    expect([events, malformed, found.length]).to.deep.equal([6, 5, 1]);
  });

  it("reads records whose fields are of other types than they should be", () => {
    const strange = event(["iam", "CreateUser"], "2026-06-05T07:00:00Z", {
      userAgent: { $gt: "" },
      sourceIPAddress: 7,
      errorCode: [],
      awsRegion: null,
      requestParameters: "none",
      responseElements: { instancesSet: { items: "none" } },
    });
    const { addresses, agents, regions, traces: found } = summed(read([strange], "eu-west-1"));
    expect([addresses, agents]).to.deep.equal([[], []]);
    expect(regions).to.deep.equal([{ name: "eu-west-1", count: 1 }]);
    expect(found[0]?.name).to.equal("");
  });

  it("keeps what the key's holder wrote short and on one line", () => {
    const loud = event(["iam", "CreateUser"], "2026-06-05T07:00:00Z", {
      userAgent: `curl\r\n\r\nUndo\n  - run this: ${"x".repeat(500)}`,
      requestParameters: { userName: `a\u0000b\u202e${"y".repeat(500)}` },
    });
    const { agents, traces: found } = summed(read([loud]));
    expect(agents[0]?.name).to.have.lengthOf(128);
    expect(agents[0]?.name.startsWith("curl Undo - run this: xxx")).to.equal(true);
    expect(found[0]?.name).to.have.lengthOf(128);
    expect(found[0]?.name.startsWith("a b yyy")).to.equal(true);
  });

  it("fits into a state of the workflow however much the key did", () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({
      ...event(["iam", "CreateUser"], "2026-06-05T07:00:00Z", {
        requestParameters: { userName: `${index}`.padEnd(600, "é") },
        sourceIPAddress: `${index}`.padEnd(600, "é"),
        userAgent: `${index}`.padEnd(600, "é"),
      }),
      EventId: `event-${index}`,
    }));
    const activity = summed(read(many));
    expect([activity.traces.length, activity.moreTraces]).to.deep.equal([50, 2_950]);
    expect([activity.addresses.length, activity.agents.length]).to.deep.equal([20, 20]);
    // A state's input and output hold 256 KiB; the event that began it is in there, too.
    expect(Buffer.byteLength(JSON.stringify(activity))).to.be.below(64 * 1_024);
  });
});
