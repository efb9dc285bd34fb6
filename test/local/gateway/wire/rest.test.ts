import { expect } from "chai";
import { resourceTable } from "../../../../local/gateway/resources";
import { LambdaControlPlane } from "../../../../local/gateway/stand-ins/lambda";
import { restOperation, routesOf } from "../../../../local/gateway/wire/rest";

// By IAM prefix; load balancing has the API version before its operations.
const clients: Readonly<Record<string, () => Promise<object>>> = {
  apigateway: () => import("@aws-sdk/client-api-gateway"),
  autoscaling: () => import("@aws-sdk/client-auto-scaling"),
  cloudformation: () => import("@aws-sdk/client-cloudformation"),
  cloudtrail: () => import("@aws-sdk/client-cloudtrail"),
  cloudwatch: () => import("@aws-sdk/client-cloudwatch"),
  config: () => import("@aws-sdk/client-config-service"),
  dynamodb: () => import("@aws-sdk/client-dynamodb"),
  ec2: () => import("@aws-sdk/client-ec2"),
  ecr: () => import("@aws-sdk/client-ecr"),
  ecs: () => import("@aws-sdk/client-ecs"),
  "elasticloadbalancing:2012-06-01": () => import("@aws-sdk/client-elastic-load-balancing"),
  "elasticloadbalancing:2015-12-01": () => import("@aws-sdk/client-elastic-load-balancing-v2"),
  events: () => import("@aws-sdk/client-eventbridge"),
  guardduty: () => import("@aws-sdk/client-guardduty"),
  iam: () => import("@aws-sdk/client-iam"),
  kms: () => import("@aws-sdk/client-kms"),
  kinesis: () => import("@aws-sdk/client-kinesis"),
  lambda: () => import("@aws-sdk/client-lambda"),
  logs: () => import("@aws-sdk/client-cloudwatch-logs"),
  organizations: () => import("@aws-sdk/client-organizations"),
  rds: () => import("@aws-sdk/client-rds"),
  redshift: () => import("@aws-sdk/client-redshift"),
  s3: () => import("@aws-sdk/client-s3"),
  secretsmanager: () => import("@aws-sdk/client-secrets-manager"),
  securityhub: () => import("@aws-sdk/client-securityhub"),
  ses: () => import("@aws-sdk/client-sesv2"),
  sns: () => import("@aws-sdk/client-sns"),
  sqs: () => import("@aws-sdk/client-sqs"),
  ssm: () => import("@aws-sdk/client-ssm"),
  states: () => import("@aws-sdk/client-sfn"),
  sts: () => import("@aws-sdk/client-sts"),
  support: () => import("@aws-sdk/client-support"),
  wafv2: () => import("@aws-sdk/client-wafv2"),
};

const named = (service: string, method: string, target: string) => {
  const [path = "", query] = target.split("?");
  const { operation, labels } = restOperation(service, method, path, new URLSearchParams(query));
  return [operation, labels];
};

// Request syntax of each service's API reference; S3's with the bucket in the path, and some
// with the x-id by which the SDK distinguishes operations of one path.
const requests: readonly [service: string, request: string, operation: string, labels: object][] = [
  ["lambda", "POST /2015-03-31/functions", "CreateFunction", {}],
  ["lambda", "GET /2015-03-31/functions/", "ListFunctions", {}],
  [
    "lambda",
    "POST /2015-03-31/functions/cordon-respond/invocations?Qualifier=live",
    "Invoke",
    { FunctionName: "cordon-respond" },
  ],
  [
    "lambda",
    "GET /2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aone",
    "ListTags",
    { Resource: "arn:aws:lambda:us-east-1:123456789012:function:one" },
  ],
  ["lambda", "GET /2018-10-31/layers", "ListLayers", {}],
  ["lambda", "GET /2018-10-31/layers?find=LayerVersion&Arn=x", "GetLayerVersionByArn", {}],
  [
    "lambda",
    "DELETE /2015-03-31/functions/one/policy/events",
    "RemovePermission",
    { FunctionName: "one", StatementId: "events" },
  ],
  ["guardduty", "POST /detector", "CreateDetector", {}],
  ["guardduty", "POST /admin/disable", "DisableOrganizationAdminAccount", {}],
  [
    "guardduty",
    "GET /detector/12abc34d567e8fa901bc2d34e56789f0/filter/low%20ones",
    "GetFilter",
    { DetectorId: "12abc34d567e8fa901bc2d34e56789f0", FilterName: "low ones" },
  ],
  ["securityhub", "DELETE /accounts", "DisableSecurityHub", {}],
  [
    "securityhub",
    "GET /insights/results/arn%3Aaws%3Asecurityhub%3A%3A%3Ainsight%2Fsecurityhub%2Fdefault%2F1",
    "GetInsightResults",
    { InsightArn: "arn:aws:securityhub:::insight/securityhub/default/1" },
  ],
  ["ses", "POST /v2/email/outbound-emails", "SendEmail", {}],
  ["s3", "GET /?x-id=ListBuckets", "ListBuckets", {}],
  ["s3", "PUT /findings", "CreateBucket", { Bucket: "findings" }],
  ["s3", "HEAD /findings", "HeadBucket", { Bucket: "findings" }],
  ["s3", "GET /findings?list-type=2&prefix=a", "ListObjectsV2", { Bucket: "findings" }],
  ["s3", "GET /findings?tagging", "GetBucketTagging", { Bucket: "findings" }],
  ["s3", "DELETE /findings?lifecycle=", "DeleteBucketLifecycle", { Bucket: "findings" }],
  [
    "s3",
    "PUT /findings/a/b%20c/?x-id=PutObject",
    "PutObject",
    { Bucket: "findings", Key: "a/b c/" },
  ],
  ["s3", "PUT /findings/a", "PutObject", { Bucket: "findings", Key: "a" }],
  ["s3", "PUT /findings/a?x-id=CopyObject", "CopyObject", { Bucket: "findings", Key: "a" }],
  ["s3", "GET /findings/a", "GetObject", { Bucket: "findings", Key: "a" }],
  ["s3", "GET /", "ListBuckets", {}],
  ["s3", "PUT /findings/a?tagging", "PutObjectTagging", { Bucket: "findings", Key: "a" }],
];

describe("Names of REST operations", () => {
  for (const [service, request, operation, labels] of requests) {
    const [method = "", target = ""] = request.split(" ");
    it(`reads ${service}'s ${request.slice(0, 60)} as ${operation}`, () =>
      expect(named(service, method, target)).to.deep.equal([operation, labels]));
  }

  it("leaves method and path as the name of what the service does not have", () => {
    expect(named("lambda", "PATCH", "/2015-03-31/functions/one%20two")).to.deep.equal([
      "PATCH /2015-03-31/functions/one two",
      {},
    ]);
    expect(named("route53", "GET", "/2013-04-01/hostedzone")).to.deep.equal([
      "GET /2013-04-01/hostedzone",
      {},
    ]);
  });

  it("names by Lambda's own words all that its stand-in answers", async () => {
    const lambda = new LambdaControlPlane(
      async () => true,
      async () => {},
    );
    const caller = {
      accessKeyId: "AKIAEXAMPLE",
      account: "123456789012",
      arn: "arn:aws:iam::123456789012:user/seed",
      context: {},
      origin: "seed" as const,
    };
    const answered: string[] = [];
    for (const { operation } of routesOf("lambda")) {
      const http = { method: "GET", target: "/", headers: {}, body: Buffer.from("") };
      const call = { operation, service: "lambda", region: "us-east-1", parameters: {}, http };
      const refusal = await lambda.answer({ ...call, protocol: "rest-json" }, caller).then(
        () => "",
        ({ message }: Error) => message,
      );
      if (!refusal.includes(`lambda:${operation} is not available`)) answered.push(operation);
    }
    expect(answered.sort()).to.deep.equal([
      "AddPermission",
      "CreateEventSourceMapping",
      "CreateFunction",
      "CreateFunctionUrlConfig",
      "DeleteEventSourceMapping",
      "DeleteFunction",
      "DeleteFunctionConcurrency",
      "DeleteFunctionEventInvokeConfig",
      "DeleteFunctionUrlConfig",
      "GetEventSourceMapping",
      "GetFunction",
      "GetFunctionCodeSigningConfig",
      "GetFunctionConcurrency",
      "GetFunctionConfiguration",
      "GetFunctionEventInvokeConfig",
      "GetFunctionUrlConfig",
      "GetPolicy",
      "Invoke",
      "ListEventSourceMappings",
      "ListFunctions",
      "ListTags",
      "ListVersionsByFunction",
      "PutFunctionConcurrency",
      "PutFunctionEventInvokeConfig",
      "RemovePermission",
      "TagResource",
      "UntagResource",
      "UpdateEventSourceMapping",
      "UpdateFunctionCode",
      "UpdateFunctionConfiguration",
      "UpdateFunctionEventInvokeConfig",
      "UpdateFunctionUrlConfig",
    ]);
  });

  it("knows resources of nothing but operations that the SDK has", async () => {
    const unknown: string[] = [];
    for (const key of Object.keys(resourceTable)) {
      const [, service = "", operation = ""] = /^(.*):(\w+)$/.exec(key) ?? [];
      const client = (await clients[service]?.()) ?? {};
      if (!(`${operation}Command` in client)) unknown.push(key);
    }
    expect(unknown).to.deep.equal([]);
  });
});
