/** What one configured provider instance acts as: an account, through a role, in a region. */
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import * as z from "zod/mini";
import type { Properties } from "./values";

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly maxAttempts: number;
}

const flag = z.optional(z.boolean());
const strings = z.optional(z.array(z.string()));
const settings = z.strictObject({
  region: z.string(),
  version: z.optional(z.string()),
  assumeRoles: z.optional(
    z.array(
      z.strictObject({
        roleArn: z.string(),
        externalId: z.optional(z.string()),
        sessionName: z.optional(z.string()),
      }),
    ),
  ),
  allowedAccountIds: strings,
  defaultTags: z.optional(z.strictObject({ tags: z.optional(z.record(z.string(), z.string())) })),
  // The real provider checks and asks less when these are set; nothing here depends on them.
  skipCredentialsValidation: flag,
  skipMetadataApiCheck: flag,
  skipRegionValidation: flag,
  skipRequestingAccountId: flag,
});

/** Reads what the engine sends for a value that is not text: JSON. Other text stays as it is. */
function fromJson(value: unknown): unknown {
  try {
    return typeof value === "string" ? JSON.parse(value) : value;
  } catch {
    return value;
  }
}

const texts = new Set(["region", "version"]);

function parse(configuration: Properties): z.infer<typeof settings> {
  const plain = Object.fromEntries(
    Object.entries(configuration).map(([key, value]) => [
      key,
      texts.has(key) ? value : fromJson(value),
    ]),
  );
  const parsed = settings.safeParse(plain);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) =>
    issue.code === "unrecognized_keys"
      ? `${issue.keys.join(", ")}: not known to the local provider`
      : `${issue.path.join(".")}: ${issue.message}`,
  );
  throw new Error(`aws provider configuration: ${problems.join("; ")}`);
}

/** Where one resource is made: the provider's account, and a region. */
export interface Place {
  readonly region: string;
  /** Gives the client of that service for this account and region, made once. */
  client<C>(service: new (settings: ClientSettings) => C): C;
  /** Asks STS for the twelve digits of the account, once. */
  account(): Promise<string>;
}

export interface Session {
  readonly region: string;
  readonly defaultTags: Readonly<Record<string, string>>;
  at(region: string): Place;
}

/**
 * Opens the session that the configuration describes, assuming its roles one from the other. The
 * first credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the endpoint of every
 * call from AWS_ENDPOINT_URL. Throws when a key is not known, a role refuses, or the account is not
 * among allowedAccountIds.
 */
export async function openSession(configuration: Properties): Promise<Session> {
  const { region, assumeRoles, allowedAccountIds, defaultTags } = parse(configuration);
  let credentials = credentialsOf(process.env);
  // Said aloud, since AWS_ENDPOINT_URL_<SERVICE> of this machine would win over AWS_ENDPOINT_URL.
  const endpoint = process.env.AWS_ENDPOINT_URL ?? "";
  // One attempt: a retry would hide from the record what the emulator answered first.
  const settingsFor = (place: string): ClientSettings => ({
    endpoint,
    region: place,
    credentials,
    maxAttempts: 1,
  });
  for (const { roleArn, externalId, sessionName } of assumeRoles ?? []) {
    const sts = new STSClient(settingsFor(region));
    const assumed = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: sessionName ?? "pulumi-local",
        ExternalId: externalId,
      }),
    );
    credentials = {
      accessKeyId: assumed.Credentials?.AccessKeyId ?? "",
      secretAccessKey: assumed.Credentials?.SecretAccessKey ?? "",
      sessionToken: assumed.Credentials?.SessionToken ?? "",
    };
  }

  const clients = new Map<unknown, Map<string, unknown>>();
  function client<C>(service: new (settings: ClientSettings) => C, place: string): C {
    const byRegion = clients.get(service) ?? new Map<string, unknown>();
    clients.set(service, byRegion);
    const made = byRegion.get(place) ?? new service(settingsFor(place));
    byRegion.set(place, made);
    return made as C;
  }
  let asked: Promise<string> | undefined;
  const account = () => {
    asked ??= client(STSClient, region)
      .send(new GetCallerIdentityCommand({}))
      .then((identity) => identity.Account ?? "");
    return asked;
  };
  if (allowedAccountIds && !allowedAccountIds.includes(await account()))
    throw new Error(
      `aws provider configuration: account ${await account()} is not among allowedAccountIds ${allowedAccountIds.join(", ")}`,
    );
  return {
    region,
    defaultTags: defaultTags?.tags ?? {},
    at: (place) => ({ region: place, client: (service) => client(service, place), account }),
  };
}

function credentialsOf(environment: NodeJS.ProcessEnv): Credentials {
  const accessKeyId = environment.AWS_ACCESS_KEY_ID;
  const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY;
  const sessionToken = environment.AWS_SESSION_TOKEN;
  // Without an endpoint the calls would leave this machine for real AWS.
  for (const name of ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
    if (!environment[name]) throw new Error(`The local provider needs ${name} in its environment`);
  return {
    accessKeyId: accessKeyId ?? "",
    secretAccessKey: secretAccessKey ?? "",
    ...(sessionToken ? { sessionToken } : {}),
  };
}
