/** A resource that its settings contain: asked first, contained, kept so, and given back as it was. */
import { expect } from "chai";
import type { Stance } from "../../../../functions/decide/stage-policy";
import { detect } from "../../../../functions/detect/detect";
import type { Incident } from "../../../../functions/model/incident";
import type { SettingState } from "../../../../functions/model/member-account";
import * as builders from "../../../support/builders";
import { fixture } from "../../../support/cases";
import { type Json, spoiled } from "../../../support/events";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

const allow = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" },
  ],
};
const open = { BlockPublicAcls: true, BlockPublicPolicy: false, IgnorePublicAcls: false };
const blocked = {
  BlockPublicAcls: true,
  BlockPublicPolicy: true,
  IgnorePublicAcls: true,
  RestrictPublicBuckets: true,
};
const denied = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "CordonContained",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"],
      Condition: {
        ArnNotLike: {
          "aws:PrincipalArn": [
            "arn:aws:iam::222233334444:role/cordon-contain-resource",
            "arn:aws:iam::222233334444:role/cordon-release-resource",
            "arn:aws:iam::222233334444:root",
            "arn:aws:iam::222233334444:role/rescue/*",
            "arn:aws:iam::222233334444:user/emergency",
          ],
        },
      },
    },
  ],
};
const breakGlass = { roles: ["rescue/*"], users: ["emergency"] };

type Change = readonly [path: readonly string[], value: unknown];

function incident(...changes: readonly Change[]): Incident {
  const event = changes.reduce<Json>(
    (each, [path, value]) => spoiled(each, ["detail", ...path], value),
    fixture("guardduty-bucket-read"),
  );
  const detected = detect(event, "123456789012");
  if (detected.kind !== "incident") throw new Error(JSON.stringify(detected));
  return detected.incident;
}

const stage = (stance: Stance) => ({
  breakGlass,
  stage: builders.stagePolicy({ playbooks: { "contain-resource": stance } }),
});
const policy = stage({ response: "automatic", types: ["Exfiltration:S3/*"] });

interface Bucket {
  readonly policy?: Partial<SettingState>;
  readonly block?: Partial<SettingState>;
}

function world({ policy: own, block }: Bucket = {}): SimulatedWorld {
  return new SimulatedWorld({
    ...builders.standardAccount(),
    settings: {
      "bucket-policy reports": { value: allow, tags: {}, ...own },
      "bucket-public-access reports": { value: open, tags: { team: "data" }, ...block },
    },
  });
}

const valuesIn = ({ state }: SimulatedWorld) => [
  state.settings?.["bucket-policy reports"]?.value,
  state.settings?.["bucket-public-access reports"]?.value,
];
const writes = (here: SimulatedWorld) =>
  here.changes.filter(({ method }) => method === "settings.write").map(({ args }) => args[0]);
const put = ({ state }: SimulatedWorld, setting: string, value: SettingState["value"]) => {
  state.settings = { ...state.settings, [`${setting} reports`]: { value, tags: {} } };
};
const id = () => `${incident().key}-1`;

describe("the playbook that contains a resource [R14]", () => {
  it("asks first, although the policy has the playbook act by itself, unless it names the type", async () => {
    const here = world();
    const ending = answered(
      await here.answer(incident(), { policy: stage({ response: "automatic" }) }),
    );
    expect(ending.outcome).to.equal("awaiting-approval");
    expect(writes(here)).to.deep.equal([]);
    expect(here.notices[0]?.text).to.include(
      "Policy: ask first for contain-resource: it is automatic for listed types alone, since production may depend on what it stops",
    );
    expect(here.notices[0]?.text).to.include(
      "deny everybody but Cordon, break-glass and root everything on bucket reports, in place of its policy",
    );
  });

  it("changes nothing in a dry run, and says what it would change", async () => {
    const here = world();
    const ending = answered(
      await here.answer(incident(), { policy: { ...policy, mode: "dry-run" } }),
    );
    expect(ending.outcome).to.equal("dry-run");
    expect(writes(here)).to.deep.equal([]);
    expect(here.notices[0]?.text).to.include("block public access to bucket reports");
  });

  it("denies everybody but Cordon and break-glass, and gives exactly the former settings back", async () => {
    const here = world();
    const ending = answered(await here.answer(incident(), { policy }));
    expect(ending.outcome).to.equal("contained");
    expect(valuesIn(here)).to.deep.equal([denied, blocked]);
    expect(writes(here)).to.deep.equal(["bucket-policy", "bucket-public-access"]);
    const [notice] = here.notices;
    expect(notice?.subject).to.equal(
      "[Cordon] Contained: bucket reports (Exfiltration:S3/AnomalousBehavior)",
    );
    expect(notice?.text).to.include(
      `Contain who did it, role analyst: npx cordon contain session/analyst/ana --account=222233334444 --region=eu-central-1 --reason "WHY"`,
    );

    const released = answered(await here.release(id(), { policy }));
    expect(released.outcome).to.equal("released");
    expect(valuesIn(here)).to.deep.equal([allow, open]);
    // Where S3 blocks public policies it takes none that lets the public in.
    expect(writes(here).slice(2)).to.deep.equal(["bucket-public-access", "bucket-policy"]);
  });

  it("opens sessions that may touch this bucket alone, in its own account", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    const statements = here.sessions
      .filter(({ family }) => family !== "investigate")
      .flatMap((session) => session.statements);
    expect(new Set(statements.flatMap(({ resources }) => resources))).to.deep.equal(
      new Set(["arn:aws:s3:::reports"]),
    );
    for (const { conditions } of statements) {
      expect(conditions).to.deep.equal({ StringEquals: { "s3:ResourceAccount": "222233334444" } });
    }
  });

  it("keeps it contained: what was changed back is applied again, under an urgent notice", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    put(here, "bucket-policy", allow);
    const watched = answered(await here.watch(incident().key, { policy }));
    expect(watched.outcome).to.equal("contained");
    expect(valuesIn(here)).to.deep.equal([denied, blocked]);
    expect(here.notices.at(-1)?.subject).to.match(/^\[Cordon\] URGENT Contained again: bucket/);
    const again = answered(await here.watch(incident().key, { policy }));
    expect(again.outcome).to.equal("logged");
    // The former values are those from before the incident, and not what was found since.
    await here.release(id(), { policy });
    expect(valuesIn(here)).to.deep.equal([allow, open]);
  });

  it("takes a policy for its own that S3 gives back in another form", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    const [statement] = denied.Statement;
    put(here, "bucket-policy", {
      Statement: { ...statement!, Resource: [...statement!.Resource].reverse() },
      Version: "2012-10-17",
    });
    expect(answered(await here.watch(incident().key, { policy })).outcome).to.equal("logged");
    expect(answered(await here.release(id(), { policy })).outcome).to.equal("released");
    expect(valuesIn(here)).to.deep.equal([allow, open]);
  });

  it("leaves to people what somebody changed since, and gives the rest back", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    put(here, "bucket-policy", null);
    const released = answered(await here.release(id(), { policy }));
    if (released.outcome !== "released-in-part") throw new Error(released.outcome);
    expect(released.drifted.map(({ what }) => what)).to.deep.equal([
      "give bucket reports its former policy",
    ]);
    expect(valuesIn(here)).to.deep.equal([null, open]);
  });

  it("watches over what was closed before, too, and does not open it", async () => {
    const here = world({ block: { value: blocked } });
    await here.answer(incident(), { policy });
    put(here, "bucket-public-access", open);
    await here.watch(incident().key, { policy });
    expect(valuesIn(here)).to.deep.equal([denied, blocked]);
    await here.release(id(), { policy });
    expect(valuesIn(here)).to.deep.equal([allow, blocked]);
  });

  it("asks even for a type that the policy names, where services of AWS use it", async () => {
    const here = world({ policy: { asks: "The policy lets cloudtrail.amazonaws.com use it" } });
    const ending = answered(await here.answer(incident(), { policy }));
    expect(ending.outcome).to.equal("awaiting-approval");
    expect(here.notices[0]?.text).to.include("lets cloudtrail.amazonaws.com use it");
    expect(writes(here)).to.deep.equal([]);
  });

  it("asks where the finding names no credentials: whoever can reach it could have it closed", async () => {
    const here = world();
    const anonymous = incident([["resource", "accessKeyDetails", "userType"], "AWSAccount"]);
    const ending = answered(await here.answer(anonymous, { policy }));
    expect(ending.outcome).to.equal("awaiting-approval");
    expect(here.notices[0]?.text).to.include("whoever can reach it may have done it");
  });

  const held: Readonly<Record<string, readonly [Bucket, object, string, string]>> = {
    "it is protected": [
      {},
      { protectedResources: ["arn:aws:s3:::reports"] },
      "notified",
      "The resource is listed in cordon:protectedResources",
    ],
    "it is critical by the deployment": [
      {},
      { criticalResources: ["arn:aws:s3:::rep*"] },
      "awaiting-approval",
      "The resource is listed in cordon:criticalResources",
    ],
    "it is critical by its tag": [
      { block: { tags: { Criticality: "critical" } } },
      {},
      "awaiting-approval",
      "The resource has the tag Criticality=critical",
    ],
    "its owner opted out": [
      { block: { tags: { AutoRemediation: "disabled" } } },
      {},
      "awaiting-approval",
      "The resource has the tag AutoRemediation=disabled",
    ],
    "Cordon leaves it": [
      { policy: { left: "It is Cordon's own" } },
      {},
      "notified",
      "It is Cordon's own",
    ],
  };
  for (const [what, [bucket, changes, outcome, reason]] of Object.entries(held)) {
    it(`changes nothing where ${what}`, async () => {
      const here = world(bucket);
      const ending = answered(await here.answer(incident(), { policy: { ...policy, ...changes } }));
      expect(ending.outcome).to.equal(outcome);
      expect(here.notices[0]?.text).to.include(reason);
      expect(writes(here)).to.deep.equal([]);
    });
  }

  it("notifies below the policy's tiers, with who did it and what contains it", async () => {
    const here = world();
    const ending = answered(await here.answer(incident([["severity"], 5]), { policy }));
    expect(ending.outcome).to.equal("notified");
    const text = here.notices[0]?.text;
    expect(text).to.include("npx cordon contain session/analyst/ana");
    expect(text).to.include("npx cordon contain bucket/reports --account=222233334444");
    expect(writes(here)).to.deep.equal([]);
  });

  it("changes nothing where it is gone", async () => {
    const here = new SimulatedWorld(builders.standardAccount());
    const ending = answered(await here.answer(incident(), { policy }));
    expect([ending.outcome, ending.reason]).to.deep.equal([
      "target-missing",
      "The bucket reports does not exist",
    ]);
  });

  it("counts with the brakes of its playbook, account and organization", async () => {
    const here = world();
    await here.answer(incident(), { policy });
    expect(Object.keys(here.brakes.counts).map((each) => each.split(" ")[0])).to.deep.equal([
      "playbook/contain-resource/222233334444",
      "organization",
      "type/Exfiltration:S3/AnomalousBehavior",
    ]);
    expect(here.followUps).to.deep.equal([]);
  });
});
