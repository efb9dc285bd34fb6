import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import * as z from "zod/mini";
import * as input from "../resource-type";

const key = input.resourceType({
  inputs: z.strictObject({
    description: input.optionalText,
    policy: input.optionalText,
    enableKeyRotation: input.optionalFlag,
    deletionWindowInDays: input.optionalNumber,
    multiRegion: input.optionalFlag,
    keyUsage: z.optional(z.enum(["ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC"])),
    customerMasterKeySpec: z.optional(z.enum(["SYMMETRIC_DEFAULT", "HMAC_256"])),
    ...input.regional,
    ...input.tagged,
  }),
  documents: ["policy"],
  computed: ["arn", "keyId", "policy", "description", "multiRegion"],
  updatable: ["policy"],
  async create(inputs, place, tags) {
    const kms = place.client(KMSClient);
    const { KeyMetadata: made } = await kms.send(
      new CreateKeyCommand({
        // The real provider's default, which AWS then shows.
        Description: inputs.description ?? "Managed by Pulumi",
        Policy: inputs.policy,
        MultiRegion: inputs.multiRegion,
        KeyUsage: inputs.keyUsage,
        KeySpec: inputs.customerMasterKeySpec,
        Tags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      }),
    );
    const KeyId = made?.KeyId ?? "";
    if (inputs.enableKeyRotation) await kms.send(new EnableKeyRotationCommand({ KeyId }));
    const policy =
      inputs.policy ??
      (await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" }))).Policy;
    return {
      id: KeyId,
      outputs: {
        arn: made?.Arn,
        keyId: KeyId,
        policy,
        description: made?.Description,
        multiRegion: made?.MultiRegion,
        isEnabled: made?.Enabled,
      },
    };
  },
  async update(id, inputs, place) {
    await place
      .client(KMSClient)
      .send(new PutKeyPolicyCommand({ KeyId: id, PolicyName: "default", Policy: inputs.policy }));
    return {};
  },
  async delete(id, state, place) {
    await place.client(KMSClient).send(
      new ScheduleKeyDeletionCommand({
        KeyId: id,
        PendingWindowInDays: state.deletionWindowInDays,
      }),
    );
  },
});

const alias = input.resourceType({
  inputs: z.strictObject({ name: input.text, targetKeyId: input.text, ...input.regional }),
  computed: ["arn", "targetKeyArn"],
  async create({ name, targetKeyId }, place) {
    const kms = place.client(KMSClient);
    await kms.send(new CreateAliasCommand({ AliasName: name, TargetKeyId: targetKeyId }));
    const { KeyMetadata: target } = await kms.send(new DescribeKeyCommand({ KeyId: targetKeyId }));
    // An alias's ARN is its key's with the last part replaced.
    const arn = target?.Arn?.replace(/:key\/.*$/, `:${name}`);
    return { id: name, outputs: { arn, targetKeyArn: target?.Arn } };
  },
  async delete(id, _state, place) {
    await place.client(KMSClient).send(new DeleteAliasCommand({ AliasName: id }));
  },
});

export const resources = { "aws:kms/key:Key": key, "aws:kms/alias:Alias": alias };
