import type { StepKind } from "../../model/step";
import { denyingRole } from "./shared/role-deny";

/**
 * Denies a role's sessions that were issued to one instance. Every other instance of the role goes
 * on working, which a deny by aws:TokenIssueTime would not allow for.
 */
export interface DenyInstanceCredentials {
  readonly kind: "deny-instance-credentials";
  readonly role: { readonly name: string; readonly arn: string };
  readonly policy: string;
  readonly instanceArn: string;
  /** Ids of the VPC's SSM interface endpoints: through them forensics may still reach in. */
  readonly endpoints: readonly string[];
  /**
   * Also denies every session of this name, whatever issued it: where principals besides EC2 may
   * assume the role, an attacker may choose the name of an instance.
   */
  readonly session?: string;
}

/** What the SSM agent itself needs; nothing here reads or changes anything else. */
const agentActions = ["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*"];

/**
 * Writes the deny. The agent's carve-out holds only through the VPC's own endpoints, so stolen
 * copies of the credentials gain nothing by it from outside.
 */
export function denyDocument(
  step: Pick<DenyInstanceCredentials, "instanceArn" | "endpoints" | "session">,
): object {
  const issuedToInstance = { ArnEquals: { "ec2:SourceInstanceARN": step.instanceArn } };
  const deny = { Effect: "Deny", Resource: "*" };
  if (step.endpoints.length === 0) {
    return {
      Version: "2012-10-17",
      Statement: [
        { Sid: "CordonAll", ...deny, Action: "*", Condition: issuedToInstance },
        // Of a role's session the key holds the role's unique id, a colon and the session's name.
        ...(step.session === undefined
          ? []
          : [
              {
                Sid: "CordonSession",
                ...deny,
                Action: "*",
                Condition: { StringLike: { "aws:userid": `*:${step.session}` } },
              },
            ]),
      ],
    };
  }
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "CordonAllButAgent", ...deny, NotAction: agentActions, Condition: issuedToInstance },
      {
        Sid: "CordonAgentElsewhere",
        ...deny,
        Action: agentActions,
        Condition: {
          ...issuedToInstance,
          StringNotEqualsIfExists: { "aws:SourceVpce": step.endpoints },
        },
      },
    ],
  };
}

export const denyInstanceCredentials: StepKind<DenyInstanceCredentials> = {
  ...denyingRole<DenyInstanceCredentials>(denyDocument),
  describe: (step) =>
    `deny role ${step.role.name} sessions issued to ${step.instanceArn.split("/").pop()}`,
  widest: [
    {
      kind: "deny-instance-credentials",
      role: { name: "*", arn: "arn:aws:iam::*:role/*" },
      policy: "*",
      instanceArn: "*",
      endpoints: [],
    },
  ],
};
