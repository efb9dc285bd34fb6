/**
 * The process that measures the floor: it makes the calls of a recorded response with bare SDK
 * clients, each as soon as those that it waits for have ended, and does nothing else.
 */
import { clientConfig } from "../../gateway/client";
import { answering } from "./process";
import { sharedNow } from "./replay";
import type { SdkCall } from "./sdk-call";

export type FloorRequest =
  | { readonly open: string; readonly calls: Readonly<Record<string, readonly SdkCall[]>> }
  /** For each call the places of those that it waits for. */
  | { readonly run: string; readonly after: readonly (readonly number[])[] };

type Send = () => Promise<unknown>;
interface Client {
  send(command: object): Promise<unknown>;
}
type Made<T> = new (settings: object) => T;

/** The package of a service and the name of its client. */
const packages: Readonly<Record<string, readonly [string, string]>> = {
  autoscaling: ["auto-scaling", "AutoScalingClient"],
  dynamodb: ["dynamodb", "DynamoDBClient"],
  ec2: ["ec2", "EC2Client"],
  "elasticloadbalancing:2012-06-01": ["elastic-load-balancing", "ElasticLoadBalancingClient"],
  "elasticloadbalancing:2015-12-01": ["elastic-load-balancing-v2", "ElasticLoadBalancingV2Client"],
  iam: ["iam", "IAMClient"],
  kms: ["kms", "KMSClient"],
  organizations: ["organizations", "OrganizationsClient"],
  sns: ["sns", "SNSClient"],
  sqs: ["sqs", "SQSClient"],
  sts: ["sts", "STSClient"],
};

const rounds = new Map<string, readonly Send[]>();
const clients = new Map<string, Client>();

answering(async (request: FloorRequest) => {
  if ("open" in request) {
    for (const [name, calls] of Object.entries(request.calls)) {
      rounds.set(name, await Promise.all(calls.map((call) => prepare(call, request.open))));
    }
    return undefined;
  }
  const started = sharedNow();
  await inOrder(rounds.get(request.run) ?? [], request.after);
  return started;
});

/** Has a client and its command ready: the floor is the calls alone. */
async function prepare(call: SdkCall, url: string): Promise<Send> {
  const { service, version, operation, region, credentials, input } = call;
  const found = packages[service] ?? packages[`${service}:${version}`];
  if (found === undefined) throw new Error(`The floor has no SDK client of ${service}`);
  const [name, clientName] = found;
  const sdk = (await import(`@aws-sdk/client-${name}`)) as Record<string, Made<Client>>;
  const [Client, Command] = [sdk[clientName], sdk[`${operation}Command`]];
  if (Client === undefined || Command === undefined) {
    throw new Error(`The SDK has no ${operation} of ${service}`);
  }
  const key = [name, region, credentials.accessKeyId].join(" ");
  const client = clients.get(key) ?? new Client(clientConfig({ url }, credentials, region));
  clients.set(key, client);
  return () => client.send(new Command(input));
}

async function inOrder(
  sends: readonly Send[],
  after: readonly (readonly number[])[],
): Promise<void> {
  const ended: Promise<unknown>[] = [];
  for (const [place, send] of sends.entries()) {
    const before = (after[place] ?? []).map((each) => ended[each]);
    // What AWS refused in the recording it refuses here, too.
    ended.push(
      Promise.all(before)
        .then(send)
        .catch(() => undefined),
    );
  }
  await Promise.all(ended);
}
