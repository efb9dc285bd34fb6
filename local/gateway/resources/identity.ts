/** Resource table: IAM, STS and Organizations. */
import { management, organizationId } from "../../organization";
import { fromArn, toArn } from "../arn";
import { missing } from "../policies";
import { member, text, UnknownOperationError } from "../protocol";
import type { Operation, Request } from "../resources";
import { prefixed } from "../world";
import { unscoped } from "./compute";

function name(request: Request, parameter: string): string {
  const value = text(request.parameters[parameter]);
  if (!value) throw new UnknownOperationError(`a call without ${parameter}`);
  return value;
}

/** A role's ARN holds its path, so it is read; a role that does not exist is judged without one. */
function role(action: string): Operation {
  return async (request) => {
    const { account, world } = request;
    const roleName = name(request, "RoleName");
    const found = await world.policies.remember("iam", account, `${roleName}/arn`, async () => {
      const answer = await world.state
        .query({ account, region: "us-east-1" }, "iam", "GetRole", { RoleName: roleName })
        .catch(missing);
      return text(member(member(member(answer, "GetRoleResult"), "Role"), "Arn"));
    });
    const arn = found ?? toArn("iam", "", account, `role/${roleName}`);
    return [
      {
        action: `iam:${action}`,
        resource: arn,
        account,
        lazy: {
          keys: ["aws:ResourceTag/", "iam:ResourceTag/"],
          load: async () => {
            const tags = (await world.policies.role(arn))?.tags ?? {};
            return { ...prefixed("aws:ResourceTag/", tags), ...prefixed("iam:ResourceTag/", tags) };
          },
        },
      },
    ];
  };
}

async function getInstanceProfile(request: Request) {
  const { account, world } = request;
  const profile = name(request, "InstanceProfileName");
  const answer = await world.policies.remember("iam", account, `${profile}/profile`, () =>
    world.state
      .query({ account, region: "us-east-1" }, "iam", "GetInstanceProfile", {
        InstanceProfileName: profile,
      })
      .catch(missing),
  );
  const found = member(member(answer, "GetInstanceProfileResult"), "InstanceProfile");
  return [
    {
      action: "iam:GetInstanceProfile",
      resource:
        text(member(found, "Arn")) ?? toArn("iam", "", account, `instance-profile/${profile}`),
      account,
    },
  ];
}

export const identityOperations: Readonly<Record<string, Operation>> = {
  "iam:GetInstanceProfile": getInstanceProfile,
  "iam:GetRole": role("GetRole"),
  "iam:GetRolePolicy": role("GetRolePolicy"),
  "iam:ListRolePolicies": role("ListRolePolicies"),
  "iam:PutRolePolicy": role("PutRolePolicy"),
  "iam:DeleteRolePolicy": role("DeleteRolePolicy"),
  "sts:GetCallerIdentity": unscoped("sts:GetCallerIdentity"),
  "sts:AssumeRole": (request) => {
    const arn = name(request, "RoleArn");
    const externalId = text(request.parameters.ExternalId);
    return [
      {
        action: "sts:AssumeRole",
        resource: arn,
        account: fromArn(arn).account,
        context: {
          "sts:RoleSessionName": name(request, "RoleSessionName"),
          ...(externalId && { "sts:ExternalId": externalId }),
        },
        lazy: {
          keys: ["aws:ResourceTag/", "iam:ResourceTag/"],
          load: async () => {
            const tags = (await request.world.policies.role(arn))?.tags ?? {};
            return { ...prefixed("aws:ResourceTag/", tags), ...prefixed("iam:ResourceTag/", tags) };
          },
        },
      },
    ];
  },
  // The account's ARN lies in the management account; a delegated administrator calls it as its own.
  "organizations:DescribeAccount": (request) => [
    {
      action: "organizations:DescribeAccount",
      resource: toArn(
        "organizations",
        "",
        management.id,
        `account/${organizationId}/${name(request, "AccountId")}`,
      ),
      account: request.account,
    },
  ],
  "organizations:DescribeOrganization": unscoped("organizations:DescribeOrganization"),
  "organizations:ListAccounts": unscoped("organizations:ListAccounts"),
};
