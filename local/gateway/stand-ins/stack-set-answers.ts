/** Writes what StackSets answers, in CloudFormation's XML. */
import { randomUUID } from "node:crypto";
import { management } from "../accounts";
import { type Answer, escapeXml, xml } from "../wire/protocol";
import type { OperationResult } from "./stack-operation";
import type { Operation, StackInstance, StackSet } from "./stack-set";

/** Wraps a result: objects become elements, lists <member> elements, and what is absent is left out. */
export function answerOf(operation: string, result: object): Answer {
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  return xml(
    200,
    `<${operation}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><${operation}Result>${written(result)}</${operation}Result>${metadata}</${operation}Response>`,
  );
}

function written(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value))
    return value.map((each) => `<member>${written(each)}</member>`).join("");
  if (typeof value !== "object" || value === null) return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => `<${key}>${written(each)}</${key}>`)
    .join("");
}

export function describeSet({ name, id, region, definition, targets }: StackSet): object {
  const { autoDeployment, retainOnRemoval } = definition;
  return {
    StackSetName: name,
    StackSetId: id,
    Description: definition.description,
    Status: "ACTIVE",
    TemplateBody: definition.templateBody,
    Capabilities: [...definition.capabilities],
    // A delegated administrator's stack sets stand in the management account too.
    StackSetARN: `arn:aws:cloudformation:${region}:${management.id}:stackset/${id}`,
    PermissionModel: "SERVICE_MANAGED",
    AutoDeployment: {
      Enabled: autoDeployment,
      ...(autoDeployment && { RetainStacksOnAccountRemoval: retainOnRemoval }),
    },
    ManagedExecution: { Active: definition.managedExecution },
    OrganizationalUnitIds: [...targets.keys()],
    Regions: [...new Set([...targets.values()].flatMap((regions) => [...regions]))],
  };
}

export function describeInstance({ id }: StackSet, instance: StackInstance): object {
  return {
    StackSetId: id,
    Account: instance.account,
    Region: instance.region,
    StackId: instance.stackId,
    Status: instance.status,
    StatusReason: instance.reason,
    StackInstanceStatus: { DetailedStatus: instance.detailed },
    OrganizationalUnitId: instance.target,
    DriftStatus: "NOT_CHECKED",
    LastOperationId: instance.lastOperation,
  };
}

export function describeOperation({ id }: StackSet, operation: Operation): object {
  const failed = operation.results.filter(({ status }) => status === "FAILED");
  const [first] = failed;
  return {
    OperationId: operation.id,
    StackSetId: id,
    Action: operation.action,
    Status: operation.status,
    CreationTimestamp: operation.created,
    EndTimestamp: operation.ended,
    StatusReason:
      operation.status === "FAILED" && first
        ? `Account ${first.account}, ${first.region}: ${first.reason}`
        : undefined,
    StatusDetails: { FailedStackInstancesCount: failed.length },
  };
}

export function describeResult({ account, region, status, reason }: OperationResult): object {
  return { Account: account, Region: region, Status: status, StatusReason: reason };
}
