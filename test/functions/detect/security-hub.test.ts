import { expect } from "chai";
import fc from "fast-check";
import { primaryPlaybook } from "../../../functions/catalogue/routing";
import { detect } from "../../../functions/detect/detect";
import { detectSecurityHub } from "../../../functions/detect/security-hub";
import * as builders from "../../support/builders";
import { fixture } from "../../support/cases";
import { type Json, type Path, paths, spoiled, wellFormed } from "../../support/events";

const security = "123456789012";
const actionOf = (name: string) =>
  `arn:aws:securityhub:us-east-1:123456789012:action/custom/${name}`;
const action = actionOf("CordonContain");
const finding = ["detail", "findings", "0"];
const resource = [...finding, "Resources", "0"];
const key = [...resource, "Details", "AwsIamAccessKey"];
const event = () => fixture("security-hub-access-key");
const instance = () => fixture("security-hub-instance");

/** The event with one field of its finding changed. */
const changed = (path: Path, value: unknown, from = event()) => spoiled(from, path, value);

const assumed = (principalId: string, name: string): Json =>
  changed(
    [...resource, "Id"],
    "AWS::IAM::AccessKey:ASIAEXAMPLEKEY000009",
    changed(key, { PrincipalId: principalId, PrincipalType: "AssumedRole", PrincipalName: name }),
  );

describe("a finding that a person sends from Security Hub [D2] [R1]", () => {
  it("is about the user it names; the key is in the resource's id", () => {
    expect(detect(event(), security)).to.deep.equal({
      kind: "incident",
      incident: {
        // The same as when GuardDuty reports it: one incident, one deny.
        key: builders.userKey,
        playbook: "contain-access-key",
        place: { account: builders.account, region: "us-east-1" },
        resource: {
          kind: "user",
          id: "deploy",
          uniqueId: "AIDAEXAMPLEUSER000001",
          accessKey: "AKIAEXAMPLEKEY000001",
        },
        finding: {
          id: "6f0718293a4b5c6d7e8f90a1b2c3d4e5",
          type: "UnauthorizedAccess:IAMUser/TorIPCaller",
          severity: 5,
          title: "An access key was used from a Tor exit node.",
          sample: false,
          named: ["AwsIamAccessKey AWS::IAM::AccessKey:AKIAEXAMPLEKEY000001"],
          firstSeen: "2026-11-20T09:40:00.000Z",
          lastSeen: "2026-11-20T10:00:00.000Z",
          inSecurityHub: {
            id: "arn:aws:guardduty:us-east-1:123456789012:detector/3cc1d2e4f5a60718293a4b5c6d7e8f90/finding/6f0718293a4b5c6d7e8f90a1b2c3d4e5",
            product: "arn:aws:securityhub:us-east-1::product/aws/guardduty",
          },
          link: "https://us-east-1.console.aws.amazon.com/securityhub/home?region=us-east-1#/findings",
          requestedAt: "2026-11-20T10:20:00Z",
        },
      },
    });
  });

  it("keeps the product's name of the finding, and none that is no ARN of a product [E5]", () => {
    const named = (product: unknown) => {
      const detected = detect(changed([...finding, "ProductArn"], product), security);
      return detected.kind === "incident" && detected.incident.finding.inSecurityHub?.product;
    };
    const own = "arn:aws:securityhub:eu-west-1:222233334444:product/222233334444/default";
    expect(named(own)).to.equal(own);
    for (const product of [
      undefined,
      7,
      "",
      "guardduty",
      own.replace("eu-west-1", "*"),
      `${own} `,
    ]) {
      expect(named(product), String(product)).to.equal(undefined);
    }
  });

  it("is not what Security Hub imports, or updates, whatever its workflow status [E5] [D6]", () => {
    for (const status of ["NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"]) {
      const updated = changed([...finding, "Workflow"], { Status: status });
      const imported = changed(["detail-type"], "Security Hub Findings - Imported", updated);
      expect(detect(imported, security).kind, status).to.equal("refused");
      expect(detect(updated, security).kind, status).to.equal("incident");
    }
  });

  it("is about a user who signed in to the console: AWS::IAM::AccessKey:null", () => {
    const detected = detect(changed([...resource, "Id"], "AWS::IAM::AccessKey:null"), security);
    expect(detected.kind === "incident" && detected.incident).to.deep.include({
      key: builders.userKey,
      resource: { kind: "user", id: "deploy", uniqueId: "AIDAEXAMPLEUSER000001" },
    });
  });

  it("is about the role's session it names", () => {
    for (const [session, name, incident] of [
      ["alice@example.com", "analyst", builders.roleKey],
      [builders.instanceId, "web", builders.instanceSessionKey],
    ] as const) {
      const sent = assumed(`AROAEXAMPLEROLE000001:${session}`, name);
      const detected = detect(sent, security);
      expect(detected.kind === "incident" && detected.incident).to.deep.include({
        key: incident,
        playbook: "revoke-sessions",
        resource: {
          kind: "role",
          id: name,
          uniqueId: "AROAEXAMPLEROLE000001",
          accessKey: "ASIAEXAMPLEKEY000009",
          session,
        },
      });
      expect(primaryPlaybook(sent)).to.equal("revoke-sessions");
    }
  });

  it("is about the credentials wherever they are among the resources", () => {
    const bucket = { Type: "AwsS3Bucket", Id: "arn:aws:s3:::ledger", Partition: "aws" };
    const [access] = (event() as { detail: { findings: [{ Resources: unknown[] }] } }).detail
      .findings[0].Resources;
    const detected = detect(changed([...finding, "Resources"], [bucket, access]), security);
    expect(detected.kind === "incident" && detected.incident.resource.id).to.equal("deploy");
  });

  it("is about the credentials where it lists an instance beside them, in either order", () => {
    const resourcesOf = (sent: Json) =>
      (sent as { detail: { findings: [{ Resources: unknown[] }] } }).detail.findings[0].Resources;
    const both = [...resourcesOf(event()), ...resourcesOf(instance())];
    for (const listed of [both, [...both].reverse()]) {
      const detected = detect(changed([...finding, "Resources"], listed), security);
      expect(detected.kind === "incident" && detected.incident).to.deep.include({
        key: builders.userKey,
        playbook: "contain-access-key",
        resource: {
          kind: "user",
          id: "deploy",
          uniqueId: "AIDAEXAMPLEUSER000001",
          accessKey: "AKIAEXAMPLEKEY000001",
        },
      });
    }
  });

  it("is about the instance whose ARN it names, in the region of that ARN", () => {
    const expected = {
      kind: "incident",
      incident: {
        // The same as when GuardDuty reports it.
        key: builders.incidentKey,
        playbook: "contain-instance",
        place: builders.place,
        resource: { kind: "instance", id: builders.instanceId },
        finding: {
          id: "1ab2c3d4e5f60718293a4b5c6d7e8f90",
          type: "UnauthorizedAccess:EC2/SSHBruteForce",
          severity: 2,
          title: "198.51.100.7 is performing SSH brute force attacks against i-0a1b2c3d4e5f60718.",
          sample: false,
          named: [
            "AwsEc2Instance arn:aws:ec2:eu-central-1:222233334444:instance/i-0a1b2c3d4e5f60718",
          ],
          firstSeen: "2026-11-20T09:15:57Z",
          lastSeen: "2026-11-20T10:00:00Z",
          inSecurityHub: {
            id: "arn:aws:guardduty:eu-central-1:123456789012:detector/4dd1d2e4f5a60718293a4b5c6d7e8f91/finding/1ab2c3d4e5f60718293a4b5c6d7e8f90",
            product: "arn:aws:securityhub:eu-central-1::product/aws/guardduty",
          },
          link: "https://eu-central-1.console.aws.amazon.com/securityhub/home?region=eu-central-1#/findings",
          requestedAt: "2026-11-20T10:20:00Z",
        },
      },
    };
    expect(detect(instance(), security)).to.deep.equal(expected);
    const elsewhere = detect(changed([...resource, "Region"], "us-east-1", instance()), security);
    expect(elsewhere.kind === "incident" && elsewhere.incident).to.deep.include({
      key: builders.incidentKey,
      place: builders.place,
    });
  });

  it("is about the instance whose id alone it names, in the finding's account and region", () => {
    // As products of one's own write it: no ARN, and the region once for the whole finding.
    for (const region of [builders.place.region, undefined]) {
      const named = changed([...resource, "Id"], builders.instanceId, instance());
      const sent = changed([...resource, "Region"], region, named);
      const detected = detect(
        changed([...finding, "Region"], builders.place.region, sent),
        security,
      );
      expect(detected.kind === "incident" && detected.incident).to.deep.include({
        key: builders.incidentKey,
        place: builders.place,
        resource: { kind: "instance", id: builders.instanceId },
      });
    }
  });

  it("asks for nothing to be done when it is sent for a dry run, and is the same otherwise", () => {
    for (const sent of [event(), instance()]) {
      const asked = changed(["resources"], [actionOf("CordonDryRun")], sent);
      const [contain, dryRun] = [sent, asked].map((each) => detect(each, security));
      if (contain?.kind !== "incident") throw new Error("This is an incident");
      const { finding: said, ...rest } = contain.incident;
      expect(dryRun).to.deep.equal({
        kind: "incident",
        incident: { ...rest, finding: { ...said, dryRun: true } },
      });
    }
  });

  it("is read alike for a release, which only asks for another action", () => {
    for (const sent of [event(), instance()]) {
      const asked = changed(["resources"], [actionOf("CordonRelease")], sent);
      expect(detectSecurityHub(asked, security, ["CordonRelease"])).to.deep.equal(
        detect(sent, security),
      );
    }
    const victim = changed(
      [...finding, "Types"],
      ["TTPs/Impact/IAMUser-PromptInjection.Direct"],
      changed(["resources"], [actionOf("CordonRelease")]),
    );
    expect(detectSecurityHub(victim, security, ["CordonRelease"]).kind).to.equal("incident");
    expect(detectSecurityHub(instance(), security, ["CordonRelease"])).to.deep.equal({
      kind: "refused",
      reason: `The custom action is ${action}; expected CordonRelease, alone`,
    });
  });

  it("is a sample where Security Hub says so, or GuardDuty did", () => {
    const fields = [...finding, "ProductFields"];
    const mark = "aws/guardduty/service/additionalInfo/sample";
    for (const [sent, sample] of [
      [changed([...finding, "Sample"], true, instance()), true],
      [changed([...fields, mark], "true", instance()), true],
      [changed([...fields, mark], "false", instance()), false],
      [changed(fields, undefined, instance()), false],
    ] as const) {
      const detected = detect(sent, security);
      expect(detected.kind === "incident" && detected.incident.finding.sample).to.equal(sample);
    }
  });

  it("reads the type as GuardDuty writes it, and no type out of anything else", () => {
    for (const [given, type] of [
      [
        "TTPs/Initial Access/UnauthorizedAccess:IAMUser-InstanceCredentialExfiltration.OutsideAWS",
        "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
      ],
      ["TTPs/Command and Control/Backdoor:EC2-C&CActivity.B!DNS", "Backdoor:EC2/C&CActivity.B!DNS"],
      // As GuardDuty's guide lists them, page "Integrating with AWS Security Hub": what differs.
      ["TTPs/PenTest:IAMUser/KaliLinux", "PenTest:IAMUser/KaliLinux"],
      ["TTPs/PenTest:S3-KaliLinux", "PenTest:S3/KaliLinux"],
      [
        "TTPs/Credential Access/IAMUser-AnomalousBehavior",
        "CredentialAccess:IAMUser/AnomalousBehavior",
      ],
      [
        "TTPs/Privilege Escalation/IAMUser-AnomalousBehavior",
        "PrivilegeEscalation:IAMUser/AnomalousBehavior",
      ],
      ["TTPs/Discovery/IAMUser-AnomalousBehavior", "Discovery:IAMUser/AnomalousBehavior"],
      ["TTPs/Discovery/RDS-TorIPCaller", "Discovery:RDS/TorIPCaller"],
      ["TTPs/DefenseEvasion/EC2:Unusual-DNS-Resolver", "DefenseEvasion:EC2/UnusualDNSResolver"],
      ["TTPs/DefenseEvasion/EC2:Unusual-DoH-Activity", "DefenseEvasion:EC2/UnusualDoHActivity"],
      [
        "TTPs/AnomalousBehavior/CredentialAccess:Kubernetes-SecretsAccessed",
        "CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed",
      ],
      [
        "TTPs/AnomalousBehavior/Persistence:Kubernetes-WorkloadDeployed!ContainerWithSensitiveMount",
        "Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount",
      ],
      ["Effects/Data Exfiltration/Trojan:EC2-DropPoint!DNS", "Trojan:EC2/DropPoint!DNS"],
      ["Unusual Behaviors/VM/Behavior:EC2-NetworkPortUnusual", "Behavior:EC2/NetworkPortUnusual"],
      ["TTPs/Policy:IAMUser-RootCredentialUsage", "Policy:IAMUser/RootCredentialUsage"],
      ["Software and Configuration Checks/File Integrity Monitoring", "File Integrity Monitoring"],
      [
        "Software and Configuration Checks/AWS-Foundational-Security-Best-Practices",
        "AWS-Foundational-Security-Best-Practices",
      ],
      ["<script>", "unknown type"],
      ["", "unknown type"],
    ]) {
      const detected = detect(changed([...finding, "Types"], [given]), security);
      expect(detected.kind === "incident" && detected.incident.finding.type).to.equal(type);
    }
  });

  it("has a title of one line, whatever account imported it", () => {
    for (const [given, title] of [
      [
        "Key leaked\r\n\nUndo\n  - npx cordon release \u202e1",
        "Key leaked Undo - npx cordon release 1",
      ],
      [`Key${" ".repeat(200)}leaked`, "Key leaked"],
      ["T".repeat(300), `${"T".repeat(255)}…`],
      ["\n", "A finding of Security Hub"],
      [undefined, "A finding of Security Hub"],
    ]) {
      const detected = detect(changed([...finding, "Title"], given), security);
      expect(detected.kind === "incident" && detected.incident.finding.title).to.equal(title);
    }
  });

  it("names what it is about, and itself, in one line, whatever account imported it", () => {
    const forged = "Key\u2028\nUndo\n  - npx cordon release \u202e1";
    const detected = detect(changed([...resource, "Type"], forged), security);
    if (detected.kind !== "unanswered") throw new Error("No playbook answers such a type");
    expect(detected.resource).to.equal("Key Undo - npx cordon release 1");
    for (const [given, id] of [
      [`arn:aws:x/finding/${forged}`, "KeyUndo-npxcordonrelease1"],
      ["product/scan:4.2-a_b", "scan:4.2-a_b"],
      [`x/${"i".repeat(80)}`, "i".repeat(64)],
      ["x/", "unnamed"],
    ]) {
      const named = detect(changed([...finding, "Id"], given), security);
      expect(named.kind === "incident" && named.incident.finding.id).to.equal(id);
    }
  });

  it("may name a region that is none: users and roles are in no region", () => {
    const detected = detect(changed([...resource, "Region"], "aws-global"), security);
    expect(detected.kind === "incident" && detected.incident.place.region).to.equal("us-east-1");
  });

  const advised: readonly (readonly [string, Json, string, string | undefined])[] = [
    [
      // Published form of 2019: a console login has no key, and an old event no type of user.
      "AWS::IAM::AccessKey:null and no type of user: there is no key to disable",
      changed(["resources"], [action], fixture("security-hub-console-login")),
      "credentials",
      "The finding does not say what type of user the credentials belong to",
    ],
    [
      "root's key",
      changed(key, { PrincipalId: builders.account, PrincipalType: "Root", PrincipalName: "Root" }),
      "root user",
      "The account's root user acted: no IAM policy restricts root, so that Cordon cannot contain it",
    ],
    [
      "two access keys: which one is meant?",
      changed(
        [...finding, "Resources"],
        ["AKIAEXAMPLEKEY000001", "AKIAEXAMPLEKEY000002"].map((id) => ({
          Type: "AwsIamAccessKey",
          Id: `AWS::IAM::AccessKey:${id}`,
          Details: { AwsIamAccessKey: { PrincipalType: "IAMUser", PrincipalName: "deploy" } },
        })),
      ),
      "credentials",
      "The finding names 2 access keys, and Cordon answers for one",
    ],
    [
      "two instances: which one is meant?",
      changed(
        [...finding, "Resources"],
        ["i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60719"].map((id) => ({
          Type: "AwsEc2Instance",
          Id: `arn:aws:ec2:eu-central-1:222233334444:instance/${id}`,
        })),
        instance(),
      ),
      "instances",
      "The finding names 2 instances, and Cordon answers for one",
    ],
    [
      "an instance by its id alone, in no region",
      changed(
        [...resource, "Id"],
        "i-0a1b2c3d4e5f60718",
        changed(
          [...resource, "Region"],
          undefined,
          changed([...finding, "Region"], "", instance()),
        ),
      ),
      "instance i-0a1b2c3d4e5f60718",
      "The finding does not say in which region instance i-0a1b2c3d4e5f60718 is",
    ],
    [
      "an ARN that goes on after the instance",
      changed([...resource, "Id"], `${builders.instanceArn}/x`, instance()),
      "instance arn:aws:ec2:eu-central-1:222233334444:instance/i-0a1b2c3d4e5f60718/x",
      "The finding identifies the instance neither by its ARN nor by its id",
    ],
    [
      "an id that is no instance's",
      changed([...resource, "Id"], "web-1; rm -rf /", instance()),
      "instance web-1; rm -rf /",
      "The finding identifies the instance neither by its ARN nor by its id",
    ],
    [
      "an instance of another account than the finding's",
      changed(
        [...resource, "Id"],
        "arn:aws:ec2:eu-central-1:333344445555:instance/i-0a1b2c3d4e5f60718",
        instance(),
      ),
      "instance i-0a1b2c3d4e5f60718",
      "The finding is of account 222233334444, and its instance of account 333344445555: no account may aim Cordon at another",
    ],
    [
      "the victim of a prompt injection",
      changed([...finding, "Types"], ["TTPs/Impact/IAMUser-PromptInjection.Direct"]),
      "AWS::IAM::AccessKey:AKIAEXAMPLEKEY000001",
      "The finding names the application that somebody attacked, the victim: Cordon does not contain it for that",
    ],
    [
      "a resource that no playbook answers by request",
      changed([...resource, "Type"], "AwsSqsQueue"),
      "AwsSqsQueue",
      undefined,
    ],
  ];
  for (const [what, sent, subject, why] of advised) {
    it(`is notified, and nothing changed, with ${what}`, () => {
      const detected = detect(sent, security);
      if (detected.kind !== "unanswered") throw new Error(JSON.stringify(detected));
      expect([detected.resource, detected.advice?.why]).to.deep.equal([subject, why]);
      expect(detected.finding.requestedAt).to.match(/^20(19|26)-/);
    });
  }

  const refused: readonly (readonly [string, Json, RegExp])[] = [
    [
      "by another action: it is for another product",
      fixture("security-hub-console-login"),
      /^The custom action is .+:action\/custom\/aws; expected CordonContain or CordonDryRun, alone$/,
    ],
    [
      "by an action whose name only ends like Cordon's",
      changed(["resources"], ["arn:aws:securityhub:us-east-1:1:action/custom/NotCordonContain"]),
      /^The custom action is /,
    ],
    [
      "to be released: another function answers that",
      changed(["resources"], [actionOf("CordonRelease")]),
      /^The custom action is .+CordonRelease; expected CordonContain or/,
    ],
    [
      "by two actions at once: what is meant?",
      changed(["resources"], [action, actionOf("CordonDryRun")]),
      /^The custom action is .+CordonContain, .+CordonDryRun; expected /,
    ],
    [
      "by an action of a giant name, which no reason repeats",
      changed(["resources"], ["x\n".repeat(50_000)]),
      /^The custom action is [x ]{577}…$/,
    ],
    ["by no action", changed(["resources"], []), /^The custom action is not named; /],
    [
      "in a member account: no decision for the organization is made there",
      changed(["account"], builders.account),
      /^The event comes from account 222233334444; actions are accepted only from the security account 123456789012$/,
    ],
    [
      "together with another: Security Hub sends each in an event of its own",
      changed(
        ["detail", "findings"],
        [1, 2].map(() => (event() as { detail: { findings: unknown[] } }).detail.findings[0]),
      ),
      /^Not a finding sent by custom action: detail\.findings: /,
    ],
    [
      "about another partition",
      changed([...resource, "Partition"], "aws-cn"),
      /^Partition aws-cn is not supported, only aws$/,
    ],
    [
      "about an account that is none",
      changed([...finding, "AwsAccountId"], "all"),
      /detail\.findings\.0\.AwsAccountId: must be a 12-digit account id/,
    ],
    [
      "at no time",
      changed(["time"], "now"),
      /^Not a finding sent by custom action: time: must be a time$/,
    ],
    ["without resources", changed([...finding, "Resources"], []), /Resources: /],
    [
      "with details that are none",
      changed([...resource, "Details"], { AwsIamAccessKey: "deploy" }),
      /^Not a finding about credentials: AwsIamAccessKey: /,
    ],
    [
      "as something imported, which no person chose",
      changed(["detail-type"], "Security Hub Findings - Imported"),
      /^The finding is of product arn:aws:securityhub:[^ ]+, not of Security Hub's controls$/,
    ],
  ];
  for (const [what, sent, reason] of refused) {
    it(`is refused when it is sent ${what}`, () => {
      const detected = detect(sent, security);
      expect(detected.kind === "refused" && detected.reason).to.match(reason);
    });
  }

  it("never throws, and never makes an incident of anything but a well-formed name", () => {
    const names = [
      "security-hub-access-key",
      "security-hub-console-login",
      "security-hub-instance",
    ];
    const replaced = fc
      .tuple(fc.constantFrom(...names), fc.nat(), fc.option(fc.jsonValue(), { nil: undefined }))
      .map(([name, choice, value]) => {
        const whole = changed(["resources"], [action], fixture(name));
        const all = paths(whole);
        return spoiled(whole, all[choice % all.length]!, value);
      });
    let incidents = 0;
    fc.assert(
      fc.property(replaced, (input) => {
        const detected = detect(input, security);
        if (detected.kind === "refused") expect(detected.reason).to.have.length.above(10);
        if (detected.kind !== "incident") return;
        incidents += 1;
        const { resource: about, place } = detected.incident;
        expect(about.id).to.match(wellFormed[about.kind]);
        if ("accessKey" in about) expect(about.accessKey).to.match(wellFormed.accessKey);
        expect(place.account).to.match(/^\d{12}$/);
        expect(place.region).to.match(/^[a-z-]+-\d$/);
        expect(primaryPlaybook(input)).to.equal(detected.incident.playbook);
      }),
      { numRuns: 3_000 },
    );
    expect(incidents).to.be.above(100);
  });
});
