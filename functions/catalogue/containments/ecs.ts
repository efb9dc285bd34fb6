/** How a service of Amazon ECS is contained. Data only. */
import type { Containment } from "./containment";

const arn = "arn:aws:ecs:{region}:{account}:service/{id}";

export const ecsContainments = {
  service: {
    kind: "service",
    names: "ECS service {id}",
    arn,
    // Of the cluster and the service.
    idForm: "[\\w-]{1,255}/[\\w-]{1,255}",
    found: [
      {
        about: ["ECSCluster"],
        types: [
          "Backdoor:Runtime/",
          "CryptoCurrency:Runtime/",
          "Execution:ECS/",
          "Execution:Runtime/MaliciousFileExecuted",
          "Execution:Runtime/ReverseShell",
          "Impact:Runtime/BitcoinDomainRequest",
          "Impact:Runtime/CryptoMinerExecuted",
          "Impact:Runtime/MaliciousDomainRequest",
          "PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified",
          "PrivilegeEscalation:Runtime/RuncContainerEscape",
          "Trojan:Runtime/",
          "UnauthorizedAccess:Runtime/",
        ],
      },
    ],
    hubType: "AwsEcsService",
    settings: {
      "service-count": {
        does: "have ECS run no task of service {id}",
        undoes: "have ECS run as many tasks of service {id} as before",
        wanted: 0,
        reads: [{ actions: ["ecs:DescribeServices"], resources: [arn] }],
        changes: [{ actions: ["ecs:UpdateService"], resources: [arn] }],
      },
    },
    residual: [
      "The service stands still, and what its tasks had in memory and on their own disks is lost: read it before the approval, by ECS Exec.",
      "Its tasks get some seconds to stop, 30 unless their definition says otherwise, and whoever has the credentials of their role can use them until they expire.",
      "Service Auto Scaling may start tasks again, up to its minimum, at an alarm: Cordon stops them at its next look. Suspend its scaling meanwhile.",
      "A container that got out of its task is on its host: contain the instance, too.",
    ],
    nextSteps: [
      "End the sessions of the tasks' role. Each is named after its task: npx cordon contain session/ROLE/TASK",
      "Before the release, deploy an image and task definition that you trust: the release starts those that the service has.",
    ],
  },
} as const satisfies Record<string, Containment>;
