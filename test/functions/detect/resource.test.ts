import { expect } from "chai";
import { detect } from "../../../functions/detect/detect";
import { readTarget, requestedIncident } from "../../../functions/detect/request";
import { fixture } from "../../support/cases";
import { type Json, spoiled } from "../../support/events";
import { findingEvent, kinds } from "../../support/finding-events";

const security = "123456789012";
const place = { account: "222233334444", region: "eu-central-1" };

function bucket(...changes: readonly (readonly [path: readonly string[], value: unknown])[]): Json {
  return changes.reduce<Json>(
    (event, [path, value]) => spoiled(event, ["detail", ...path], value),
    fixture("guardduty-bucket-read"),
  );
}

const incidentIn = (event: Json) => {
  const detected = detect(event, security);
  if (detected.kind !== "incident") throw new Error(JSON.stringify(detected));
  return detected.incident;
};
const adviceIn = (event: Json) => {
  const detected = detect(event, security);
  if (detected.kind !== "unanswered") throw new Error(detected.kind);
  return detected;
};

describe("a finding about a resource that its settings contain [D1] [R14]", () => {
  it("is an incident about the bucket, and says how to contain who did it", () => {
    const { playbook, resource, finding, ...incident } = incidentIn(bucket());
    expect([playbook, incident.place, resource]).to.deep.equal([
      "contain-resource",
      place,
      {
        kind: "resource",
        type: "bucket",
        id: "reports",
        arn: "arn:aws:s3:::reports",
        name: "bucket reports",
      },
    ]);
    expect(finding.begunBy?.who).to.equal("resource");
    expect(finding.actorSteps).to.deep.equal([
      `Contain who did it, role analyst: npx cordon contain session/analyst/ana --account=222233334444 --region=eu-central-1 --reason "WHY"`,
    ]);
  });

  it("is about the bucket, too, where GuardDuty names the access key as the resource", () => {
    const named = incidentIn(bucket([["resource", "resourceType"], "AccessKey"]));
    expect(named).to.deep.include({ playbook: "contain-resource", key: incidentIn(bucket()).key });
  });

  it("says what is done about root, which nothing contains", () => {
    const { finding } = incidentIn(bucket([["resource", "accessKeyDetails", "userType"], "Root"]));
    expect(finding.actorSteps?.[0]).to.match(/^Contain who did it\. The account's root user acted/);
    expect(finding.actorSteps?.[1]).to.match(/^Sign in as root now/);
  });

  it("leaves open who began it where it names no credentials of AWS", () => {
    const { finding } = incidentIn(
      bucket([["resource", "accessKeyDetails"], { userType: "AWSAccount" }]),
    );
    expect(finding.begunBy?.who).to.equal("unclear");
  });

  const found: Readonly<Record<string, readonly [type: string, id: string, arn: string]>> = {
    Lambda: [
      "Backdoor:Lambda/C&CActivity.B",
      "function thumbs",
      "arn:aws:lambda:eu-central-1:222233334444:function:thumbs",
    ],
    ECSCluster: [
      "Execution:ECS/MaliciousFile",
      "ECS service batch/nightly",
      "arn:aws:ecs:eu-central-1:222233334444:service/batch/nightly",
    ],
    EBSSnapshot: [
      "Execution:EC2/MaliciousFile!Snapshot",
      "snapshot snap-0a1b2c3d4e5f60718",
      "arn:aws:ec2:eu-central-1::snapshot/snap-0a1b2c3d4e5f60718",
    ],
    EC2Image: [
      "Execution:EC2/MaliciousFile!AMI",
      "image ami-0a1b2c3d4e5f60718",
      "arn:aws:ec2:eu-central-1::image/ami-0a1b2c3d4e5f60718",
    ],
  };
  for (const [about, [type, name, arn]] of Object.entries(found)) {
    it(`names the ${about} that it is about`, () => {
      const { resource } = incidentIn(findingEvent(type, about, 8));
      expect(resource).to.include({ kind: "resource", name, arn });
    });
  }

  it("says how to end the sessions of a function's role", () => {
    const role = "arn:aws:iam::222233334444:role/service-role/thumbs-role";
    const details = { lambdaDetails: { functionName: "thumbs", role } };
    const { finding } = incidentIn(findingEvent("Trojan:Lambda/DropPoint", "Lambda", 5, details));
    expect(finding.actorSteps?.[0]).to.include("npx cordon contain session/thumbs-role/thumbs ");
  });

  const [ecs] = kinds.ECSCluster ?? [];
  const task = spoiled(ecs as Json, ["ecsClusterDetails", "taskDetails", "group"], "family:batch");
  const advised: Readonly<Record<string, readonly [event: Json, why: string, step?: string]>> = {
    "no bucket": [
      bucket([["resource", "s3BucketDetails"], []]),
      "The finding names no bucket that Cordon contains",
    ],
    "two buckets": [
      bucket([
        ["resource", "s3BucketDetails"],
        [{ name: "reports" }, { name: "ledger" }],
      ]),
      "The finding names 2 resources, and Cordon answers for one",
      'npx cordon contain bucket/ledger --account=222233334444 --region=eu-central-1 --reason "WHY"',
    ],
    "a name that no bucket has": [
      bucket([["resource", "s3BucketDetails"], [{ name: "reports; rm -rf" }]]),
      "The finding gives the bucket a name that no bucket has",
    ],
    "a task that no service runs": [
      findingEvent("Execution:ECS/MaliciousFile", "ECSCluster", 8, task),
      "No service runs the task, and a task that is stopped cannot be started again as it was",
      "Once nobody needs what it has in memory and on its disk, stop it: aws ecs stop-task --cluster=batch --task=arn:aws:ecs:us-east-1:222233334444:task/batch/0a1b --region=eu-central-1",
    ],
    "an image of another form": [
      findingEvent("Execution:EC2/MaliciousFile!AMI", "EC2Image", 8, {
        ec2ImageDetails: { imageArn: "arn:aws:ec2:eu-central-1::image/other" },
      }),
      "The finding names no image that Cordon contains",
    ],
  };
  for (const [what, [event, why, step]] of Object.entries(advised)) {
    it(`is notified, and nothing changed, where it names ${what}`, () => {
      const { advice } = adviceIn(event);
      expect(advice?.why).to.equal(why);
      if (step !== undefined) expect(advice?.manualSteps).to.include(step);
    });
  }
});

describe("a resource that a responder names [D2] [R14]", () => {
  const sent = (resource: object, type = "TTPs/Exfiltration:S3-AnomalousBehavior") =>
    [
      [["detail", "findings", "0", "Resources"], resource],
      [["detail", "findings", "0", "Types"], [type]],
    ].reduce<Json>(
      (event, [path, value]) => spoiled(event, path as string[], value),
      fixture("security-hub-instance"),
    );
  const region = { Partition: "aws", Region: "eu-central-1" };
  const key = {
    Type: "AwsIamAccessKey",
    Id: "AWS::IAM::AccessKey:AKIAEXAMPLEKEY000001",
    Details: { AwsIamAccessKey: { PrincipalType: "IAMUser", PrincipalName: "deploy" } },
    ...region,
  };
  const reports = { Type: "AwsS3Bucket", Id: "arn:aws:s3:::reports", ...region };

  it("is the same incident as GuardDuty's, also beside the key, where the finding is about buckets", () => {
    const own = incidentIn(sent([key, reports]));
    expect(own.key).to.equal(incidentIn(bucket()).key);
    expect(incidentIn(sent([key, reports], "TTPs/PenTest:IAMUser/KaliLinux")).playbook).to.equal(
      "contain-access-key",
    );
  });

  it("must be of the finding's account and region", () => {
    const arn = "arn:aws:lambda:eu-central-1:222233334444:function:thumbs";
    const named = (Id: string) => sent([{ Type: "AwsLambdaFunction", Id, ...region }]);
    expect(incidentIn(named(arn)).resource).to.include({ type: "function", id: "thumbs" });
    for (const other of [
      arn.replace("222233334444", "333344445555"),
      arn.replace("eu-central-1", "us-east-1"),
      `${arn}:1`,
      "thumbs",
    ]) {
      expect(adviceIn(named(other)).advice?.why, other).to.equal(
        "The finding does not identify a function of account 222233334444 by its ARN",
      );
    }
  });

  const named: Readonly<Record<string, string>> = {
    "bucket/reports": "arn:aws:s3:::reports",
    "function/thumbs": "arn:aws:lambda:eu-central-1:222233334444:function:thumbs",
    "service/batch/nightly": "arn:aws:ecs:eu-central-1:222233334444:service/batch/nightly",
    "secret/shop/token-AbCdEf":
      "arn:aws:secretsmanager:eu-central-1:222233334444:secret:shop/token-AbCdEf",
    "snapshot/snap-0a1b2c3d4e5f60718": "arn:aws:ec2:eu-central-1::snapshot/snap-0a1b2c3d4e5f60718",
    "image/ami-0a1b2c3d4e5f60718": "arn:aws:ec2:eu-central-1::image/ami-0a1b2c3d4e5f60718",
  };
  for (const [text, arn] of Object.entries(named)) {
    it(`is ${text} by command`, () => {
      const target = readTarget(text);
      if ("problem" in target) throw new Error(target.problem);
      const at = new Date("2026-11-20T10:00:00Z");
      const incident = requestedIncident(target, place, { by: "ana", reason: "a drill", at });
      expect(incident.resource).to.include({ arn });
      expect(incident.finding.link).to.include(encodeURIComponent(arn));
      if (text === "bucket/reports") expect(incident.key).to.equal(incidentIn(bucket()).key);
    });
  }

  for (const text of [
    "bucket/Reports",
    "bucket/",
    "function/a b",
    "secret/token",
    "service/batch",
  ]) {
    it(`is not "${text}"`, () => {
      expect(readTarget(text)).to.have.property("problem");
    });
  }
});
