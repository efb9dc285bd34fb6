import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { complianceRule } from "../../../../functions/catalogue/compliance-rules";
import { groups } from "../../../../functions/catalogue/finding-types/assignment";
import { documentOf, playedIn, summaryOf } from "../../../../local/drill/scoreboard/table";
import type { Played, Technique } from "../../../../local/drill/scoreboard/technique";
import { techniques } from "../../../../local/drill/scoreboard/techniques";

const document = readFileSync(join(__dirname, "../../../../docs/scoreboard.md"), "utf8");

/** The names of the list's pages of techniques on AWS, version 2.36.0. */
const listed = `
credential-access.ec2-get-password-data
credential-access.ec2-steal-instance-credentials
credential-access.secretsmanager-batch-retrieve-secrets
credential-access.secretsmanager-retrieve-secrets
credential-access.ssm-retrieve-securestring-parameters
defense-evasion.cloudtrail-delete
defense-evasion.cloudtrail-event-selectors
defense-evasion.cloudtrail-lifecycle-rule
defense-evasion.cloudtrail-stop
defense-evasion.dns-delete-logs
defense-evasion.organizations-leave
defense-evasion.vpc-remove-flow-logs
discovery.ec2-download-user-data
discovery.ec2-enumerate-from-instance
discovery.ses-enumerate
execution.ec2-launch-unusual-instances
execution.ec2-user-data
execution.sagemaker-update-lifecycle-config
execution.ssm-send-command
execution.ssm-start-session
exfiltration.ec2-security-group-open-port-22-ingress
exfiltration.ec2-share-ami
exfiltration.ec2-share-ebs-snapshot
exfiltration.rds-share-snapshot
exfiltration.s3-backdoor-bucket-policy
impact.bedrock-invoke-model
impact.ec2-deregister-ami
impact.s3-ransomware-batch-deletion
impact.s3-ransomware-client-side-encryption
impact.s3-ransomware-individual-deletion
initial-access.console-login-without-mfa
lateral-movement.ec2-instance-connect
lateral-movement.ec2-serial-console-send-ssh-public-key
persistence.iam-backdoor-role
persistence.iam-backdoor-user
persistence.iam-create-admin-user
persistence.iam-create-backdoor-role
persistence.iam-create-user-login-profile
persistence.lambda-backdoor-function
persistence.lambda-layer-extension
persistence.lambda-overwrite-code
persistence.rolesanywhere-create-trust-anchor
persistence.sts-federation-token
privilege-escalation.iam-update-user-login-profile
`;

describe("The techniques of the scoreboard", () => {
  it("are those of the public list, each once", () => {
    const wanted = listed.trim().split("\n");
    expect(techniques.map(({ id }) => id.replace("aws.", "")).sort()).to.deep.equal(wanted);
  });

  it("name reports that the catalogues of Cordon have, with the severity of the type", () => {
    const severities: Readonly<Record<number, string>> = { 2: "Low", 5: "Medium", 8: "High" };
    for (const { id, reports } of techniques) {
      for (const report of reports) {
        if (report.by === "config")
          expect(complianceRule(`${report.rule}-conformance-pack-x`), id).not.to.equal(undefined);
        if (report.by !== "guardduty") continue;
        const group = groups.find(({ types }) => Object.hasOwn(types, report.type));
        const page = "findings-custom-detection-rules";
        expect(group?.page === page, `${id} ${report.type}`).to.equal(report.when === "rule");
        const documented = group?.types[report.type] ?? "in no group";
        // Of several signals the guide gives the range.
        const range = documented.includes(" to ") ? ["Low", "Medium", "High"] : [documented];
        expect(range, `${id} ${report.type}`).to.include(severities[report.severity]);
      }
    }
  });

  it("say why, where nothing of them is heard, and nowhere else", () => {
    for (const { id, reports, unheard } of techniques) {
      expect(unheard === undefined, id).to.equal(reports.length > 0);
    }
  });

  it("have the document that their data and its outcomes print", () => {
    const played = playedIn(document);
    expect(played).to.have.length(techniques.length);
    expect(documentOf(techniques, played) === document, "Run npm run scoreboard").to.equal(true);
  });
});

describe("The table of the scoreboard", () => {
  const technique: Technique = {
    id: "aws.tactic.deed",
    name: "Deed",
    tactics: ["Tactic", "Other"],
    call: "s3:Deed",
    reports: [
      { by: "access-analyzer" },
      { by: "guardduty", type: "Policy:S3/Deed", when: "kind", severity: 8 },
    ],
    left: "the bucket's policy",
  };
  const byAnomaly: Played = {
    decided: ["notify", "auto"],
    parts: [
      { how: "automatic", led: "kind", what: ["the credentials"] },
      { how: "approval", led: "always", what: ["the bucket", "the role"] },
    ],
    undone: true,
  };
  const cases: readonly (readonly [string, Played, string])[] = [
    [
      "what was closed, how, and by which report",
      byAnomaly,
      "notify; auto | automatic (kind): the credentials; after approval: the bucket and the role | yes |  |",
    ],
    [
      "what is left where the credentials alone are contained",
      {
        decided: ["log"],
        parts: [{ how: "command", led: "rule", what: ["the credentials"] }],
        undone: false,
      },
      "log | by command (rule): the credentials | no | the bucket's policy |",
    ],
    [
      "that people are left to do it by hand",
      { decided: ["notify", "same incident"], parts: [] },
      "notify; same incident | by hand |  | the bucket's policy |",
    ],
  ];
  for (const [what, played, cells] of cases) {
    it(`says ${what}, and is read back`, () => {
      const text = documentOf([technique], [played]);
      expect(text).to.include(
        `\n| Deed (\`aws.tactic.deed\`) | Tactic, Other | IAM Access Analyzer; \`Policy:S3/Deed\` (anomaly, by its kind) | ${cells}\n`,
      );
      expect(playedIn(text)).to.deep.equal([played]);
    });
  }

  it("says why a technique is not heard", () => {
    const unheard: Technique = {
      ...technique,
      reports: [],
      unheard: "nobody reports it",
      left: "",
    };
    expect(documentOf([unheard], [{ decided: [], parts: [] }])).to.include(
      "| Tactic, Other | not heard: nobody reports it |  |  |  |  |\n",
    );
  });

  it("counts what is heard by its most certain report, and what is contained by the first way", () => {
    const anomaly: Technique = { ...technique, reports: technique.reports.slice(1) };
    const silent: Technique = { ...technique, reports: [] };
    const summary = summaryOf(
      [technique, anomaly, silent],
      [byAnomaly, { decided: ["log"], parts: [] }, { decided: [], parts: [] }],
    );
    expect(summary).to.equal(
      "2 of 3 heard (1 always, 0 where a rule of GuardDuty is switched on, 1 as an anomaly alone), 2 decided, 1 contained (1 automatically, 0 after an approval, 0 by one command of a person who was notified; 0 by a report that AWS always makes; of 1 what the technique abused, too), 1 undone",
    );
  });
});
