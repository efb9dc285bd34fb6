import { expect } from "chai";
import { issuerOf, trustIn } from "../../../../functions/remediate/facts/session-issuer";
import * as builders from "../../../support/builders";

const { trustOf } = builders;
const saml = { Federated: "arn:aws:iam::222233334444:saml-provider/corp" };
const github = {
  Federated: "arn:aws:iam::222233334444:oidc-provider/token.actions.githubusercontent.com",
};
const pods = {
  Federated: "arn:aws:iam::222233334444:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/0A1B",
};
const cognito = { Federated: "cognito-identity.amazonaws.com" };
const other = { AWS: "arn:aws:iam::555566667777:root" };
const by = (...services: string[]) => ({
  Service: services.map((service) => `${service}.amazonaws.com`),
});

const uuid = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
// As the services name them: the ECS agent's issue 3498, the EKS API Reference (AssumedRoleUser), and
// errors of builds that CodeBuild's users have published.
const task = builders.taskId;
const pod = `eks-prod-checkout-7d4b-${uuid}`;
const build = `AWSCodeBuild-${uuid}`;
const instance = builders.instanceId;

describe("who opened a session of a role [R3] [C5]", () => {
  const rows: readonly (readonly [what: string, trust: object, session: string, by: string])[] = [
    ["EC2, for an instance", trustOf(by("ec2")), instance, "ec2"],
    ["EC2, of a role that others may assume", trustOf(by("ec2"), other), instance, "ec2"],
    ["ECS, for a task", trustOf(by("ecs-tasks")), task, "ECS task"],
    ["ECS, for a task of the older form", trustOf(by("ecs-tasks")), uuid, "ECS task"],
    ["ECS, of a role of functions, too", trustOf(by("lambda", "ecs-tasks")), task, "ECS task"],
    ["EKS, for a pod", trustOf(by("pods.eks")), pod, "EKS pod"],
    ["CodeBuild, for a build", trustOf(by("codebuild")), build, "CodeBuild build"],

    ["a pod as a web identity", trustOf(pods), "botocore-session-1763632800", "caller"],
    ["a pipeline as a web identity", trustOf(github), "GitHubActions", "caller"],
    ["a principal of another account", trustOf(other), "sync", "caller"],
    ["any principal", { Statement: [{ Effect: "Allow", Principal: "*" }] }, "x", "caller"],
    ["someone else than ECS", trustOf(by("ecs-tasks"), other), "sync", "caller"],
    ["someone else than EC2", trustOf(by("ec2"), saml), "alice@example.com", "caller"],
    ["a person or a principal", trustOf(saml, other), "alice@example.com", "caller"],
    ["a principal that imitates a task", trustOf(other), task, "caller"],
    ["a principal that imitates an instance", trustOf(other), instance, "caller"],

    ["a person", trustOf(saml), "alice@example.com", "person"],
    ["a person, of whatever name", trustOf(saml), instance, "person"],

    ["a function, perhaps in many environments", trustOf(by("lambda")), "checkout", "unclear"],
    ["a function that is called like a task", trustOf(by("lambda")), task, "unclear"],
    ["AWS Glue", trustOf(by("glue")), "GlueJobRunnerSession", "unclear"],
    ["Amazon SageMaker", trustOf(by("sagemaker")), "SageMaker", "unclear"],
    ["Amazon Cognito", trustOf(cognito), "CognitoIdentityCredentials", "unclear"],
    ["a function or a person", trustOf(by("lambda"), saml), "alice@example.com", "unclear"],
    ["a function or a pipeline", trustOf(by("lambda"), github), "GitHubActions", "unclear"],
    ["nobody that ECS knows", trustOf(by("ecs-tasks")), "checkout", "unclear"],
    ["a task with more than an id", trustOf(by("ecs-tasks")), `${task}0`, "unclear"],
    ["a task with an id in capitals", trustOf(by("ecs-tasks")), task.toUpperCase(), "unclear"],
    ["a pod of no cluster", trustOf(by("pods.eks")), `eks-${uuid}`, "unclear"],
    ["a pod without a random part", trustOf(by("pods.eks")), "eks-prod-checkout", "unclear"],
    ["nobody", { Statement: [] }, "x", "unclear"],
    ["nobody, for it has no statement", {}, "x", "unclear"],
    ["nobody but one denied", { Statement: { Effect: "Deny", Principal: saml } }, "x", "unclear"],
    ["whom it excludes", { Statement: { Effect: "Allow", NotPrincipal: other } }, "x", "unclear"],
  ];
  for (const [what, trust, session, expected] of rows) {
    it(`is ${expected} where the trust policy and the name say: ${what}`, () => {
      const issuer = issuerOf(trustIn(trust), session);
      expect(issuer.by === "service" ? issuer.name.workload : issuer.by).to.equal(expected);
    });
  }

  it("reads every service of a policy, in lists and in single statements", () => {
    for (const [trust, services] of [
      [{ Statement: { Principal: { Service: "a" } } }, ["a"]],
      [trustOf({ Service: ["a", "b"] }, { Service: "c" }), ["a", "b", "c"]],
      [{ Statement: [{ Effect: "Deny", Principal: { Service: "a" } }] }, []],
      [undefined, []],
    ] as const) {
      expect(trustIn(trust).services).to.deep.equal(services);
    }
  });
});
