import { expect } from "chai";
import {
  type DenyInstanceCredentials,
  denyDocument,
} from "../../../../functions/remediate/steps/deny-instance-credentials";
import * as builders from "../../../support/builders";
import { allowed } from "../../../support/simulate";

const sibling = `arn:aws:ec2:${builders.region}:${builders.account}:instance/i-0a1b2c3d4e5f60719`;
const step = (endpoints: readonly string[]): DenyInstanceCredentials => ({
  kind: "deny-instance-credentials",
  role: { name: "web", arn: builders.roleArn },
  policy: `Cordon-${builders.incidentKey}-1`,
  instanceArn: builders.instanceArn,
  endpoints,
});
const everything = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

/** Services a stolen session is used against, and what the agent calls. */
const work: readonly (readonly [string, string])[] = [
  ["s3:GetObject", "arn:aws:s3:::ledger/2026.csv"],
  ["s3:ListAllMyBuckets", "*"],
  ["ec2:RunInstances", `arn:aws:ec2:${builders.region}:${builders.account}:instance/i-0new`],
  ["iam:CreateUser", `arn:aws:iam::${builders.account}:user/intruder`],
  ["sts:AssumeRole", `arn:aws:iam::${builders.account}:role/admin`],
  ["sqs:SendMessage", `arn:aws:sqs:${builders.region}:${builders.account}:orders`],
  [
    "secretsmanager:GetSecretValue",
    `arn:aws:secretsmanager:${builders.region}:${builders.account}:secret:db-AbCdEf`,
  ],
  ["dynamodb:Scan", `arn:aws:dynamodb:${builders.region}:${builders.account}:table/users`],
  ["lambda:InvokeFunction", `arn:aws:lambda:${builders.region}:${builders.account}:function:pay`],
  ["ssm:GetParameter", `arn:aws:ssm:${builders.region}:${builders.account}:parameter/db`],
  ["ssm:SendCommand", `arn:aws:ec2:${builders.region}:${builders.account}:instance/i-0new`],
];
const agent: readonly (readonly [string, string])[] = [
  ["ssm:UpdateInstanceInformation", builders.instanceArn],
  ["ssmmessages:CreateControlChannel", "*"],
  ["ssmmessages:OpenDataChannel", "*"],
  ["ec2messages:GetMessages", "*"],
];

const ask = (
  [action, resource]: readonly [string, string],
  endpoints: readonly string[],
  session: Record<string, string>,
) =>
  allowed({
    principal: `arn:aws:sts::${builders.account}:assumed-role/web/${builders.instanceId}`,
    identity: [everything, denyDocument(step(endpoints))],
    action,
    resource,
    account: builders.account,
    context: session,
  });

const target = { "ec2:SourceInstanceARN": builders.instanceArn };
const through = (endpoint: string) => ({ ...target, "aws:SourceVpce": endpoint });

describe("the deny of an instance's credentials", () => {
  it("stops the instance's session in every service, and leaves its sibling's alone", async () => {
    for (const endpoints of [[], ["vpce-0ssm", "vpce-0msg"]]) {
      for (const call of work) {
        expect(await ask(call, endpoints, target), call[0]).to.equal(false);
        expect(await ask(call, endpoints, { "ec2:SourceInstanceARN": sibling }), call[0]).to.equal(
          true,
        );
        // A person, or a function, in the same role has no instance in the session.
        expect(await ask(call, endpoints, {}), call[0]).to.equal(true);
      }
    }
  });

  it("lets the agent, and nothing else, through the VPC's own endpoints", async () => {
    const endpoints = ["vpce-0ssm", "vpce-0msg"];
    for (const call of agent) {
      expect(await ask(call, endpoints, through("vpce-0ssm")), call[0]).to.equal(true);
      expect(await ask(call, endpoints, through("vpce-0msg")), call[0]).to.equal(true);
    }
    for (const call of work) {
      expect(await ask(call, endpoints, through("vpce-0ssm")), call[0]).to.equal(false);
    }
  });

  it("denies the agent's actions from elsewhere, where stolen credentials are used", async () => {
    for (const call of agent) {
      expect(await ask(call, ["vpce-0ssm"], target), call[0]).to.equal(false);
      expect(await ask(call, ["vpce-0ssm"], through("vpce-0thief")), call[0]).to.equal(false);
      expect(
        await ask(call, ["vpce-0ssm"], { "ec2:SourceInstanceARN": sibling }),
        call[0],
      ).to.equal(true);
    }
  });

  it("denies everything where the VPC has no endpoints", async () => {
    for (const call of [...agent, ...work]) {
      expect(await ask(call, [], target), call[0]).to.equal(false);
      expect(await ask(call, [], through("vpce-0ssm")), call[0]).to.equal(false);
      expect(await ask(call, [], { "ec2:SourceInstanceARN": sibling }), call[0]).to.equal(true);
    }
  });
});
