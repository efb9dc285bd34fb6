import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import * as z from "zod/mini";
import { invoke, optionalText, regional, text } from "../resource-type";

const getCallerIdentity = invoke({
  arguments: z.strictObject({ id: optionalText, ...regional }),
  async answer(_given, place) {
    const identity = await place.client(STSClient).send(new GetCallerIdentityCommand({}));
    return {
      accountId: identity.Account,
      arn: identity.Arn,
      id: identity.Account,
      userId: identity.UserId,
    };
  },
});

const getSessionContext = invoke({
  arguments: z.strictObject({ arn: text }),
  async answer({ arn }, place) {
    const [, role = "", session] = /:assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
    // Of anything but a session the provider gives the ARN back.
    if (session === undefined) {
      return { id: arn, arn, issuerArn: arn, issuerId: "", issuerName: "", sessionName: "" };
    }
    const { Role: issuer } = await place
      .client(IAMClient)
      .send(new GetRoleCommand({ RoleName: role }));
    return {
      id: arn,
      arn,
      issuerArn: issuer?.Arn,
      issuerId: issuer?.RoleId,
      issuerName: role,
      sessionName: session,
    };
  },
});

const getPartition = invoke({
  arguments: z.strictObject({ id: optionalText, ...regional }),
  async answer() {
    // The local organization is in the commercial partition.
    return {
      id: "aws",
      partition: "aws",
      dnsSuffix: "amazonaws.com",
      reverseDnsPrefix: "com.amazonaws",
    };
  },
});

const getRegion = invoke({
  arguments: z.strictObject({ id: optionalText, ...regional }),
  async answer(_given, { region }) {
    return { id: region, name: region, region, endpoint: `ec2.${region}.amazonaws.com` };
  },
});

export const invokes = {
  "aws:iam/getSessionContext:getSessionContext": getSessionContext,
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getPartition:getPartition": getPartition,
  "aws:index/getRegion:getRegion": getRegion,
};
