/** What a plan about a role's sessions says: the risk that is left, and what to do next. */
import { command, lookUpEvents } from "../../model/command";
import type { Role } from "../../model/member-account";
import type { Place, Resource } from "../../model/resource";
import type { Issuer, Trust } from "../facts/session-issuer";

type Session = Extract<Resource, { kind: "role" }>;

const sessionHours = 12;

/** Writes what the deny of one session does not cover, or of all sessions of a role. */
export function sessionResidual(
  issuer: Issuer,
  { others }: Trust,
  { id, session }: Session,
): readonly string[] {
  switch (issuer.by) {
    case "ec2":
      return [
        removable,
        "The instance keeps running without working credentials: applications that need them fail.",
      ];
    case "service":
      return [
        removable,
        `Other sessions of role ${id} are not denied: what leaked this one may have leaked them.`,
        ...(others === "nobody"
          ? []
          : [
              `Others than the service may assume role ${id}, under any name: such sessions are not denied, and one of them may have had this name. Then the workload lost its credentials for another's deeds: release it.`,
            ]),
        {
          "ECS task":
            "The task keeps running without working credentials; a task that replaces it has a session of its own.",
          "EKS pod":
            "The pod gets its next credentials under another name, which is not denied: delete the pod.",
          "CodeBuild build":
            "The build keeps running without working credentials; the next build has a session of its own.",
        }[issuer.name.workload],
      ];
    case "caller":
      return [
        removable,
        `Whoever opens a session chooses its name. Any principal that the trust policy allows can assume role ${id} again, as ${session} or under another name: fix the trust policy or that principal.`,
        `Sessions of role ${id} with other names are not denied. All that are named ${session} must be opened again.`,
        wearsOff,
      ];
    default:
      return [
        `Any principal that the trust policy allows can assume role ${id} again: fix the trust policy or the identity provider.`,
        "All current users of the role must assume it again.",
        wearsOff,
      ];
  }
}

// The role is not tagged, and so no service control policy guards the deny.
const removable = "Any principal that can change IAM in the account can remove the deny.";
const wearsOff = `The longest session lasts ${sessionHours} hours; after that the policy has no effect, and the incident can be released.`;

/** Writes what to do after the deny. */
export function sessionNextSteps(
  issuer: Issuer,
  { id, session, accessKey }: Session,
  { account, region }: Place,
): readonly string[] {
  return [
    `Find what was done with the session: ${
      accessKey === ""
        ? lookUpEvents("Username", session, region)
        : lookUpEvents("AccessKeyId", accessKey, region)
    }`,
    sourceOf(issuer, id, session, region),
    ...(issuer.by === "ec2"
      ? [
          `The instance may be compromised, and stays in service: Cordon asks you about it, if a governed region has it. To contain it without waiting: ${command`npx cordon contain ${session} --account=${account} --region=REGION --reason="WHY"`}`,
        ]
      : []),
    ...(issuer.by === "service" || issuer.by === "caller" ? [revokeAll(id)] : []),
    `If IAM refuses the policy because role ${id} has reached its policy quotas: ${command`aws iam put-role-permissions-boundary --role-name=${id} --permissions-boundary arn:aws:iam::aws:policy/AWSDenyAll`}, which stops everything that uses the role, and replaces the boundary that it may have.`,
    "If this was a false positive, release it.",
  ];
}

function sourceOf(issuer: Issuer, id: string, session: string, region: string): string {
  switch (issuer.by) {
    case "ec2":
      return `Find out how the credentials left ${session}, and require IMDSv2.`;
    case "service":
      return {
        "ECS task": `Find out how the credentials left task ${session}, keep the evidence, then stop the task: ${command`aws ecs stop-task --cluster CLUSTER --task=${session} --region=${region}`}`,
        "EKS pod": `Find out how the credentials left the pod that ${session} begins with, keep the evidence, then delete the pod: kubectl delete pod POD`,
        "CodeBuild build": `Find out how the credentials left the build, then stop it: ${command`aws codebuild stop-build --id PROJECT:${session.replace("AWSCodeBuild-", "")} --region=${region}`}`,
      }[issuer.name.workload];
    default:
      return `Find who assumed ${id} as ${session}, and stop that: the user's own keys, the identity provider or the trust policy.`;
  }
}

/** Gives the command of what Cordon does not do by itself: the moment is that of the command. */
function revokeAll(role: Role["name"]): string {
  const now = `'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'`;
  const document = `'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"${now}"}}}]}'`;
  return `If more than this session is stolen, revoke all of role ${role}, which stops everything that uses it until it gets new ones: ${command`aws iam put-role-policy --role-name=${role} --policy-name AWSRevokeOlderSessions`} --policy-document ${document}`;
}
