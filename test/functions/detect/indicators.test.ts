import { expect } from "chai";
import { indicators } from "../../../functions/detect/indicators";

const remoteIpDetails = {
  ipAddressV4: "198.51.100.7",
  organization: { asn: "64500", asnOrg: "Example Net", isp: "Example", org: "Example" },
  country: { countryName: "Netherlands" },
  city: { cityName: "Amsterdam" },
  geoLocation: { lat: 52.4, lon: 4.9 },
};
const address = "(AS64500 Example Net, Amsterdam, Netherlands)";

// Members and their values' types as in GuardDuty's service model, API version 2017-11-28: shape
// Service. All names are made up; addresses and numbers are those reserved for documentation.
describe("what a GuardDuty finding saw [E2] [D1]", () => {
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    [
      "direction, protocol, address and ports of a connection",
      {
        action: {
          actionType: "NETWORK_CONNECTION",
          networkConnectionAction: {
            blocked: false,
            connectionDirection: "OUTBOUND",
            protocol: "TCP",
            localPortDetails: { port: 39677, portName: "Unknown" },
            remotePortDetails: { port: 4444, portName: "Unknown" },
            remoteIpDetails,
          },
        },
      },
      [`connection outbound, TCP, 198.51.100.7:4444 ${address}, local port 39677`],
    ],
    [
      "an address of IPv6 in brackets",
      {
        action: {
          networkConnectionAction: {
            connectionDirection: "INBOUND",
            remoteIpDetails: { ipAddressV6: "2001:db8::7" },
            remotePortDetails: { port: 443 },
          },
        },
      },
      ["connection inbound, [2001:db8::7]:443"],
    ],
    [
      "the domain of a DNS request",
      { action: { dnsRequestAction: { domain: "pool.example.com", protocol: "UDP" } } },
      ["DNS request for pool.example.com, UDP"],
    ],
    [
      "each port that was probed, and by whom",
      {
        action: {
          portProbeAction: {
            portProbeDetails: [
              { localPortDetails: { port: 22, portName: "SSH" }, remoteIpDetails },
              { localPortDetails: { port: 3389 }, remoteIpDetails: { ipAddressV4: "203.0.113.9" } },
            ],
          },
        },
      },
      [`probe of port 22, 198.51.100.7 ${address}`, "probe of port 3389, 203.0.113.9"],
    ],
    [
      "the call of an API, its error and its caller",
      {
        action: {
          awsApiCallAction: {
            api: "DeleteBucket",
            serviceName: "s3.amazonaws.com",
            callerType: "Remote IP",
            errorCode: "AccessDenied",
            userAgent: "aws-cli/2.0",
            remoteIpDetails,
            remoteAccountDetails: { accountId: "999988887777", affiliated: false },
          },
        },
      },
      [
        `call s3:DeleteBucket, refused with AccessDenied, 198.51.100.7 ${address}, by account 999988887777, user agent aws-cli/2.0`,
      ],
    ],
    [
      "a call of Kubernetes by its source addresses, where no other is given",
      {
        action: {
          kubernetesApiCallAction: {
            verb: "list",
            requestUri: "/api/v1/secrets",
            sourceIPs: ["203.0.113.9"],
            statusCode: 200,
          },
        },
      },
      ["Kubernetes call list /api/v1/secrets, status 200, 203.0.113.9"],
    ],
    [
      "logins to a database, failed and successful",
      {
        action: {
          rdsLoginAttemptAction: {
            remoteIpDetails,
            loginAttributes: [
              {
                user: "admin",
                application: "psql",
                failedLoginAttempts: 30,
                successfulLoginAttempts: 1,
              },
            ],
          },
        },
      },
      [
        `database login as admin, 30 failed, 1 successful, 198.51.100.7 ${address}, application psql`,
      ],
    ],
    [
      "the process and its command",
      {
        runtimeDetails: {
          process: {
            name: "xmrig",
            executablePath: "/tmp/xmrig",
            executableSha256: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
            pid: 4711,
            user: "root",
          },
          context: { commandLineExample: "xmrig -o pool.example.com:3333", toolName: null },
        },
      },
      [
        "process xmrig, /tmp/xmrig, pid 4711, user root, SHA-256 5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
        "command xmrig -o pool.example.com:3333",
      ],
    ],
    [
      "malware of a volume, with three of its files",
      {
        ebsVolumeScanDetails: {
          scanDetections: {
            threatDetectedByName: {
              threatNames: [
                {
                  name: "EICAR-Test-File",
                  severity: "LOW",
                  itemCount: 4,
                  filePaths: ["a", "b", "c", "d"].map((name) => ({ filePath: `/tmp/${name}` })),
                },
              ],
            },
          },
        },
      },
      ["malware EICAR-Test-File, 4 files, /tmp/a, /tmp/b, /tmp/c"],
    ],
    [
      "malware of an object",
      {
        malwareScanDetails: {
          threats: [{ name: "EICAR-Test-File", itemPaths: [{ nestedItemPath: "a.zip/b.com" }] }],
        },
      },
      ["malware EICAR-Test-File, a.zip/b.com"],
    ],
    [
      "signals and endpoints of an attack sequence",
      {
        detection: {
          sequence: {
            uid: "s-1",
            signals: [
              { uid: "a", type: "FINDING", name: "Recon:IAMUser/TorIPCaller", count: 2 },
              { uid: "b", type: "CLOUD_TRAIL", name: "s3:DeleteObject" },
            ],
            endpoints: [
              {
                id: "e",
                ip: "198.51.100.7",
                port: 443,
                location: { city: "Amsterdam", country: "Netherlands", lat: 52.4, lon: 4.9 },
                autonomousSystem: { name: "Example Net", number: 64500 },
              },
            ],
          },
        },
      },
      [
        "signal Recon:IAMUser/TorIPCaller, FINDING, 2 times",
        "signal s3:DeleteObject, CLOUD_TRAIL",
        "endpoint 198.51.100.7 port 443, Amsterdam, Netherlands, AS64500 Example Net",
      ],
    ],
  ];
  for (const [what, service, lines] of cases) {
    it(`lists ${what}`, () => expect(indicators(service)).to.deep.equal(lines));
  }

  it("leaves out what is absent or of another shape", () => {
    for (const service of [undefined, null, "text", 7, [], {}, { action: null }, { action: [] }]) {
      expect(indicators(service), JSON.stringify(service)).to.deep.equal([]);
    }
    const odd = {
      action: { dnsRequestAction: { domain: 7 }, awsApiCallAction: { api: "ListBuckets" } },
      runtimeDetails: { process: {} },
    };
    expect(indicators(odd)).to.deep.equal(["call ListBuckets"]);
  });

  it("gives strangers' texts no line of their own, and cuts what is long", () => {
    const domain = `a.example\n  - Undo\u202e${"x".repeat(300)}`;
    const [line = "", ...more] = indicators({ action: { dnsRequestAction: { domain } } });
    expect(more).to.deep.equal([]);
    expect(line).to.match(/^DNS request for a\.example - Undo x+…$/);
    expect(line).to.have.lengthOf(240);
  });

  it("lists twenty lines at most, and how many are left", () => {
    const portProbeDetails = Array.from({ length: 25 }, (_, port) => ({
      localPortDetails: { port },
      remoteIpDetails: null,
    }));
    const lines = indicators({ action: { portProbeAction: { portProbeDetails } } });
    expect(lines).to.have.lengthOf(20);
    expect([lines[0], lines[18], lines[19]]).to.deep.equal([
      "probe of port 0",
      "probe of port 18",
      "6 more: see the finding",
    ]);
  });
});
