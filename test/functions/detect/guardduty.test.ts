import { expect } from "chai";
import fc from "fast-check";
import { isAnsweredElsewhere, primaryPlaybook } from "../../../functions/catalogue/routing";
import { incidentKey } from "../../../functions/detect/detected";
import { detectGuardDuty } from "../../../functions/detect/guardduty";
import * as builders from "../../support/builders";
import { fixture } from "../../support/cases";
import {
  at,
  type Json,
  type Path,
  paths,
  removed,
  spoiled,
  wellFormed,
} from "../../support/events";
import { typeEvents } from "../../support/finding-events";

const security = "123456789012";
const detect = (event: unknown) => detectGuardDuty(event, security);
const fixtures = [
  "guardduty-instance",
  "guardduty-instance-sample",
  "guardduty-runtime",
  "guardduty-access-key",
  "guardduty-sequence",
];

describe("detectGuardDuty [D1] [D6] [C2]", () => {
  it("makes an incident of a finding about an instance", () => {
    expect(detect(fixture("guardduty-instance"))).to.deep.equal({
      kind: "incident",
      incident: builders.incident({
        firstSeen: "2026-11-20T09:40:00.000Z",
        named: ["instance i-0a1b2c3d4e5f60718 (web-1)"],
        seen: [
          "connection outbound, TCP, 203.0.113.77:3333 (AS64500 Example Transit, Nowhere, Nowhere), local port 49152",
        ],
        count: 4,
        inSecurityHub: {
          id: "arn:aws:guardduty:eu-central-1:123456789012:detector/3cc1d2e4f5a60718293a4b5c6d7e8f90/finding/1ab2c3d4e5f60718293a4b5c6d7e8f90",
          product: "arn:aws:securityhub:eu-central-1::product/aws/guardduty",
        },
        report: {
          sentAt: "2026-11-20T10:04:31Z",
          region: "eu-central-1",
          updatedAt: "2026-11-20T10:03:58.000Z",
        },
      }),
    });
  });

  it("keeps where the detector is, which of a global service's findings may be another region", () => {
    const detected = detect(spoiled(fixture("guardduty-instance"), ["region"], "us-west-2"));
    if (detected.kind !== "incident") throw new Error("It is an incident");
    const { place, finding } = detected.incident;
    expect([place.region, finding.report?.region]).to.deep.equal(["eu-central-1", "us-west-2"]);
  });

  it("names the finding as Security Hub does, by its ARN, and nothing by another text [E5]", () => {
    const named = (arn: unknown) => {
      const detected = detect(spoiled(fixture("guardduty-instance"), ["detail", "arn"], arn));
      return detected.kind === "incident" && detected.incident.finding.inSecurityHub;
    };
    const id = "finding/1ab2c3d4e5f60718293a4b5c6d7e8f90";
    const member = `arn:aws:guardduty:us-west-2:222233334444:detector/883606788610/${id}`;
    expect(named(member)).to.deep.equal({
      id: member,
      product: "arn:aws:securityhub:us-west-2::product/aws/guardduty",
    });
    for (const arn of [
      undefined,
      null,
      7,
      "",
      id,
      member.replace("1ab2", "ffff"),
      member.replace("us-west-2", "nowhere"),
      member.replace("222233334444", "2222"),
      member.replace("arn:aws:", "arn:aws-cn:"),
      `${member}/more`,
      `x${member}`,
    ]) {
      expect(named(arn), String(arn)).to.equal(undefined);
    }
  });

  it("refuses an event whose time cannot be read", () => {
    const detected = detect(spoiled(fixture("guardduty-instance"), ["time"], "yesterday"));
    expect(detected).to.deep.include({
      kind: "refused",
      reason: "Not a GuardDuty finding: time: must be a time",
    });
  });

  it("takes a runtime finding about an instance, of an 8-digit id too", () => {
    const event = spoiled(fixture("guardduty-runtime"), instancePath, "i-0a1b2c3d");
    const detected = detect(event);
    expect(detected.kind === "incident" && detected.incident.resource).to.deep.equal({
      kind: "instance",
      id: "i-0a1b2c3d",
    });
  });

  it("gives every re-emission the same key, and another key to another place or resource", () => {
    const { place } = builders;
    const instance = (id: string) => ({ kind: "instance", id }) as const;
    const target = instance(builders.instanceId);
    // By: printf '222233334444\neu-central-1\ni-0a1b2c3d4e5f60718\ncontain-instance' | sha256sum
    expect(incidentKey(place, target, "contain-instance")).to.equal("f306fc2273fcd649");
    const others = [
      incidentKey({ ...place, account: "222233334445" }, target, "contain-instance"),
      incidentKey({ ...place, region: "eu-central-2" }, target, "contain-instance"),
      incidentKey(place, instance("i-0a1b2c3d4e5f60719"), "contain-instance"),
    ];
    expect(new Set([...others, "f306fc2273fcd649"]).size).to.equal(4);
    const reemitted = spoiled(fixture("guardduty-instance"), ["detail", "id"], "00ff");
    const detected = detect(spoiled(reemitted, ["detail", "service", "count"], 9));
    expect(detected.kind === "incident" && detected.incident.key).to.equal("f306fc2273fcd649");
  });

  const required: readonly (readonly [Path, readonly unknown[]])[] = [
    [["source"], ["aws.ec2", "AWS.GUARDDUTY", 1]],
    [["detail-type"], ["GuardDuty Findings", null]],
    [["account"], ["12345678901", "1234567890123", "security", 123456789012]],
    [["detail"], ["a text", [], null]],
    [
      ["detail", "id"],
      ["", "../1", "a".repeat(65), 1, "1\n2"],
    ],
    [
      ["detail", "type"],
      ["", "x", "a".repeat(151), "Backdoor:EC2/<script>", 1, "a:b/c\n"],
    ],
    [
      ["detail", "severity"],
      ["8", -0.1, 10.1, null],
    ],
    [
      ["detail", "accountId"],
      ["22223333444", "222233334444 ", 222233334444, ["222233334444"]],
    ],
    [
      ["detail", "region"],
      ["", "eu-central-1.evil.example", "EU-CENTRAL-1", 1],
    ],
    [
      ["detail", "resource"],
      [null, "Instance"],
    ],
    [
      ["detail", "resource", "resourceType"],
      [1, null],
    ],
    [
      ["detail", "service"],
      [null, "guardduty"],
    ],
    [
      ["detail", "resource", "instanceDetails"],
      [null, [], "i-0a1b2c3d4e5f60718"],
    ],
    [
      ["detail", "resource", "instanceDetails", "instanceId"],
      [
        "",
        "i-0a1b2c3d4e5f6071",
        "i-0a1b2c3d4e5f607189",
        "i-0A1B2C3D4E5F60718",
        "*",
        "vol-1",
        "i-0a1b2c3d\n",
      ],
    ],
  ];
  for (const [path, values] of required) {
    it(`refuses an event without ${path.join(".")}, or with a bad one, and names it`, () => {
      const bad = [removed(fixture("guardduty-instance"), path)].concat(
        values.map((value) => spoiled(fixture("guardduty-instance"), path, value)),
      );
      // What is about the instance is named within the finding's resource.
      const named = path.join(".").replace("detail.resource.instanceDetails", "instanceDetails");
      for (const event of bad) {
        const detected = detect(event);
        expect(detected.kind, JSON.stringify(at(event, path))).to.equal("refused");
        const { reason } = detected as { reason: string };
        expect(reason).to.match(/^Not a (GuardDuty finding|finding about an instance): /);
        expect(`${reason}; `).to.match(
          new RegExp(`(^|: |; )${named.replaceAll(".", "\\.")}(\\.\\w+)?: `),
        );
      }
    });
  }

  const optional: readonly (readonly [Path, unknown])[] = [
    [["detail", "partition"], 1],
    [["detail", "title"], {}],
    [["detail", "updatedAt"], "yesterday"],
    [["detail", "service", "archived"], "false"],
    [["detail", "service", "eventLastSeen"], "yesterday"],
  ];
  for (const [path, bad] of optional) {
    it(`does without ${path.join(".")}, but refuses a bad one`, () => {
      expect(detect(removed(fixture("guardduty-instance"), path)).kind).to.equal("incident");
      const refused = detect(spoiled(fixture("guardduty-instance"), path, bad));
      expect(refused.kind === "refused" && refused.reason).to.include(`${path.join(".")}: `);
    });
  }

  it("has a title of one line, and names a type of resource in one", () => {
    const forged = "Title\r\n\nUndo\n  - npx cordon release \u202e1";
    const titled = detect(spoiled(fixture("guardduty-instance"), ["detail", "title"], forged));
    expect(titled.kind === "incident" && titled.incident.finding.title).to.equal(
      "Title Undo - npx cordon release 1",
    );
    const type = ["detail", "resource", "resourceType"];
    const unnamed = spoiled(
      fixture("guardduty-instance"),
      ["detail", "resource", "instanceDetails"],
      {},
    );
    const detected = detect(spoiled(unnamed, type, forged));
    expect(detected.kind === "unanswered" && detected.resource).to.equal(
      "Title Undo - npx cordon release 1",
    );
  });

  it("refuses what is no time as AWS writes them, though JavaScript reads it: a notice has it", () => {
    const path = ["detail", "service", "eventLastSeen"];
    const lastSeen = (time: string) => {
      const detected = detect(spoiled(fixture("guardduty-instance"), path, time));
      return detected.kind === "incident" ? detected.incident.finding.lastSeen : detected.kind;
    };
    const remark = "2026-11-20 10:00 (\nUndo\n  - npx cordon release)";
    for (const time of [remark, "2026", "0", "20 Nov 2026", "+275760-09-13T00:00:00.000Z"]) {
      expect(lastSeen(time), time).to.equal("refused");
    }
    // Security Hub user guide, the AWS Security Finding Format: its forms of a time.
    for (const time of [
      "2026-11-20T10:00:00Z",
      "2026-11-20T10:00:00.123456789Z",
      "2026-11-20T10:00:00+01:00",
      "2026-11-20T10:00:00-0500",
    ]) {
      expect(lastSeen(time), time).to.equal(time);
    }
  });

  it("gives a reason of one line, and of no more than 600 characters, whatever it quotes", () => {
    for (const partition of ["x".repeat(100_000), "one\ntwo\u202e".repeat(9_000)]) {
      const detected = detect(
        spoiled(fixture("guardduty-instance"), ["detail", "partition"], partition),
      );
      expect(detected.kind === "refused" && detected.reason).to.match(
        /^Partition [^\n\u202e]{589}…$/,
      );
    }
  });

  it("refuses what is no event at all", () => {
    for (const input of [undefined, null, 1, "text", [], {}]) {
      expect(detect(input).kind).to.equal("refused");
    }
    expect(detect(undefined)).to.deep.equal({
      kind: "refused",
      reason: "The message is not JSON",
    });
    expect(detect(null)).to.deep.equal({
      kind: "refused",
      reason: "Not a GuardDuty finding: the event: Invalid input: expected object, received null",
    });
  });

  it("refuses a finding that any other account than the administrator's reports", () => {
    const event = spoiled(fixture("guardduty-instance"), ["account"], builders.account);
    expect(detect(event)).to.deep.equal({
      kind: "refused",
      reason: `The event comes from account ${builders.account}; findings are accepted only from the security account ${security}`,
    });
  });

  it("refuses another partition", () => {
    const event = spoiled(fixture("guardduty-instance"), ["detail", "partition"], "aws-cn");
    expect(detect(event)).to.deep.equal({
      kind: "refused",
      reason: "Partition aws-cn is not supported, only aws",
    });
  });

  it("passes an archived finding on as archived, whatever it is about", () => {
    for (const name of fixtures) {
      const event = spoiled(fixture(name), ["detail", "service", "archived"], true);
      expect(detect(event).kind, name).to.equal("archived");
    }
  });

  const samples: readonly (readonly [unknown, boolean])[] = [
    [{ sample: true }, true],
    [{ value: '{"sample":true}', type: "default" }, true],
    [{ value: '{"domain":"a.example","sample":true}' }, true],
    [{ sample: false }, false],
    [{ sample: "true" }, false],
    [{ value: '{"sample":false}' }, false],
    [{ value: '{"sample":"true"}' }, false],
    [{ value: "null" }, false],
    [{ value: "{" }, false],
    [{ value: 1 }, false],
    ['{"sample":true}', false],
    [null, false],
    [undefined, false],
  ];
  for (const [info, sample] of samples) {
    it(`${sample ? "knows" : "does not take for"} a sample: ${JSON.stringify(info)}`, () => {
      const event = spoiled(
        fixture("guardduty-instance"),
        ["detail", "service", "additionalInfo"],
        info,
      );
      const detected = detect(event);
      expect(detected.kind === "incident" && detected.incident.finding.sample).to.equal(sample);
    });
  }

  it("reads the sample of today's form", () => {
    const detected = detect(fixture("guardduty-instance-sample"));
    expect(detected.kind === "incident" && detected.incident.finding).to.deep.include({
      type: "Backdoor:EC2/C&CActivity.B!DNS",
      sample: true,
    });
  });

  it("takes the last activity from the service, else the update, else long ago", () => {
    const lastSeen = (event: Json) => {
      const detected = detect(event);
      return detected.kind === "incident" && detected.incident.finding.lastSeen;
    };
    const whole = fixture("guardduty-instance");
    const unseen = removed(whole, ["detail", "service", "eventLastSeen"]);
    expect([whole, unseen, removed(unseen, ["detail", "updatedAt"])].map(lastSeen)).to.deep.equal([
      "2026-11-20T10:00:00.000Z",
      "2026-11-20T10:03:58.000Z",
      "1970-01-01T00:00:00.000Z",
    ]);
  });

  it("only notifies about a finding that no playbook covers", () => {
    const unheard = spoiled(fixture("guardduty-instance"), ["detail", "type"], "Novel:EC2/Trick");
    expect(detect(unheard).kind).to.equal("unanswered");
  });

  describe("of every documented finding type", () => {
    const bySeverity = [typeEvents(), typeEvents(7), typeEvents(10)];
    for (const [index, { name, does, asks, type }] of typeEvents().entries()) {
      it(`${does === "notify" || does === "log" ? `leaves it to people (${does})` : `has ${does} answer`}: ${name}`, () => {
        for (const { event } of bySeverity.map((events) => events[index]!)) {
          const detected = detect(event);
          if (detected.kind === "incident") {
            const { playbook, finding } = detected.incident;
            expect(playbook).to.equal(does);
            expect(finding.type).to.equal(type);
            expect(finding.mustAsk !== undefined).to.equal(asks);
          } else if (detected.kind === "unanswered") {
            const isRoot = detected.advice?.urgent === true;
            expect(isRoot ? "notify" : detected.assigned?.does).to.equal(does);
          } else expect.fail(`it is ${detected.kind}`);
          const playbook = detected.kind === "incident" ? does : undefined;
          expect(primaryPlaybook(event)).to.equal(playbook);
          expect(isAnsweredElsewhere(event)).to.equal(playbook !== undefined);
        }
      });
    }
  });

  it("never throws, and never makes an incident of anything but a well-formed name", () => {
    const replaced = fc
      .tuple(fc.constantFrom(...fixtures), fc.nat(), fc.option(fc.jsonValue(), { nil: undefined }))
      .map(([name, choice, value]) => {
        const event = fixture(name);
        const all = paths(event);
        return spoiled(event, all[choice % all.length]!, value);
      });
    let incidents = 0;
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything(), replaced), (input) => {
        const detected = detect(input);
        if (detected.kind === "refused") expect(detected.reason).to.have.length.above(10);
        if (detected.kind !== "incident") return;
        incidents += 1;
        const { resource: target, place } = detected.incident;
        const parts = target.kind === "sequence" ? target.parts : [];
        for (const resource of [target, ...parts.map((part) => part.resource)]) {
          expect(resource.id).to.match(wellFormed[resource.kind]);
          if ("accessKey" in resource) expect(resource.accessKey).to.match(wellFormed.accessKey);
          if ("session" in resource) expect(resource.session).to.match(wellFormed.role);
        }
        for (const part of parts) expect(part.place.account).to.equal(place.account);
        // Triage leaves to the playbooks what their rules match, and to no other function what they do not.
        expect(primaryPlaybook(input)).to.equal(detected.incident.playbook);
        expect(detected.incident.place.account).to.match(/^\d{12}$/);
        expect(detected.incident.place.region).to.match(/^[a-z-]+-\d$/);
      }),
      { numRuns: 5_000 },
    );
    expect(incidents).to.be.above(100);
  });
});

const instancePath = ["detail", "resource", "instanceDetails", "instanceId"];
