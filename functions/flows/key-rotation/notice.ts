/** Writes the notices about access keys that are due for rotation, and about missing reports. */
import { keyRotationRule } from "../../catalogue/compliance-rules";
import { memberRoleName } from "../../catalogue/member-role-name";
import { homeRegion } from "../../catalogue/names";
import { command } from "../../model/command";
import { fact, type Part, section } from "../../notify/message";
import { type Notice, notice } from "../../notify/notice";
import { urgencyOf } from "../../notify/urgency";
import type { FailedReport, Report } from "./report";

/** Writes one, for channels that choose by account or subject: it is about no finding. */
function rotation(account: string, heading: string, parts: readonly Part[]): Notice {
  const origin = { account, region: homeRegion, severity: 0, type: "Key rotation", links: [] };
  const written = notice(urgencyOf("key-rotation"), heading, parts, origin);
  return { ...written, about: "key-rotation" };
}

export function keyRotationNotice({ account, userName }: Report, accountName: string): Notice {
  return rotation(account, `Rotate the access key of ${userName} in ${account}`, [
    fact("Account", `${accountName} (${account})`),
    fact("User", userName),
    section("What AWS Config found", [
      "An active access key of this user is older than the organization's maximum age.",
      "Cordon changed nothing: the key still works.",
    ]),
    section("Do this", [
      "Create a second access key, update the applications to use it, and deactivate the old key.",
      "Delete the old key once no application needs it. If the user has no owner, deactivate its keys.",
    ]),
    "Cordon repeats this notice weekly until the key is rotated.",
  ]);
}

export function failedReportNotice(failed: FailedReport, accountName: string): Notice {
  const { account, region, execution, status } = failed;
  return rotation(account, `Key rotation reports of ${account} are failing`, [
    fact("Account", `${accountName} (${account}), ${region}`),
    fact("Automation", `${execution}, ${status}`),
    section("What failed", [
      `The automation ${keyRotationRule}, which reports users whose access keys are due for rotation.`,
      "After repeated failures AWS Config adds a remediation exception for the user, and reports the user again only once the exception is deleted.",
    ]),
    section("Do this, with credentials of the account", [
      `Read the failure message: ${command`aws ssm get-automation-execution --automation-execution-id=${execution} --region ${region}`}`,
      `Once the cause is fixed, list the exceptions: ${command`aws configservice describe-remediation-exceptions --config-rule-name ${keyRotationRule} --region ${region}`}`,
      `Delete the unintended ones: ${command`aws configservice delete-remediation-exceptions --config-rule-name ${keyRotationRule} --region ${region} --resource-keys ResourceType=AWS::IAM::User,ResourceId=AIDA...`}`,
    ]),
    "Cordon repeats this notice weekly for the account while automations fail.",
  ]);
}

/** An account, with the name it has in the organization. */
interface Account {
  readonly id: string;
  readonly name: string;
}

export function unreadableAccountNotice({ id, name }: Account): Notice {
  return rotation(id, `Key rotation in ${id} cannot be verified`, [
    fact("Account", `${name} (${id})`),
    section("What happened", [
      "An automation reported a user of this account. Cordon may not read the user's access keys, so it sends no notices about single users.",
      "The report may be false: an administrator of any account that may publish reports can name any user.",
    ]),
    section("Do this", [
      `Check whether the role ${memberRoleName("identity", "investigate")} exists in the account, and which policy denies it iam:ListAccessKeys.`,
      listUsers,
    ]),
    "Cordon repeats this notice weekly for the account until it can read the keys.",
  ]);
}

export function weeklyLimitNotice({ id, name }: Account, limit: number): Notice {
  return rotation(id, `More than ${limit} users of ${id} must rotate their access keys`, [
    fact("Account", `${name} (${id})`),
    section("What happened", [
      `Cordon sent notices about ${limit} users this week, which is the limit. It sends none about other users of the account before next week.`,
    ]),
    section("Do this", [listUsers]),
    "Cordon repeats this notice weekly for the account while the limit is exceeded.",
  ]);
}

const listUsers = `List all of them, with credentials of the account: ${command`aws configservice get-compliance-details-by-config-rule --config-rule-name ${keyRotationRule} --compliance-types NON_COMPLIANT --region ${homeRegion}`}`;
