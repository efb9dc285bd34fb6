import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import * as z from "zod/mini";
import * as input from "../resource-type";

const role = input.resourceType({
  inputs: z.strictObject({
    name: input.text,
    assumeRolePolicy: input.text,
    description: input.optionalText,
    maxSessionDuration: input.optionalNumber,
    path: input.optionalText,
    permissionsBoundary: input.optionalText,
    ...input.tagged,
  }),
  documents: ["assumeRolePolicy"],
  computed: ["arn", "uniqueId", "createDate"],
  updatable: ["assumeRolePolicy"],
  async create(inputs, place, tags) {
    const { Role: made } = await place.client(IAMClient).send(
      new CreateRoleCommand({
        RoleName: inputs.name,
        AssumeRolePolicyDocument: inputs.assumeRolePolicy,
        Description: inputs.description,
        MaxSessionDuration: inputs.maxSessionDuration,
        Path: inputs.path ?? "/",
        PermissionsBoundary: inputs.permissionsBoundary,
        Tags: input.tagList(tags),
      }),
    );
    return {
      id: inputs.name,
      outputs: {
        arn: made?.Arn,
        uniqueId: made?.RoleId,
        createDate: made?.CreateDate?.toISOString(),
        path: inputs.path ?? "/",
        maxSessionDuration: inputs.maxSessionDuration ?? 3600,
      },
    };
  },
  async update(id, { assumeRolePolicy }, place) {
    await place
      .client(IAMClient)
      .send(new UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument: assumeRolePolicy }));
    return {};
  },
  async delete(id, _state, place) {
    await place.client(IAMClient).send(new DeleteRoleCommand({ RoleName: id }));
  },
});

const rolePolicyInputs = z.strictObject({ name: input.text, role: input.text, policy: input.text });
const putRolePolicy = (inputs: z.infer<typeof rolePolicyInputs>) =>
  new PutRolePolicyCommand({
    RoleName: inputs.role,
    PolicyName: inputs.name,
    PolicyDocument: inputs.policy,
  });

const rolePolicy = input.resourceType({
  inputs: rolePolicyInputs,
  documents: ["policy"],
  updatable: ["policy"],
  async create(inputs, place) {
    await place.client(IAMClient).send(putRolePolicy(inputs));
    return { id: `${inputs.role}:${inputs.name}`, outputs: {} };
  },
  async update(_id, inputs, place) {
    await place.client(IAMClient).send(putRolePolicy(inputs));
    return {};
  },
  async delete(_id, state, place) {
    await place
      .client(IAMClient)
      .send(new DeleteRolePolicyCommand({ RoleName: state.role, PolicyName: state.name }));
  },
});

const rolePolicyAttachment = input.resourceType({
  inputs: z.strictObject({ role: input.text, policyArn: input.text }),
  async create(inputs, place) {
    await place
      .client(IAMClient)
      .send(new AttachRolePolicyCommand({ RoleName: inputs.role, PolicyArn: inputs.policyArn }));
    return { id: `${inputs.role}/${inputs.policyArn}`, outputs: {} };
  },
  async delete(_id, state, place) {
    await place
      .client(IAMClient)
      .send(new DetachRolePolicyCommand({ RoleName: state.role, PolicyArn: state.policyArn }));
  },
});

export const resources = {
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": rolePolicyAttachment,
};
