/** Names the operations of REST services from method and path; of services not known, the path. */
import type { Parameters } from "./protocol";

interface RestOperation {
  readonly operation: string;
  readonly parameters: Parameters;
}

type Route = readonly [method: string, path: RegExp, operation: string];

// Paths of the Lambda API reference; named groups become parameters.
const lambdaRoutes: readonly Route[] = [
  ["POST", /^\/2015-03-31\/functions$/, "CreateFunction"],
  ["GET", /^\/2015-03-31\/functions$/, "ListFunctions"],
  ["GET", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)$/, "GetFunction"],
  ["DELETE", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)$/, "DeleteFunction"],
  [
    "GET",
    /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/configuration$/,
    "GetFunctionConfiguration",
  ],
  [
    "PUT",
    /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/configuration$/,
    "UpdateFunctionConfiguration",
  ],
  ["PUT", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/code$/, "UpdateFunctionCode"],
  ["GET", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/versions$/, "ListVersionsByFunction"],
  ["POST", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/invocations$/, "Invoke"],
  ["POST", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/policy$/, "AddPermission"],
  ["GET", /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/policy$/, "GetPolicy"],
  [
    "DELETE",
    /^\/2015-03-31\/functions\/(?<FunctionName>[^/]+)\/policy\/(?<StatementId>[^/]+)$/,
    "RemovePermission",
  ],
  [
    "PUT",
    /^\/2017-10-31\/functions\/(?<FunctionName>[^/]+)\/concurrency$/,
    "PutFunctionConcurrency",
  ],
  [
    "DELETE",
    /^\/2017-10-31\/functions\/(?<FunctionName>[^/]+)\/concurrency$/,
    "DeleteFunctionConcurrency",
  ],
  [
    "GET",
    /^\/2019-09-30\/functions\/(?<FunctionName>[^/]+)\/concurrency$/,
    "GetFunctionConcurrency",
  ],
  [
    "GET",
    /^\/2020-06-30\/functions\/(?<FunctionName>[^/]+)\/code-signing-config$/,
    "GetFunctionCodeSigningConfig",
  ],
  [
    "PUT",
    /^\/2019-09-25\/functions\/(?<FunctionName>[^/]+)\/event-invoke-config$/,
    "PutFunctionEventInvokeConfig",
  ],
  [
    "POST",
    /^\/2019-09-25\/functions\/(?<FunctionName>[^/]+)\/event-invoke-config$/,
    "UpdateFunctionEventInvokeConfig",
  ],
  [
    "GET",
    /^\/2019-09-25\/functions\/(?<FunctionName>[^/]+)\/event-invoke-config$/,
    "GetFunctionEventInvokeConfig",
  ],
  [
    "DELETE",
    /^\/2019-09-25\/functions\/(?<FunctionName>[^/]+)\/event-invoke-config$/,
    "DeleteFunctionEventInvokeConfig",
  ],
  ["POST", /^\/2015-03-31\/event-source-mappings$/, "CreateEventSourceMapping"],
  ["GET", /^\/2015-03-31\/event-source-mappings$/, "ListEventSourceMappings"],
  ["GET", /^\/2015-03-31\/event-source-mappings\/(?<UUID>[^/]+)$/, "GetEventSourceMapping"],
  ["PUT", /^\/2015-03-31\/event-source-mappings\/(?<UUID>[^/]+)$/, "UpdateEventSourceMapping"],
  ["DELETE", /^\/2015-03-31\/event-source-mappings\/(?<UUID>[^/]+)$/, "DeleteEventSourceMapping"],
  ["POST", /^\/2017-03-31\/tags\/(?<Resource>.+)$/, "TagResource"],
  ["GET", /^\/2017-03-31\/tags\/(?<Resource>.+)$/, "ListTags"],
  ["DELETE", /^\/2017-03-31\/tags\/(?<Resource>.+)$/, "UntagResource"],
];

const detector = "\\/detector\\/(?<DetectorId>[^/]+)";

// Paths of the GuardDuty, SES and Security Hub API references, as far as something here answers them.
const routes: Readonly<Record<string, readonly Route[]>> = {
  lambda: lambdaRoutes,
  guardduty: [
    ["POST", /^\/detector$/, "CreateDetector"],
    ["GET", /^\/detector$/, "ListDetectors"],
    ["GET", new RegExp(`^${detector}$`), "GetDetector"],
    ["POST", new RegExp(`^${detector}$`), "UpdateDetector"],
    ["DELETE", new RegExp(`^${detector}$`), "DeleteDetector"],
    ["POST", new RegExp(`^${detector}\\/filter$`), "CreateFilter"],
    ["GET", new RegExp(`^${detector}\\/filter\\/(?<FilterName>[^/]+)$`), "GetFilter"],
    ["POST", new RegExp(`^${detector}\\/filter\\/(?<FilterName>[^/]+)$`), "UpdateFilter"],
    ["DELETE", new RegExp(`^${detector}\\/filter\\/(?<FilterName>[^/]+)$`), "DeleteFilter"],
    ["POST", /^\/admin\/enable$/, "EnableOrganizationAdminAccount"],
    ["GET", /^\/admin$/, "ListOrganizationAdminAccounts"],
  ],
  ses: [
    ["POST", /^\/v2\/email\/identities$/, "CreateEmailIdentity"],
    ["POST", /^\/v2\/email\/outbound-emails$/, "SendEmail"],
  ],
  securityhub: [
    ["POST", /^\/accounts$/, "EnableSecurityHub"],
    ["GET", /^\/accounts$/, "DescribeHub"],
    ["DELETE", /^\/accounts$/, "DisableSecurityHub"],
    ["POST", /^\/organization\/admin\/enable$/, "EnableOrganizationAdminAccount"],
    ["POST", /^\/organization\/admin\/disable$/, "DisableOrganizationAdminAccount"],
    ["GET", /^\/organization\/admin$/, "ListOrganizationAdminAccounts"],
  ],
};

/** Names an operation; for services not listed here the name is the method and path. */
export function restOperation(
  service: string,
  method: string,
  path: string,
  query: URLSearchParams,
  body: Parameters,
): RestOperation {
  const fromQuery = Object.fromEntries(query);
  // The SDK sends some collection paths with a trailing slash and some without.
  const plain = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  for (const [routeMethod, pattern, operation] of routes[service] ?? []) {
    const match = routeMethod === method ? pattern.exec(plain) : null;
    if (match) return { operation, parameters: { ...body, ...fromQuery, ...match.groups } };
  }
  if (service === "s3") return s3Operation(method, path, fromQuery);
  return { operation: `${method} ${path}`, parameters: { ...body, ...fromQuery } };
}

const s3Subresources: Readonly<Record<string, string>> = {
  policy: "BucketPolicy",
  encryption: "BucketEncryption",
  versioning: "BucketVersioning",
  publicAccessBlock: "PublicAccessBlock",
  tagging: "Tagging",
  "object-lock": "ObjectLockConfiguration",
  lifecycle: "BucketLifecycleConfiguration",
  ownershipControls: "BucketOwnershipControls",
  acl: "Acl",
  location: "BucketLocation",
  logging: "BucketLogging",
  website: "BucketWebsite",
  cors: "BucketCors",
  replication: "BucketReplication",
  notification: "BucketNotificationConfiguration",
  accelerate: "BucketAccelerateConfiguration",
  requestPayment: "BucketRequestPayment",
  policyStatus: "BucketPolicyStatus",
};

const verbs: Readonly<Record<string, string>> = {
  GET: "Get",
  PUT: "Put",
  DELETE: "Delete",
  HEAD: "Head",
  POST: "Post",
};

// Path-style addressing only: the SDK uses it whenever the endpoint's host is an IP address.
function s3Operation(
  method: string,
  path: string,
  query: Readonly<Record<string, string>>,
): RestOperation {
  const [bucket = "", ...rest] = path.slice(1).split("/");
  const key = rest.join("/");
  const parameters = { ...query, ...(bucket && { Bucket: bucket }), ...(key && { Key: key }) };
  const verb = verbs[method] ?? method;
  if (!bucket)
    return { operation: method === "GET" ? "ListBuckets" : `${verb}Service`, parameters };
  const sub = Object.keys(query).find((name) => name in s3Subresources);
  if (sub) return { operation: `${verb}${s3Subresources[sub]}`, parameters };
  if (key) return { operation: `${verb}Object`, parameters };
  if (method === "GET") {
    return { operation: "list-type" in query ? "ListObjectsV2" : "ListObjects", parameters };
  }
  if (method === "PUT") return { operation: "CreateBucket", parameters };
  return { operation: `${verb}Bucket`, parameters };
}
