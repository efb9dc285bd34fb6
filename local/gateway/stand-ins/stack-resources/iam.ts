/** AWS::IAM::Role in a stack. */
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import * as z from "zod/mini";
import {
  AlreadyExists,
  changed,
  document,
  stackResource,
  tags,
  unlessGone,
} from "./stack-resource";

const properties = z.strictObject({
  RoleName: z.string(),
  Description: z.optional(z.string()),
  AssumeRolePolicyDocument: document,
  Policies: z.optional(
    z.array(z.strictObject({ PolicyName: z.string(), PolicyDocument: document })),
  ),
  MaxSessionDuration: z.optional(z.number()),
  Path: z.optional(z.string()),
  PermissionsBoundary: z.optional(z.string()),
  Tags: tags,
});

type Role = z.infer<typeof properties>;
type Policy = NonNullable<Role["Policies"]>[number];

const gone = ["NoSuchEntity", "NoSuchEntityException"];

export const role = stackResource({
  properties,
  replacing: ["RoleName", "Path"],
  nameOf: ({ RoleName }) => RoleName,
  async create(role, site) {
    const iam = site.client(IAMClient);
    try {
      await iam.send(
        new CreateRoleCommand({
          RoleName: role.RoleName,
          AssumeRolePolicyDocument: JSON.stringify(role.AssumeRolePolicyDocument),
          Description: role.Description,
          MaxSessionDuration: role.MaxSessionDuration,
          Path: role.Path,
          PermissionsBoundary: role.PermissionsBoundary,
          Tags: role.Tags,
        }),
      );
    } catch (error) {
      if (/^EntityAlreadyExists/.test((error as Error).name)) {
        throw new AlreadyExists("AWS::IAM::Role", role.RoleName);
      }
      throw error;
    }
    for (const policy of role.Policies ?? []) await putPolicy(iam, role, policy);
  },
  async update(before, after, site) {
    const iam = site.client(IAMClient);
    const of = { RoleName: after.RoleName };
    if (changed(before.AssumeRolePolicyDocument, after.AssumeRolePolicyDocument)) {
      const PolicyDocument = JSON.stringify(after.AssumeRolePolicyDocument);
      await iam.send(new UpdateAssumeRolePolicyCommand({ ...of, PolicyDocument }));
    }
    if (
      before.Description !== after.Description ||
      before.MaxSessionDuration !== after.MaxSessionDuration
    ) {
      const { Description = "", MaxSessionDuration = 3600 } = after;
      await iam.send(new UpdateRoleCommand({ ...of, Description, MaxSessionDuration }));
    }
    if (before.PermissionsBoundary !== after.PermissionsBoundary) {
      const { PermissionsBoundary } = after;
      if (PermissionsBoundary === undefined) {
        await iam.send(new DeleteRolePermissionsBoundaryCommand(of));
      } else {
        await iam.send(new PutRolePermissionsBoundaryCommand({ ...of, PermissionsBoundary }));
      }
    }
    await updatePolicies(iam, before, after);
    await updateTags(iam, before, after);
  },
  async delete(role, site) {
    const iam = site.client(IAMClient);
    for (const policy of role.Policies ?? []) await deletePolicy(iam, role, policy);
    await unlessGone(iam.send(new DeleteRoleCommand({ RoleName: role.RoleName })), gone);
  },
});

async function updatePolicies(iam: IAMClient, before: Role, after: Role): Promise<void> {
  const standing = new Map((before.Policies ?? []).map((policy) => [policy.PolicyName, policy]));
  for (const policy of after.Policies ?? []) {
    if (changed(standing.get(policy.PolicyName), policy)) await putPolicy(iam, after, policy);
    standing.delete(policy.PolicyName);
  }
  for (const policy of standing.values()) await deletePolicy(iam, after, policy);
}

async function updateTags(iam: IAMClient, before: Role, after: Role): Promise<void> {
  const { RoleName, Tags = [] } = after;
  if (!changed(before.Tags, after.Tags)) return;
  const kept = new Set(Tags.map(({ Key }) => Key));
  const TagKeys = (before.Tags ?? []).map(({ Key }) => Key).filter((key) => !kept.has(key));
  if (TagKeys.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys }));
  if (Tags.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags }));
}

function putPolicy(iam: IAMClient, { RoleName }: Role, { PolicyName, PolicyDocument }: Policy) {
  return iam.send(
    new PutRolePolicyCommand({
      RoleName,
      PolicyName,
      PolicyDocument: JSON.stringify(PolicyDocument),
    }),
  );
}

function deletePolicy(iam: IAMClient, { RoleName }: Role, { PolicyName }: Policy) {
  return unlessGone(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })), gone);
}
