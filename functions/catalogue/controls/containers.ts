/** Posture controls of containers and functions. Data only. */
import type { Control } from "./control";

const anyRepository = "arn:aws:ecr:{region}:{account}:repository/{id}";
const anyCluster = "arn:aws:ecs:{region}:{account}:cluster/{id}";

const anyFunction = "arn:aws:lambda:{region}:{account}:function:{id}";

const repository = {
  names: "repository {id}",
  arn: anyRepository,
  idForm: "[a-z0-9._/-]{2,256}",
  reads: [
    {
      actions: ["ecr:DescribeRepositories", "ecr:ListTagsForResource"],
      resources: [anyRepository],
    },
  ],
} as const;

export const containerControls = {
  "repository-scanning": {
    ...repository,
    does: "have ECR scan images that are pushed to repository {id}",
    undoes: "have ECR no longer scan images that are pushed to repository {id}",
    published: ["ECR.1"],
    wanted: true,
    changes: [{ actions: ["ecr:PutImageScanningConfiguration"], resources: [anyRepository] }],
    residual: "Images that are there already are not scanned.",
    nextStep: "Scan the images that run, and have the registry's own configuration scan all.",
  },
  "repository-tags": {
    ...repository,
    does: "have tags of repository {id} name one image for ever",
    undoes: "let tags of repository {id} be moved as before",
    published: ["ECR.2"],
    wanted: { mode: "IMMUTABLE" },
    changes: [{ actions: ["ecr:PutImageTagMutability"], resources: [anyRepository] }],
    asks: "Builds that push to a tag such as latest again would fail",
    residual: "Which images a tag named before is in CloudTrail alone.",
    nextStep: "Have builds give each image a tag of its own, and deploy by digest.",
  },
  "function-policy": {
    does: "no longer let everybody invoke function {id}",
    undoes: "let everybody invoke function {id} again, by the statements that did",
    names: "function {id}",
    arn: anyFunction,
    published: ["Lambda.1"],
    idForm: "[\\w-]{1,140}",
    wanted: [],
    reads: [{ actions: ["lambda:GetPolicy", "lambda:ListTags"], resources: [anyFunction] }],
    changes: [{ actions: ["lambda:RemovePermission"], resources: [anyFunction] }],
    undoing: [
      {
        actions: ["lambda:AddPermission"],
        resources: [anyFunction],
        conditions: { StringEquals: { "lambda:Principal": "*" } },
      },
    ],
    residual:
      "Statements about services that do not name their account stay, and those of versions and aliases.",
    nextStep:
      "Look who invoked the function while it was public, and let in by name whoever has to.",
  },
  "cluster-insights": {
    does: "have CloudWatch collect figures of the containers of cluster {id}",
    undoes: "have CloudWatch collect figures of the containers of cluster {id} as before",
    names: "cluster {id}",
    arn: anyCluster,
    published: ["ECS.12"],
    idForm: "[\\w-]{1,255}",
    wanted: "enabled",
    reads: [{ actions: ["ecs:DescribeClusters"], resources: [anyCluster] }],
    changes: [{ actions: ["ecs:UpdateClusterSettings"], resources: [anyCluster] }],
    asks: "CloudWatch charges for the figures by their number",
    residual: "There are no figures of the time before.",
    nextStep: "Declare it where the cluster is declared, or as the account's default.",
  },
} as const satisfies Record<string, Control>;
