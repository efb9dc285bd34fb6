/** Reads and checks the requests of StackSets, as AWS does before an operation begins. */
import { management } from "../accounts";
import {
  type ApiCall,
  ApiError,
  list,
  member,
  type Parameters,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import { resourcesAt } from "./stack-resources";
import { readTemplate, type TemplateResource } from "./stack-template";

/** What a stack set says should stand, and how it behaves. */
export interface Definition {
  readonly description?: string;
  readonly templateBody: string;
  readonly template: readonly TemplateResource[];
  readonly capabilities: ReadonlySet<string>;
  /** Deploys to accounts that join. */
  readonly autoDeployment: boolean;
  readonly retainOnRemoval: boolean;
  /** Queues operations instead of refusing the second. */
  readonly managedExecution: boolean;
}

const shared = ["StackSetName", "CallAs"];
const ofDefinition = [
  "Description",
  "TemplateBody",
  "Capabilities",
  "PermissionModel",
  "AutoDeployment",
  "ManagedExecution",
];
const ofDeployment = ["DeploymentTargets", "Regions", "OperationPreferences", "OperationId"];

/** The operations that are answered, each with the parameters it is answered with. */
const parameters: Readonly<Record<string, readonly string[]>> = {
  CreateStackSet: [...ofDefinition, "ClientRequestToken"],
  UpdateStackSet: [...ofDefinition, "OperationPreferences", "OperationId"],
  DeleteStackSet: [],
  DescribeStackSet: [],
  CreateStackInstances: ofDeployment,
  UpdateStackInstances: ofDeployment,
  DeleteStackInstances: [...ofDeployment, "RetainStacks"],
  ListStackInstances: ["StackInstanceAccount", "StackInstanceRegion"],
  DescribeStackSetOperation: ["OperationId"],
  ListStackSetOperationResults: ["OperationId"],
};

/** Refuses by name an operation, or a parameter of one, that is not answered here. */
export function refuseForeign(call: ApiCall): void {
  const known = parameters[call.operation];
  if (!known) throw new UnknownOperationError(`cloudformation:${call.operation}`);
  const foreign = Object.keys(call.parameters).find((key) => ![...shared, ...known].includes(key));
  if (foreign) {
    throw new UnknownOperationError(`cloudformation:${call.operation} with ${foreign}`);
  }
}

/** Asks whether the account may operate service-managed stack sets in the way it asks to. */
export function requireAdministrator(
  call: ApiCall,
  account: string,
  isDelegated: (account: string) => boolean,
): void {
  const callAs = text(call.parameters.CallAs) ?? "SELF";
  if (callAs === "DELEGATED_ADMIN") {
    if (isDelegated(account)) return;
    throw invalid("Account used is not a delegated administrator");
  }
  if (account === management.id) return;
  // With SELF, any other account sees the stack sets of its own, of which there are none here.
  if (call.operation !== "CreateStackSet") {
    throw notFound(text(call.parameters.StackSetName) ?? "", account);
  }
  throw invalid(
    "You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set",
  );
}

/** Reads what CreateStackSet, or UpdateStackSet of an earlier definition, says should stand. */
export async function readDefinition(given: Parameters, earlier?: Definition): Promise<Definition> {
  requireName(text(given.StackSetName) ?? "");
  const model = text(given.PermissionModel) ?? (earlier ? "SERVICE_MANAGED" : "SELF_MANAGED");
  if (model !== "SERVICE_MANAGED") {
    throw new UnknownOperationError(`a stack set with the permission model ${model}`);
  }
  const description = text(given.Description);
  const templateBody = text(given.TemplateBody) ?? "";
  const template = readTemplate(templateBody);
  // Refuses by name, before anything is made, what no stack could carry out.
  await resourcesAt(template, { account: management.id, region: "us-east-1" });
  const managed = text(member(given.ManagedExecution, "Active"));
  return {
    ...(description !== undefined && { description }),
    templateBody,
    template,
    capabilities: readCapabilities(given),
    ...readAutoDeployment(given, earlier),
    managedExecution: managed === undefined ? !!earlier?.managedExecution : managed === "true",
  };
}

function requireName(name: string): void {
  if (!/^[a-zA-Z][-a-zA-Z0-9]*$/.test(name)) {
    const pattern = "[a-zA-Z][-a-zA-Z0-9]*";
    throw constraint(
      "stackSetName",
      name,
      `Member must satisfy regular expression pattern: ${pattern}`,
    );
  }
  if (name.length > 128) {
    throw constraint("stackSetName", name, "Member must have length less than or equal to 128");
  }
}

function readCapabilities(given: Parameters): ReadonlySet<string> {
  const known = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"];
  const capabilities = list<string>(given.Capabilities);
  // Macros and nested stacks, which AWS does not take in a service-managed stack set either.
  const foreign = capabilities.find((each) => !known.includes(each));
  if (foreign) throw new UnknownOperationError(`a stack set with ${foreign}`);
  return new Set(capabilities);
}

function readAutoDeployment(given: Parameters, earlier: Definition | undefined) {
  const enabled = text(member(given.AutoDeployment, "Enabled"));
  const retain = text(member(given.AutoDeployment, "RetainStacksOnAccountRemoval"));
  if (member(given.AutoDeployment, "DependsOn") !== undefined) {
    throw new UnknownOperationError("a stack set with AutoDeployment.DependsOn");
  }
  if (enabled === undefined) {
    if (!earlier)
      throw invalid("AutoDeployment must be specified for a SERVICE_MANAGED stack set.");
    return { autoDeployment: earlier.autoDeployment, retainOnRemoval: earlier.retainOnRemoval };
  }
  if ((enabled === "true") !== (retain !== undefined)) {
    throw invalid(
      "RetainStacksOnAccountRemoval must be specified if, and only if, AutoDeployment is enabled.",
    );
  }
  return { autoDeployment: enabled === "true", retainOnRemoval: retain === "true" };
}

/** Reads the units of a deployment; single accounts and filters among them are refused by name. */
export function readTargets(given: Parameters): readonly string[] {
  const targets = (given.DeploymentTargets ?? {}) as Parameters;
  const foreign = Object.keys(targets).find((key) => key !== "OrganizationalUnitIds");
  if (foreign) throw new UnknownOperationError(`DeploymentTargets with ${foreign}`);
  const units = list<string>(targets.OrganizationalUnitIds);
  if (units.length === 0) {
    throw invalid("OrganizationalUnitIds are required for a SERVICE_MANAGED stack set.");
  }
  return units;
}

/** The regions that every account has without asking for them. */
const regionsOfAll = new Set([
  ...["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
  ...["eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"],
  ...["ap-northeast-1", "ap-northeast-2", "ap-northeast-3"],
  ...["ap-south-1", "ap-southeast-1", "ap-southeast-2"],
]);

export function readRegions(given: Parameters): readonly string[] {
  const regions = list<string>(given.Regions);
  if (regions.length === 0) {
    throw constraint("regions", "[]", "Member must have length greater than or equal to 1");
  }
  const unknown = regions.find((region) => !regionsOfAll.has(region));
  if (unknown) throw invalid(`Region ${unknown} is not a region that the organization has.`);
  return [...new Set(regions)];
}

export function notFound(name: string, account: string): ApiError {
  return new ApiError("StackSetNotFoundException", `StackSet ${name} not found in ${account}`, 404);
}

function constraint(parameter: string, value: string, sentence: string): ApiError {
  return invalid(
    `1 validation error detected: Value '${value}' at '${parameter}' failed to satisfy constraint: ${sentence}`,
  );
}

function invalid(message: string): ApiError {
  return new ApiError("ValidationError", message);
}
