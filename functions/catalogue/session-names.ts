/** The names that AWS services give to the sessions of roles. Data only. */

/** A service that names each session after the one workload that gets it. */
export interface SessionName {
  /** As the trust policy names the service. */
  readonly service: string;
  readonly workload: "ECS task" | "EKS pod" | "CodeBuild build";
  readonly shape: RegExp;
}

const uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/**
 * Every other service is left out: AWS Lambda, AWS Glue, Amazon SageMaker and Amazon Cognito give many
 * sessions one name, and of the rest AWS does not document the names.
 */
export const sessionNames: readonly SessionName[] = [
  // The task's id, which was a UUID before 2018. New credentials of the task have it, too.
  {
    service: "ecs-tasks.amazonaws.com",
    workload: "ECS task",
    shape: new RegExp(`^([0-9a-f]{32}|${uuid})$`),
  },
  // eks-CLUSTER-POD-UUID (EKS API Reference, AssumedRoleUser), the first two shortened.
  {
    service: "pods.eks.amazonaws.com",
    workload: "EKS pod",
    shape: new RegExp(`^eks-[\\w+=,.@-]+-${uuid}$`),
  },
  // AWSCodeBuild- and the part of the build's id after its project.
  {
    service: "codebuild.amazonaws.com",
    workload: "CodeBuild build",
    shape: new RegExp(`^AWSCodeBuild-${uuid}$`),
  },
];

/** Checks whether a session may be one workload's; the role's trust policy says whether it is. */
export function isWorkloadName(session: string): boolean {
  return sessionNames.some(({ shape }) => shape.test(session));
}
