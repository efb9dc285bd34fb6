import {
  CloudFormationClient,
  CreateStackInstancesCommand,
  CreateStackSetCommand,
  DeleteStackInstancesCommand,
  DeleteStackSetCommand,
  DescribeStackSetCommand,
  DescribeStackSetOperationCommand,
  paginateListStackInstances,
  paginateListStackSetOperationResults,
  type StackInstanceSummary,
  UpdateStackInstancesCommand,
  UpdateStackSetCommand,
} from "@aws-sdk/client-cloudformation";
import * as z from "zod/mini";
import { allOf } from "../../gateway/client";
import * as input from "../resource-type";
import type { Place } from "../session";

const callAs = z.optional(z.enum(["SELF", "DELEGATED_ADMIN"]));
const preferenceKeys = {
  failureToleranceCount: input.optionalNumber,
  failureTolerancePercentage: input.optionalNumber,
  maxConcurrentCount: input.optionalNumber,
  maxConcurrentPercentage: input.optionalNumber,
  regionConcurrencyType: z.optional(z.enum(["SEQUENTIAL", "PARALLEL"])),
  regionOrders: input.optionalTexts,
};
const preferences = z.strictObject(preferenceKeys);
const preferencesOfInstances = z.strictObject({
  ...preferenceKeys,
  concurrencyMode: z.optional(z.enum(["STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"])),
});

function preferencesOf(given: z.infer<typeof preferencesOfInstances> | undefined) {
  return (
    given && {
      FailureToleranceCount: given.failureToleranceCount,
      FailureTolerancePercentage: given.failureTolerancePercentage,
      MaxConcurrentCount: given.maxConcurrentCount,
      MaxConcurrentPercentage: given.maxConcurrentPercentage,
      RegionConcurrencyType: given.regionConcurrencyType,
      RegionOrder: given.regionOrders,
      ConcurrencyMode: given.concurrencyMode,
    }
  );
}

/** Waits for an operation; throws with the first failed account's reason when it does not succeed. */
async function ended(
  of: { readonly StackSetName: string; readonly CallAs: z.infer<typeof callAs> },
  OperationId: string | undefined,
  place: Place,
): Promise<void> {
  const cloudFormation = place.client(CloudFormationClient);
  const asked = { ...of, OperationId };
  for (;;) {
    const { StackSetOperation } = await cloudFormation.send(
      new DescribeStackSetOperationCommand(asked),
    );
    const status = StackSetOperation?.Status;
    if (status === "SUCCEEDED") return;
    if (status === "QUEUED" || status === "RUNNING") {
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    const results = await allOf(
      paginateListStackSetOperationResults({ client: cloudFormation }, asked),
      ({ Summaries }) => Summaries,
    );
    const failed = results.find(({ Status }) => Status === "FAILED");
    const where = failed && `, account ${failed.Account} in ${failed.Region}`;
    throw new Error(
      `operation ${OperationId} ended ${status}${where ?? ""}: ${failed?.StatusReason ?? "no reason given"}`,
    );
  }
}

const stackSetInputs = z.strictObject({
  name: input.text,
  description: input.optionalText,
  permissionModel: z.literal("SERVICE_MANAGED"),
  callAs,
  autoDeployment: z.strictObject({
    enabled: input.optionalFlag,
    retainStacksOnAccountRemoval: input.optionalFlag,
  }),
  capabilities: z.optional(z.array(z.enum(["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]))),
  managedExecution: z.optional(z.strictObject({ active: input.optionalFlag })),
  operationPreferences: z.optional(preferences),
  templateBody: input.text,
  ...input.regional,
});

function definitionOf(inputs: z.infer<typeof stackSetInputs>) {
  const { autoDeployment, managedExecution } = inputs;
  return {
    StackSetName: inputs.name,
    Description: inputs.description,
    PermissionModel: inputs.permissionModel,
    CallAs: inputs.callAs,
    AutoDeployment: {
      Enabled: autoDeployment.enabled,
      RetainStacksOnAccountRemoval: autoDeployment.retainStacksOnAccountRemoval,
    },
    Capabilities: inputs.capabilities,
    ManagedExecution: managedExecution && { Active: managedExecution.active },
    TemplateBody: inputs.templateBody,
  };
}

const stackSet = input.resourceType({
  inputs: stackSetInputs,
  computed: ["arn", "stackSetId"],
  updatable: [
    "autoDeployment",
    "capabilities",
    "description",
    "managedExecution",
    "operationPreferences",
    "templateBody",
  ],
  async create(inputs, place) {
    const { name: StackSetName, callAs: CallAs } = inputs;
    const cloudFormation = place.client(CloudFormationClient);
    await cloudFormation.send(new CreateStackSetCommand(definitionOf(inputs)));
    const { StackSet } = await cloudFormation.send(
      new DescribeStackSetCommand({ StackSetName, CallAs }),
    );
    return {
      id: inputs.name,
      outputs: { arn: StackSet?.StackSetARN, stackSetId: StackSet?.StackSetId },
    };
  },
  async update(id, inputs, place) {
    const { OperationId } = await place.client(CloudFormationClient).send(
      new UpdateStackSetCommand({
        ...definitionOf(inputs),
        OperationPreferences: preferencesOf(inputs.operationPreferences),
      }),
    );
    await ended({ StackSetName: id, CallAs: inputs.callAs }, OperationId, place);
    return {};
  },
  async delete(id, state, place) {
    await place
      .client(CloudFormationClient)
      .send(new DeleteStackSetCommand({ StackSetName: id, CallAs: state.callAs }));
  },
});

const stackInstancesInputs = z.strictObject({
  stackSetName: input.text,
  callAs,
  regions: z.array(z.string()),
  deploymentTargets: z.strictObject({ organizationalUnitIds: z.array(z.string()) }),
  operationPreferences: z.optional(preferencesOfInstances),
  retainStacks: input.optionalFlag,
  ...input.regional,
});

type StackInstancesInputs = z.infer<typeof stackInstancesInputs>;

function deploymentOf(inputs: StackInstancesInputs, regions = inputs.regions) {
  return {
    StackSetName: inputs.stackSetName,
    CallAs: inputs.callAs,
    Regions: regions,
    DeploymentTargets: { OrganizationalUnitIds: inputs.deploymentTargets.organizationalUnitIds },
    OperationPreferences: preferencesOf(inputs.operationPreferences),
  };
}

async function createIn(regions: string[], inputs: StackInstancesInputs, place: Place) {
  if (regions.length === 0) return;
  const given = deploymentOf(inputs, regions);
  const creating = new CreateStackInstancesCommand(given);
  const { OperationId } = await place.client(CloudFormationClient).send(creating);
  await ended(given, OperationId, place);
}

async function deleteFrom(regions: string[], inputs: StackInstancesInputs, place: Place) {
  if (regions.length === 0) return;
  const given = deploymentOf(inputs, regions);
  const { OperationId } = await place
    .client(CloudFormationClient)
    .send(
      new DeleteStackInstancesCommand({ ...given, RetainStacks: inputs.retainStacks ?? false }),
    );
  await ended(given, OperationId, place);
}

function instancesOf(
  { stackSetName: StackSetName, callAs: CallAs }: StackInstancesInputs,
  place: Place,
): Promise<StackInstanceSummary[]> {
  const client = place.client(CloudFormationClient);
  return allOf(
    paginateListStackInstances({ client }, { StackSetName, CallAs }),
    ({ Summaries }) => Summaries,
  );
}

async function summariesOf(inputs: StackInstancesInputs, place: Place) {
  const found = await instancesOf(inputs, place);
  // The provider takes for the targets the units that the answer names, once it names any.
  const units = new Set(found.flatMap(({ OrganizationalUnitId }) => OrganizationalUnitId ?? []));
  return {
    ...(units.size > 0 && { deploymentTargets: { organizationalUnitIds: [...units].sort() } }),
    stackSetId: found[0]?.StackSetId,
    stackInstanceSummaries: found.map((each) => ({
      accountId: each.Account,
      detailedStatus: each.StackInstanceStatus?.DetailedStatus,
      organizationalUnitId: each.OrganizationalUnitId,
      region: each.Region,
      stackId: each.StackId,
      stackSetId: each.StackSetId,
      status: each.Status,
    })),
  };
}

const stackInstances = input.resourceType({
  inputs: stackInstancesInputs,
  computed: ["stackInstanceSummaries", "stackSetId"],
  updatable: ["operationPreferences", "regions", "retainStacks"],
  async create(inputs, place) {
    await createIn(inputs.regions, inputs, place);
    return { id: inputs.stackSetName, outputs: await summariesOf(inputs, place) };
  },
  async update(_id, inputs, place, changed) {
    if (changed.includes("regions")) {
      const found = await instancesOf(inputs, place);
      const existing = [...new Set(found.map(({ Region }) => Region ?? ""))];
      const added = inputs.regions.filter((region) => !existing.includes(region));
      const dropped = existing.filter((region) => !inputs.regions.includes(region));
      await createIn(added, inputs, place);
      await deleteFrom(dropped, inputs, place);
    } else if (changed.includes("operationPreferences")) {
      const given = deploymentOf(inputs);
      const { OperationId } = await place
        .client(CloudFormationClient)
        .send(new UpdateStackInstancesCommand(given));
      await ended(given, OperationId, place);
    }
    return summariesOf(inputs, place);
  },
  async delete(_id, state, place) {
    await deleteFrom(state.regions, state, place);
  },
});

export const resources = {
  "aws:cloudformation/stackInstances:StackInstances": stackInstances,
  "aws:cloudformation/stackSet:StackSet": stackSet,
};
