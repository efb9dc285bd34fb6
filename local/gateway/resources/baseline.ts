/**
 * Resource table: what StackSets calls to make a member's baseline, in IAM, SQS, EventBridge, Config
 * and Systems Manager.
 */
import { fromArn, toArn } from "../wire/arn";
import { list, member, text, UnknownOperationError } from "../wire/protocol";
import { unscoped } from "./compute";
import type { Check, Operation, Request } from "./operation";

function name(request: Request, parameter: string): string {
  const value = text(request.parameters[parameter]);
  if (!value) throw new UnknownOperationError(`a call without ${parameter}`);
  return value;
}

/** One check on the resource that a parameter names. */
function on(
  service: string,
  action: string,
  parameter: string,
  resource: (name: string) => string,
): Operation {
  return (request) => [
    {
      action: `${service}:${action}`,
      resource: toArn(service, request.region, request.account, resource(name(request, parameter))),
      account: request.account,
    },
  ];
}

/** A queue that is named by its URL, which ends in account and name. */
function queue(action: string): Operation {
  return (request) => {
    const match = /\/(\d{12})\/([^/]+)$/.exec(name(request, "QueueUrl"));
    if (!match) throw new UnknownOperationError(`the queue ${name(request, "QueueUrl")}`);
    const [, account = "", queueName = ""] = match;
    const resource = toArn("sqs", request.region, account, queueName);
    return [{ action: `sqs:${action}`, resource, account }];
  };
}

/** A rule; the ARNs of those of a bus of one's own name the bus, too. */
function rule(action: string, parameter: string): Operation {
  return (request) => {
    const bus = text(request.parameters.EventBusName) ?? "default";
    const path = bus === "default" ? "" : `${bus}/`;
    return on("events", action, parameter, (ruleName) => `rule/${path}${ruleName}`)(request);
  };
}

/** Handing a role to a service needs a permission on the role, which names the service. */
export function passing(roleArn: string | undefined, service: string): readonly Check[] {
  if (roleArn === undefined) return [];
  return [
    {
      action: "iam:PassRole",
      resource: roleArn,
      account: fromArn(roleArn).account,
      context: { "iam:PassedToService": service },
    },
  ];
}

async function putTargets(request: Request): Promise<readonly Check[]> {
  const roles = list(request.parameters.Targets).map((target) => text(member(target, "RoleArn")));
  return [
    ...(await rule("PutTargets", "Rule")(request)),
    ...[...new Set(roles)].flatMap((role) => passing(role, "events.amazonaws.com")),
  ];
}

// AWS assigns rules and remediations an id, which their ARNs contain.
const ofRule = () => "config-rule/*";

function putConfigRule(request: Request): readonly Check[] {
  const { account, region } = request;
  const resource = toArn("config", region, account, ofRule());
  return [{ action: "config:PutConfigRule", resource, account }];
}

function remediation(action: string): Operation {
  return ({ account, region, parameters }) => {
    const given = list(parameters.RemediationConfigurations).map((each) =>
      text(member(each, "ConfigRuleName")),
    );
    const names = [...given, ...list<string>(parameters.ConfigRuleNames)];
    const rules = names.length > 0 ? names : [text(parameters.ConfigRuleName)];
    return rules.map((ruleName) => ({
      action: `config:${action}`,
      resource: toArn("config", region, account, `remediation-configuration/${ruleName}/*`),
      account,
    }));
  };
}

function document(action: string): Operation {
  return on("ssm", action, "Name", (documentName) => `document/${documentName}`);
}

export const baselineOperations: Readonly<Record<string, Operation>> = {
  "sqs:CreateQueue": on("sqs", "CreateQueue", "QueueName", (queueName) => queueName),
  "sqs:GetQueueUrl": on("sqs", "GetQueueUrl", "QueueName", (queueName) => queueName),
  "sqs:SetQueueAttributes": queue("SetQueueAttributes"),
  "sqs:DeleteQueue": queue("DeleteQueue"),
  "events:DescribeRule": rule("DescribeRule", "Name"),
  "events:PutRule": rule("PutRule", "Name"),
  "events:PutTargets": putTargets,
  "events:RemoveTargets": rule("RemoveTargets", "Rule"),
  "events:DeleteRule": rule("DeleteRule", "Name"),
  "config:DescribeConfigRules": unscoped("config:DescribeConfigRules"),
  "config:PutConfigRule": putConfigRule,
  "config:DeleteConfigRule": on("config", "DeleteConfigRule", "ConfigRuleName", ofRule),
  "config:DescribeRemediationConfigurations": remediation("DescribeRemediationConfigurations"),
  "config:PutRemediationConfigurations": remediation("PutRemediationConfigurations"),
  "config:DeleteRemediationConfiguration": remediation("DeleteRemediationConfiguration"),
  "ssm:CreateDocument": document("CreateDocument"),
  "ssm:UpdateDocument": document("UpdateDocument"),
  "ssm:UpdateDocumentDefaultVersion": document("UpdateDocumentDefaultVersion"),
  "ssm:DeleteDocument": document("DeleteDocument"),
};
