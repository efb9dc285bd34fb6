/** Resource table: AWS Config, Systems Manager, Secrets Manager and SES. */

import { forwarded } from "../iam/forwarded";
import { missing } from "../iam/policies";
import { ownedByAws } from "../runbook";
import { fromArn, toArn } from "../wire/arn";
import { list, member, text, UnknownOperationError } from "../wire/protocol";
import { unscoped } from "./compute";
import type { Check, Operation, Request } from "./operation";

function name({ parameters }: Request, parameter: string): string {
  const value = text(parameters[parameter]);
  if (!value) throw new UnknownOperationError(`a call without ${parameter}`);
  return value;
}

function ssm({ account, region }: Request, resource: string): string {
  return toArn("ssm", region, account, resource);
}

/** Asks for the document, whose ARN names no account where it is AWS's, and the execution to be. */
function startAutomation(request: Request): readonly Check[] {
  const { account, region } = request;
  const document = name(request, "DocumentName");
  const owner = ownedByAws(document) ? "" : account;
  const check = (resource: string) => ({
    action: "ssm:StartAutomationExecution",
    resource,
    account,
  });
  return [
    check(toArn("ssm", region, owner, `document/${document}`)),
    check(ssm(request, "automation-execution/*")),
  ];
}

/** A parameter under a customer's key needs that key, too. */
async function getParameter(request: Request): Promise<readonly Check[]> {
  const { account, region, world } = request;
  const parameter = name(request, "Name");
  const described = await world.policies.remember("ssm", account, `${region}/${parameter}`, () =>
    world.state.json({ account, region }, "ssm", "AmazonSSM.DescribeParameters", {
      ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [parameter] }],
    }),
  );
  const id = text(member(list(described.Parameters)[0], "KeyId"));
  const key = id && (await world.customerKey({ account, region }, id));
  return [
    {
      action: "ssm:GetParameter",
      resource: ssm(request, `parameter/${parameter.replace(/^\//, "")}`),
      account,
    },
    ...(key ? [decryption(request, key, "ssm")] : []),
  ];
}

/** A secret under a customer's key needs that key, too. Read by its whole ARN alone. */
async function getSecretValue(request: Request): Promise<readonly Check[]> {
  const secret = name(request, "SecretId");
  const { account, region, resource } = fromArn(secret);
  if (!/^secret:.*-\w{6}$/.test(resource)) throw new UnknownOperationError(`the secret ${secret}`);
  const { world } = request;
  const described = await world.policies.remember("secretsmanager", account, secret, () =>
    world.state
      .json({ account, region }, "secretsmanager", "secretsmanager.DescribeSecret", {
        SecretId: secret,
      })
      .catch(missing),
  );
  const id = text(member(described, "KmsKeyId"));
  const key = id && (await world.customerKey({ account, region }, id));
  return [
    { action: "secretsmanager:GetSecretValue", resource: secret, account },
    ...(key ? [decryption(request, key, "secretsmanager")] : []),
  ];
}

function decryption({ account, region }: Request, key: string, service: string): Check {
  return {
    action: "kms:Decrypt",
    resource: key,
    account: fromArn(key).account,
    context: {
      "kms:CallerAccount": account,
      ...forwarded(service, region),
    },
  };
}

/**
 * SES goes by the sender's address where that is verified, else by its domain. Of an identity with
 * a default configuration set, and of a call that names one, that set is asked for, too.
 */
async function sendEmail(request: Request): Promise<readonly Check[]> {
  const { account, region, parameters, world } = request;
  const from = name(request, "FromEmailAddress");
  const domain = from.split("@").at(-1) ?? "";
  const identityOf = (each: string) =>
    world.policies.remember("ses", account, `${region}/${each}`, () =>
      world.state
        .get({ account, region }, "ses", `/v2/email/identities/${encodeURIComponent(each)}`)
        .catch(missing),
    );
  const own = await identityOf(from);
  const identity = own ?? (await identityOf(domain));
  const set = text(parameters.ConfigurationSetName) ?? text(identity?.ConfigurationSetName);
  const to = Object.values((parameters.Destination ?? {}) as Record<string, unknown>);
  const check = (resource: string) => ({
    action: "ses:SendEmail",
    resource: toArn("ses", region, account, resource),
    account,
    context: {
      "ses:FromAddress": from,
      "ses:Recipients": to.flatMap((addresses) => list<string>(addresses)),
    },
  });
  return [
    check(`identity/${own ? from : domain}`),
    ...(set ? [check(`configuration-set/${set}`)] : []),
  ];
}

export const managementOperations: Readonly<Record<string, Operation>> = {
  "config:ListDiscoveredResources": unscoped("config:ListDiscoveredResources"),
  "ssm:StartAutomationExecution": startAutomation,
  "ssm:GetAutomationExecution": (request) => [
    {
      action: "ssm:GetAutomationExecution",
      resource: ssm(request, `automation-execution/${name(request, "AutomationExecutionId")}`),
      account: request.account,
    },
  ],
  "ssm:GetParameter": getParameter,
  "secretsmanager:GetSecretValue": getSecretValue,
  "ses:SendEmail": sendEmail,
};
