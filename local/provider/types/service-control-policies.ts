import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  DeletePolicyCommand,
  DetachPolicyCommand,
  OrganizationsClient,
  UpdatePolicyCommand,
} from "@aws-sdk/client-organizations";
import * as z from "zod/mini";
import { optionalText, resourceType, text } from "../resource-type";

const policy = resourceType({
  inputs: z.strictObject({
    name: text,
    content: text,
    description: optionalText,
    type: z.literal("SERVICE_CONTROL_POLICY"),
  }),
  computed: ["arn"],
  updatable: ["name", "content", "description"],
  async create(inputs, place) {
    const { Policy: made } = await place.client(OrganizationsClient).send(
      new CreatePolicyCommand({
        Name: inputs.name,
        Content: inputs.content,
        Description: inputs.description ?? "",
        Type: inputs.type,
      }),
    );
    const { Id: id = "", Arn: arn } = made?.PolicySummary ?? {};
    return { id, outputs: { arn } };
  },
  async update(id, inputs, place) {
    await place.client(OrganizationsClient).send(
      new UpdatePolicyCommand({
        PolicyId: id,
        Name: inputs.name,
        Content: inputs.content,
        Description: inputs.description ?? "",
      }),
    );
    return {};
  },
  async delete(id, _state, place) {
    await place.client(OrganizationsClient).send(new DeletePolicyCommand({ PolicyId: id }));
  },
});

const policyAttachment = resourceType({
  inputs: z.strictObject({ policyId: text, targetId: text }),
  async create({ policyId, targetId }, place) {
    await place
      .client(OrganizationsClient)
      .send(new AttachPolicyCommand({ PolicyId: policyId, TargetId: targetId }));
    return { id: `${targetId}:${policyId}`, outputs: {} };
  },
  async delete(_id, { policyId, targetId }, place) {
    await place
      .client(OrganizationsClient)
      .send(new DetachPolicyCommand({ PolicyId: policyId, TargetId: targetId }));
  },
});

export const resources = {
  "aws:organizations/policy:Policy": policy,
  "aws:organizations/policyAttachment:PolicyAttachment": policyAttachment,
};
