/** The resource types that a stack can hold. A type that is absent here is refused by name. */
import { UnknownOperationError } from "../../wire/protocol";
import { resolve, type StackPlace, type TemplateResource } from "../stack-template";
import type { StackResourceType } from "./stack-resource";

// Loaded when a template names them: a process pays only for the SDK clients that it uses.
const types: Readonly<Record<string, () => Promise<StackResourceType>>> = {
  "AWS::Config::ConfigRule": async () => (await import("./config")).configRule,
  "AWS::Config::RemediationConfiguration": async () =>
    (await import("./config")).remediationConfiguration,
  "AWS::Events::Rule": async () => (await import("./events")).rule,
  "AWS::IAM::Role": async () => (await import("./iam")).role,
  "AWS::SQS::Queue": async () => (await import("./sqs")).queue,
  "AWS::SQS::QueuePolicy": async () => (await import("./sqs")).queuePolicy,
  "AWS::SSM::Document": async () => (await import("./ssm")).ssmDocument,
  "AWS::WAFv2::IPSet": async () => (await import("./wafv2")).ipSet,
};

/** A resource of a template, written out for one place. */
export interface StackResource {
  readonly id: string;
  readonly type: string;
  readonly carriedOutBy: StackResourceType;
  readonly properties: unknown;
}

/** Writes out a template's resources for a place; refuses by name what is not carried out here. */
export function resourcesAt(
  template: readonly TemplateResource[],
  place: StackPlace,
): Promise<readonly StackResource[]> {
  return Promise.all(
    template.map(async ({ id, type, properties }) => {
      const carriedOutBy = await types[type]?.();
      if (!carriedOutBy) throw new UnknownOperationError(`the resource type ${type} in a template`);
      const parsed = carriedOutBy.properties.safeParse(resolve(properties, place));
      if (parsed.success) return { id, type, carriedOutBy, properties: parsed.data };
      const issues = parsed.error.issues.map((issue) =>
        issue.code === "unrecognized_keys"
          ? `the property ${[...issue.path, ...issue.keys].join(".")}`
          : `the property ${issue.path.join(".")} as it is given`,
      );
      throw new UnknownOperationError(`${issues.join(", ")} of ${type} ${id} in a template`);
    }),
  );
}
