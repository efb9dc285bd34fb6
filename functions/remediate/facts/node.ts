/** What runs pods or tasks on an instance, by the tags that AWS's services set on their nodes. */
import { command } from "../../model/command";
import type { Instance } from "../../model/member-account";
import type { Place } from "../../model/resource";

/**
 * Keys of EKS: of managed node groups, of Auto Mode, and of eksctl. Kubernetes' own tag has the name in
 * its key.
 */
const clusterTags = ["eks:cluster-name", "aws:eks:cluster-name", "eks:eks-cluster-name"];
const clusterKey = /^kubernetes\.io\/cluster\/(.+)$/;

/** Gives the commands that take an instance's pods or tasks off it, and the node out of its cluster. */
export function drainAdvice(
  { id, tags, operator }: Pick<Instance, "id" | "tags" | "operator">,
  { region }: Place,
): readonly string[] {
  const ecs = tags["aws:ecs:clusterName"];
  if (ecs !== undefined || "AmazonECSManaged" in tags) {
    const cluster = ecs ?? "CLUSTER";
    return [
      `Find the container instance of ${id} and drain it, so that ECS stops its tasks: ${command`aws ecs list-container-instances --cluster=${cluster} --filter=${`ec2InstanceId == ${id}`} --region ${region}; aws ecs update-container-instances-state --cluster=${cluster} --container-instances ARN --status DRAINING --region ${region}`}`,
    ];
  }
  const named = clusterTags.map((key) => tags[key]).find((name) => name !== undefined);
  const keyed = Object.keys(tags).map((key) => clusterKey.exec(key)?.[1]);
  const cluster = named ?? keyed.find((name) => name !== undefined);
  if (cluster === undefined && operator !== "eks.amazonaws.com") return [];
  // Auto Mode names a node after its instance; other nodes have the instance in their provider id.
  const isAuto = operator === "eks.amazonaws.com";
  const node = isAuto ? id : "NODE";
  return [
    `Connect to the cluster: ${command`aws eks update-kubeconfig --name=${cluster ?? "CLUSTER"} --region ${region}`}`,
    ...(isAuto
      ? []
      : [
          `Find the node of ${id}: ${command`kubectl get nodes -o custom-columns=NODE:.metadata.name,ID:.spec.providerID | grep ${id}`}`,
        ]),
    `Take the pods off the node, then delete it: ${command`kubectl cordon ${node}; kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data --force; kubectl delete ${isAuto ? "nodeclaim" : "node"} ${node}`}`,
  ];
}
