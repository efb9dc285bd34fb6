import {
  CreateServiceLinkedRoleCommand,
  DeleteServiceLinkedRoleCommand,
  GetRoleCommand,
  IAMClient,
  paginateListRoles,
  type Role,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import * as z from "zod/mini";
import { allOf } from "../../gateway/client";
import { invoke, optionalText, resourceType, tagged, tagList, text } from "../resource-type";

const serviceLinkedRole = resourceType({
  inputs: z.strictObject({ awsServiceName: text, description: optionalText, ...tagged }),
  computed: ["arn", "name", "path", "uniqueId", "createDate"],
  async create(inputs, place, tags) {
    const iam = place.client(IAMClient);
    const { Role } = await iam.send(
      new CreateServiceLinkedRoleCommand({
        AWSServiceName: inputs.awsServiceName,
        Description: inputs.description,
      }),
    );
    if (Object.keys(tags).length > 0)
      await iam.send(new TagRoleCommand({ RoleName: Role?.RoleName, Tags: tagList(tags) }));
    return {
      id: Role?.Arn ?? "",
      outputs: outputsOf(Role),
    };
  },
  async delete(_id, state, place) {
    await place
      .client(IAMClient)
      .send(new DeleteServiceLinkedRoleCommand({ RoleName: state.name as string }));
  },
  async read(id, place) {
    const [, awsServiceName, RoleName] = id.match(/^.+:role\/aws-service-role\/(.+)\/(.+)$/) ?? [];
    if (RoleName === undefined) throw new Error(`${id} is not the ARN of a service-linked role`);
    const { Role } = await place.client(IAMClient).send(new GetRoleCommand({ RoleName }));
    return {
      inputs: {
        awsServiceName,
        tags: Object.fromEntries((Role?.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
      },
      outputs: outputsOf(Role),
    };
  },
});

function outputsOf(role: Role | undefined) {
  return {
    arn: role?.Arn,
    name: role?.RoleName,
    path: role?.Path,
    uniqueId: role?.RoleId,
    createDate: role?.CreateDate?.toISOString(),
  };
}

const getRoles = invoke({
  arguments: z.strictObject({ pathPrefix: optionalText }),
  async answer({ pathPrefix }, place) {
    const roles = await allOf(
      paginateListRoles({ client: place.client(IAMClient) }, { PathPrefix: pathPrefix }),
      ({ Roles }) => Roles,
    );
    return {
      arns: roles.map(({ Arn }) => Arn),
      names: roles.map(({ RoleName }) => RoleName),
    };
  },
});

const getRole = invoke({
  arguments: z.strictObject({ name: text }),
  async answer({ name }, place) {
    const { Role } = await place.client(IAMClient).send(new GetRoleCommand({ RoleName: name }));
    return {
      arn: Role?.Arn,
      name,
      path: Role?.Path,
      uniqueId: Role?.RoleId,
      tags: Object.fromEntries((Role?.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    };
  },
});

export const resources = { "aws:iam/serviceLinkedRole:ServiceLinkedRole": serviceLinkedRole };
export const invokes = {
  "aws:iam/getRole:getRole": getRole,
  "aws:iam/getRoles:getRoles": getRoles,
};
