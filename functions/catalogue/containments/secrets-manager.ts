/** How a secret of AWS Secrets Manager is contained. Data only. */
import type { Containment } from "./containment";

const arn = "arn:aws:secretsmanager:{region}:{account}:secret:{id}";
const on = (...actions: string[]) => ({ actions, resources: [arn] });

export const secretContainments = {
  secret: {
    kind: "secret",
    names: "secret {id}",
    arn,
    // The name, and what Secrets Manager adds to it in the ARN: another secret of the name has another.
    idForm: "[\\w/+=.@-]{1,512}-[A-Za-z0-9]{6}",
    // GuardDuty has no finding about a secret: a responder names it.
    found: [],
    hubType: "AwsSecretsManagerSecret",
    settings: {
      "secret-policy": {
        does: "deny everybody but Cordon, break-glass and root everything on secret {id}, in place of its policy",
        undoes: "give secret {id} its former policy",
        denies: { actions: "secretsmanager:*", resources: ["*"] },
        reads: [on("secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy")],
        changes: [on("secretsmanager:PutResourcePolicy")],
        undoing: [on("secretsmanager:DeleteResourcePolicy", "secretsmanager:PutResourcePolicy")],
      },
    },
    residual: [
      "Whoever has read the secret has it: only a new value ends that. Cordon does not rotate it, for no release could give the old one back.",
      "What needs the secret fails when it next reads it, and so does its rotation. Replicas in other regions get the same policy, and whoever reads the secret there is denied, too.",
    ],
    nextSteps: [
      "Before the release read the policy that the secret had, in the journal's record of the incident: who misused the secret may have written it, and a release gives exactly that back.",
      "Who read it: aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=GetSecretValue --region={region}",
      "Change it where it is used, with break-glass credentials, before the release.",
    ],
  },
} as const satisfies Record<string, Containment>;
