/** Lists what a GuardDuty finding saw: addresses, domains, calls, processes. Responders search logs for them. */
import * as z from "zod/mini";
import { bounded, one } from "./finding-lines";

/** Lines at most, of as many characters: a port probe or a scan may report hundreds. */
const mostLines = 20;
const lineLimit = 240;
/** Of one list, such as the files of a threat. */
const mostOfOne = 3;

const text = z.nullish(z.string());
const number = z.nullish(z.number());

const remote = z.nullish(
  z.object({
    ipAddressV4: text,
    ipAddressV6: text,
    country: z.nullish(z.object({ countryName: text })),
    city: z.nullish(z.object({ cityName: text })),
    organization: z.nullish(
      z.object({ asn: z.nullish(z.union([z.string(), z.number()])), asnOrg: text }),
    ),
  }),
);
const port = z.nullish(z.object({ port: number }));

/**
 * How each member of the finding's `service.action` is listed. Members as in GuardDuty's service model;
 * one of another shape is left out.
 */
const actions: Readonly<Record<string, (found: unknown) => readonly string[]>> = {
  networkConnectionAction: one(
    z.object({
      connectionDirection: text,
      protocol: text,
      remoteIpDetails: remote,
      remotePortDetails: port,
      localPortDetails: port,
    }),
    (found) => [
      line(
        `connection ${found.connectionDirection?.toLowerCase() ?? ""}`.trim(),
        found.protocol,
        addressOf(found.remoteIpDetails, found.remotePortDetails?.port),
        found.localPortDetails?.port != null && `local port ${found.localPortDetails.port}`,
      ),
    ],
  ),
  dnsRequestAction: one(
    z.object({ domain: z.string(), protocol: text }),
    ({ domain, protocol }) => [line(`DNS request for ${domain}`, protocol)],
  ),
  portProbeAction: one(
    z.object({
      portProbeDetails: z.array(z.object({ localPortDetails: port, remoteIpDetails: remote })),
    }),
    ({ portProbeDetails }) =>
      portProbeDetails.map(({ localPortDetails, remoteIpDetails }) =>
        line(`probe of port ${localPortDetails?.port ?? "unknown"}`, addressOf(remoteIpDetails)),
      ),
  ),
  awsApiCallAction: one(
    z.object({
      api: z.string(),
      serviceName: text,
      errorCode: text,
      userAgent: text,
      remoteIpDetails: remote,
      remoteAccountDetails: z.nullish(z.object({ accountId: text })),
    }),
    (found) => [
      line(
        `call ${found.serviceName?.replace(/\.amazonaws\.com$/, ":") ?? ""}${found.api}`,
        found.errorCode && `refused with ${found.errorCode}`,
        addressOf(found.remoteIpDetails),
        found.remoteAccountDetails?.accountId &&
          `by account ${found.remoteAccountDetails.accountId}`,
        found.userAgent && `user agent ${found.userAgent}`,
      ),
    ],
  ),
  kubernetesApiCallAction: one(
    z.object({
      verb: text,
      requestUri: text,
      sourceIPs: z.nullish(z.array(z.string())),
      userAgent: text,
      statusCode: number,
      remoteIpDetails: remote,
    }),
    (found) => [
      line(
        `Kubernetes call ${found.verb ?? ""} ${found.requestUri ?? ""}`.replace(/ +/g, " ").trim(),
        found.statusCode != null && `status ${found.statusCode}`,
        addressOf(found.remoteIpDetails) || (found.sourceIPs ?? []).slice(0, mostOfOne).join(", "),
        found.userAgent && `user agent ${found.userAgent}`,
      ),
    ],
  ),
  rdsLoginAttemptAction: one(
    z.object({
      remoteIpDetails: remote,
      loginAttributes: z.nullish(
        z.array(
          z.object({
            user: text,
            application: text,
            failedLoginAttempts: number,
            successfulLoginAttempts: number,
          }),
        ),
      ),
    }),
    ({ remoteIpDetails, loginAttributes }) =>
      (loginAttributes ?? []).map((found) =>
        line(
          `database login${found.user ? ` as ${found.user}` : ""}`,
          found.failedLoginAttempts != null && `${found.failedLoginAttempts} failed`,
          found.successfulLoginAttempts != null && `${found.successfulLoginAttempts} successful`,
          addressOf(remoteIpDetails),
          found.application && `application ${found.application}`,
        ),
      ),
  ),
};

const process = z.nullish(
  z.object({ name: text, executablePath: text, executableSha256: text, user: text, pid: number }),
);

/** How each other member of the finding's `service` is listed. */
const evidence: Readonly<Record<string, (found: unknown) => readonly string[]>> = {
  runtimeDetails: one(
    z.object({
      process,
      context: z.nullish(
        z.object({
          commandLineExample: text,
          toolName: text,
          threatFilePath: text,
          scriptPath: text,
          socketPath: text,
          modifyingProcess: process,
          targetProcess: process,
        }),
      ),
    }),
    ({ process: running, context }) => [
      ...processOf("process", running),
      ...processOf("modified by process", context?.modifyingProcess),
      ...processOf("target process", context?.targetProcess),
      ...(context?.commandLineExample ? [`command ${context.commandLineExample}`] : []),
      ...(context?.toolName ? [`tool ${context.toolName}`] : []),
      ...(context?.scriptPath ? [`script ${context.scriptPath}`] : []),
      ...(context?.threatFilePath ? [`file ${context.threatFilePath}`] : []),
      ...(context?.socketPath ? [`socket ${context.socketPath}`] : []),
    ],
  ),
  ebsVolumeScanDetails: one(
    z.object({
      scanDetections: z.object({
        threatDetectedByName: z.object({
          threatNames: z.array(
            z.object({
              name: z.string(),
              itemCount: number,
              filePaths: z.nullish(z.array(z.object({ filePath: text, hash: text }))),
            }),
          ),
        }),
      }),
    }),
    ({ scanDetections }) =>
      scanDetections.threatDetectedByName.threatNames.map(({ name, itemCount, filePaths }) =>
        line(
          `malware ${name}`,
          itemCount != null && `${itemCount} files`,
          ...(filePaths ?? []).slice(0, mostOfOne).map(({ filePath }) => filePath),
        ),
      ),
  ),
  malwareScanDetails: one(
    z.object({
      threats: z.array(
        z.object({
          name: z.string(),
          itemPaths: z.nullish(z.array(z.object({ nestedItemPath: text, hash: text }))),
        }),
      ),
    }),
    ({ threats }) =>
      threats.map(({ name, itemPaths }) =>
        line(
          `malware ${name}`,
          ...(itemPaths ?? []).slice(0, mostOfOne).map(({ nestedItemPath }) => nestedItemPath),
        ),
      ),
  ),
  detection: one(
    z.object({
      sequence: z.object({
        endpoints: z.nullish(
          z.array(
            z.object({
              ip: text,
              domain: text,
              port: number,
              location: z.nullish(z.object({ city: text, country: text })),
              autonomousSystem: z.nullish(z.object({ name: text, number })),
            }),
          ),
        ),
        signals: z.nullish(z.array(z.object({ name: text, type: text, count: number }))),
      }),
    }),
    ({ sequence: { endpoints, signals } }) => [
      ...(signals ?? []).flatMap(({ name, type, count }) =>
        name ? [line(`signal ${name}`, type, count != null && `${count} times`)] : [],
      ),
      ...(endpoints ?? []).map(({ ip, domain, port: at, location, autonomousSystem }) =>
        line(
          `endpoint ${[ip, domain].filter((part) => part).join(" ")}${at == null ? "" : ` port ${at}`}`,
          [location?.city, location?.country].filter((part) => part).join(", "),
          autonomousSystem?.number != null &&
            `AS${autonomousSystem.number} ${autonomousSystem.name ?? ""}`.trim(),
        ),
      ),
    ],
  ),
};

/**
 * Lists what was seen, one line each, cleaned and bounded: any text in it may be a stranger's.
 *
 * @param service the finding's `service`
 */
export function indicators(service: unknown): readonly string[] {
  const members = record(service);
  const acted = record(members.action);
  const found = [
    ...Object.entries(actions).flatMap(([member, read]) => read(acted[member])),
    ...Object.entries(evidence).flatMap(([member, read]) => read(members[member])),
  ];
  return bounded(found, { most: mostLines, limit: lineLimit });
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

type Part = string | false | null | undefined;

function line(...parts: readonly Part[]): string {
  return parts.filter((part) => part).join(", ");
}

/** Names an address with its network and place: "198.51.100.7:4444 (AS64500 Example Net, Amsterdam, Netherlands)". */
function addressOf(details: z.infer<typeof remote>, at?: number | null): string {
  const { ipAddressV4, ipAddressV6, organization, city, country } = details ?? {};
  const address = ipAddressV4 || ipAddressV6;
  if (!address) return "";
  const around = [
    organization?.asn && `AS${organization.asn} ${organization.asnOrg ?? ""}`.trim(),
    city?.cityName,
    country?.countryName,
  ].filter((part) => part);
  const whole =
    at == null ? address : address.includes(":") ? `[${address}]:${at}` : `${address}:${at}`;
  return around.length === 0 ? whole : `${whole} (${around.join(", ")})`;
}

function processOf(what: string, found: z.infer<typeof process>): readonly string[] {
  if (!found?.name && !found?.executablePath) return [];
  return [
    line(
      `${what} ${found.name ?? found.executablePath}`,
      found.name && found.executablePath,
      found.pid != null && `pid ${found.pid}`,
      found.user && `user ${found.user}`,
      found.executableSha256 && `SHA-256 ${found.executableSha256}`,
    ),
  ];
}
