/** Who may send to a queue of work: what it is fed by, and the few who send by hand. */
import { functionRoleNames } from "../../functions/catalogue/own-roles";

/** The break-glass principals, and the account whose queues they may redrive. */
export interface RedriveAccess {
  readonly securityAccount: string;
  /** Role names or paths within an account, possibly ending in "*". */
  readonly breakGlassRoles: readonly string[];
  /** User names or paths within an account, possibly ending in "*". */
  readonly breakGlassUsers: readonly string[];
}

/**
 * Lists who may send dead letters again, as aws:PrincipalArn shows them: the function that does so for
 * people, and break-glass principals, for what stayed in a dead-letter queue. SQS moves messages on
 * behalf of the principal that starts the task, which needs sqs:SendMessage on the queue they go to.
 */
export function redrivers(access: RedriveAccess): readonly string[] {
  const account = `arn:aws:iam::${access.securityAccount}`;
  return [
    `${account}:role/${functionRoleNames.redrive}`,
    ...access.breakGlassRoles.map((pattern) => `${account}:role/${pattern}`),
    ...access.breakGlassUsers.map((pattern) => `${account}:user/${pattern}`),
  ];
}

/** Allows a service of AWS to send into a queue what comes from one rule or topic. */
export function allowSending(
  service: "events" | "sns",
  queueArn: string,
  sourceArn: string,
): object {
  return {
    Effect: "Allow",
    Principal: { Service: `${service}.amazonaws.com` },
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: { ArnEquals: { "aws:SourceArn": sourceArn } },
  };
}

/**
 * Denies sending to everyone but the sources. Functions believe their messages, and a policy that
 * allows the sources alone denies no principal of the queue's own account: there a permission of the
 * sender's own is enough. A person's call has no aws:SourceArn, and negated operators hold where
 * their key is missing.
 *
 * @param sources ARNs of rules and topics
 * @param senders patterns of aws:PrincipalArn that are exempt
 */
export function refuseOthers(
  queueArn: string,
  sources: readonly string[],
  senders: readonly string[],
): object {
  return {
    Effect: "Deny",
    Principal: "*",
    Action: "sqs:SendMessage",
    Resource: queueArn,
    Condition: {
      ArnNotEquals: { "aws:SourceArn": sources },
      ...(senders.length > 0 && { ArnNotLike: { "aws:PrincipalArn": senders } }),
    },
  };
}
