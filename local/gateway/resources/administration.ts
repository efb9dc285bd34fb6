/**
 * Resource table: what the deployment calls for the whole organization, in AWS Organizations,
 * GuardDuty and Security Hub, with what these ask of the caller besides.
 */
import { management, organizationId } from "../accounts";
import { toArn } from "../wire/arn";
import { text, UnknownOperationError } from "../wire/protocol";
import { requestTags } from "../world";
import { all, anywhere, type Context, name, named, on } from "./named";
import type { Check, Operation, Request } from "./operation";

/** AWS makes the role itself with the caller's rights where it does not exist yet. */
function serviceRole({ account }: Request, service: string): Check {
  return {
    action: "iam:CreateServiceLinkedRole",
    resource: toArn("iam", "", account, `role/aws-service-role/${service}/AWSServiceRoleFor*`),
    account,
    context: { "iam:AWSServiceName": service },
  };
}

const createDetector: Operation = (request) => {
  const { account, region, parameters } = request;
  const given = (parameters.tags ?? {}) as Record<string, string>;
  const tags = requestTags(Object.entries(given).map(([Key, Value]) => ({ Key, Value })));
  const check = { account, context: tags };
  return [
    { ...check, action: "guardduty:CreateDetector", resource: "*" },
    ...(Object.keys(tags).length > 0
      ? [
          {
            ...check,
            action: "guardduty:TagResource",
            resource: toArn("guardduty", region, account, "detector/*"),
          },
        ]
      : []),
    serviceRole(request, "guardduty.amazonaws.com"),
  ];
};

const detector = named("guardduty", "DetectorId", "detector/");
const filter = (parameter: string) => (request: Request) =>
  `${detector(request)}/filter/${name(request, parameter)}`;
const hub = ({ account, region }: Request) => toArn("securityhub", region, account, "hub/default");

const organizations = (resource: string) => toArn("organizations", "", management.id, resource);
const administrator = (id: string) => organizations(`account/${organizationId}/${id}`);

/** Asks what Organizations asks of whoever makes an account a service's administrator. */
function designation(request: Request, parameter: string, service: string): readonly Check[] {
  const { account } = request;
  const context = { "organizations:ServicePrincipal": service };
  return [
    { action: "organizations:EnableAWSServiceAccess", resource: "*", account, context },
    {
      action: "organizations:RegisterDelegatedAdministrator",
      resource: administrator(name(request, parameter)),
      account,
      context,
    },
  ];
}

const ofService = (request: Request): Context => ({
  "organizations:ServicePrincipal": name(request, "ServicePrincipal"),
});

/** A policy, and the root or unit to which it is attached. */
function controlPolicy(action: string): Operation {
  return (request) => {
    const { account, parameters } = request;
    const id = text(parameters.PolicyId) ?? "p-*";
    const target = text(parameters.TargetId);
    const kind = target?.startsWith("r-") ? "root" : "ou";
    const policy = `policy/${organizationId}/service_control_policy/${id}`;
    return [policy, ...(target ? [`${kind}/${organizationId}/${target}`] : [])].map((resource) => ({
      action: `organizations:${action}`,
      resource: organizations(resource),
      account,
      context: { "organizations:PolicyType": "SERVICE_CONTROL_POLICY" },
    }));
  };
}

export const administrationOperations: Readonly<Record<string, Operation>> = {
  "iam:CreateServiceLinkedRole": (request) => [
    serviceRole(request, name(request, "AWSServiceName")),
  ],
  "iam:DeleteServiceLinkedRole": async (request) => {
    const { account, world } = request;
    const role = await world.policies.roleArn(account, name(request, "RoleName"));
    if (!role) throw new UnknownOperationError(`the role ${name(request, "RoleName")}`);
    return [{ action: "iam:DeleteServiceLinkedRole", resource: role, account }];
  },
  ...anywhere("organizations", ["ListAWSServiceAccessForOrganization"]),
  ...Object.fromEntries(
    ["EnableAWSServiceAccess", "DisableAWSServiceAccess", "ListDelegatedAdministrators"].map(
      (each) => [
        `organizations:${each}`,
        on(
          `organizations:${each}`,
          () => "*",
          undefined,
          each.startsWith("Disable") ? undefined : ofService,
        ),
      ],
    ),
  ),
  ...Object.fromEntries(
    ["RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"].map((each) => [
      `organizations:${each}`,
      on(
        `organizations:${each}`,
        (request) => administrator(name(request, "AccountId")),
        undefined,
        ofService,
      ),
    ]),
  ),
  ...Object.fromEntries(
    ["AttachPolicy", "CreatePolicy", "DeletePolicy", "DetachPolicy", "UpdatePolicy"].map((each) => [
      `organizations:${each}`,
      controlPolicy(each),
    ]),
  ),
  ...anywhere("guardduty", ["DisableOrganizationAdminAccount", "ListOrganizationAdminAccounts"]),
  "guardduty:CreateDetector": createDetector,
  ...all("guardduty", ["DeleteDetector", "GetDetector", "UpdateDetector"], detector),
  "guardduty:CreateFilter": on("guardduty:CreateFilter", filter("name")),
  ...all("guardduty", ["DeleteFilter", "UpdateFilter"], filter("FilterName")),
  "guardduty:EnableOrganizationAdminAccount": on(
    "guardduty:EnableOrganizationAdminAccount",
    () => "*",
    (request) => designation(request, "adminAccountId", "guardduty.amazonaws.com"),
  ),
  "securityhub:EnableSecurityHub": on("securityhub:EnableSecurityHub", hub, (request) => [
    serviceRole(request, "securityhub.amazonaws.com"),
  ]),
  ...all(
    "securityhub",
    [
      "DescribeHub",
      "DisableOrganizationAdminAccount",
      "DisableSecurityHub",
      "ListOrganizationAdminAccounts",
    ],
    hub,
  ),
  "securityhub:EnableOrganizationAdminAccount": on(
    "securityhub:EnableOrganizationAdminAccount",
    hub,
    (request) => designation(request, "AdminAccountId", "securityhub.amazonaws.com"),
  ),
};
