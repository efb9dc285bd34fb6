/** Counts automatic containments, and holds back those that a brake refuses: one alert an hour for all of them. */
import { fewestTargets, onlyCounts } from "../../catalogue/brake-scopes";
import { ageOf } from "../../decide/age";
import { brakesOf } from "../../decide/brakes";
import type { Circumstances } from "../../decide/circumstances";
import { canLeadToAction, isReadable } from "../../decide/decide";
import { shareText, typeBrake } from "../../decide/false-positives";
import type { Incident } from "../../model/incident";
import { plain } from "../../model/plain-text";
import { brakeNotice, falsePositivesNotice } from "../../notify/brake-notice";
import { subjectOf } from "../../notify/incident-news";
import type { Notice } from "../../notify/notice";
import type { HeldFinding, TrippedBrake } from "../../record/brakes";
import type { IncidentRecord, Proposal } from "../../record/journal";
import { alertAgain } from "./held-back";
import { known, knownUnasked, type Membership, type Seen, unread } from "./look";
import type { Responder } from "./responder";

type KnownBrakes = Circumstances["brakes"];

const longestText = 150;

/** Reads the tripped brakes, where an automatic response may come of the finding. */
export async function readBrakes(
  incident: Incident,
  responder: Responder,
  { account, units }: Membership,
): Promise<KnownBrakes> {
  const { policy, brakes } = responder;
  const read = { ageMs: ageOf(incident.finding, responder.now()), units };
  if (!canLeadToAction(incident, policy, read) || !isReadable(incident, policy, account)) {
    return unread;
  }
  return knownUnasked(incident.finding, () => brakes.tripped(), responder);
}

/**
 * Begins a containment in the journal, where brakes count it with the same write, and trips the brakes that
 * refuse it. What a responder requests is not counted.
 *
 * @returns the record; or the brakes that stop it, as they are now, or why they could not be counted
 */
export async function begin(
  responder: Responder,
  proposal: Proposal,
  { target }: Seen,
): Promise<{ readonly record: IncidentRecord } | { readonly brakes: KnownBrakes }> {
  const { id, incident } = proposal;
  const { journal, runner } = responder;
  if (incident.finding.requestedAt !== undefined) {
    return { record: await journal.begin(proposal, runner) };
  }
  if (!target.known) return { brakes: target };
  const own = [...brakesOf(incident, target.value, responder.policy), typeBrake(incident)];
  const begun = await known(() => journal.beginCounted(proposal, runner, own), responder);
  if (!begun.known) return { brakes: begun };
  if (!("refusedBy" in begun.value)) return { record: begun.value };
  const { refusedBy } = begun.value;
  const brakes = await known(async () => {
    const trippedAt = responder.now().toISOString();
    return Promise.all(
      refusedBy.map(async (brake): Promise<TrippedBrake> => {
        const tripped = { ...brake, trippedAt, incident: id };
        // What only counts refuses because it is tripped, by false positives.
        if (onlyCounts(brake.scope) || !(await responder.brakes.trip(brake, id))) return tripped;
        await alert(responder, tripped, brakeNotice(tripped, incident));
        return { ...tripped, alertedAt: trippedAt };
      }),
    );
  }, responder);
  return { brakes };
}

/**
 * Lists a plan among those that its brakes hold back, and sends the alerts that are due: one whose first
 * sender died, and once an hour one that tells what was held back since.
 *
 * @param tripped the tripped brakes as they were read, or as this run found them
 * @param isAnnounced whether alerts stand in for a notice of this plan
 */
export async function holdBack(
  responder: Responder,
  proposal: Proposal,
  { target }: Seen,
  tripped: KnownBrakes,
  isAnnounced: boolean,
): Promise<void> {
  if (!target.known || !tripped.known) return;
  const { brakes } = responder;
  const { incident } = proposal;
  const own = brakesOf(incident, target.value, responder.policy).map(({ scope }) => scope);
  for (const brake of tripped.value.filter(({ scope }) => own.includes(scope))) {
    await brakes.hold(brake.scope, heldFinding(responder, proposal));
    if (brake.alertedAt === undefined) {
      if (await brakes.claimAlert(brake.scope)) {
        await alert(responder, brake, brakeNotice(brake, incident));
      }
      continue;
    }
    if (isAnnounced) await alertAgain(responder, brake);
  }
}

/** What an alert says of a finding. Strangers choose names: none may fill the brake's item. */
function heldFinding(responder: Responder, { id, incident, accountName }: Proposal): HeldFinding {
  const { finding, place } = incident;
  return {
    at: responder.now().toISOString(),
    incident: id,
    severity: finding.severity,
    type: plain(finding.type, longestText),
    resource: plain(subjectOf(incident, accountName).resource, longestText),
    account: place.account,
    region: place.region,
  };
}

/**
 * Has a finding type of too many false positives held back until responders reset its brake: trips it,
 * alerts once, and lists the plan among those that wait.
 *
 * @param tripped the tripped brakes as they were read
 */
export async function holdType(
  responder: Responder,
  proposal: Proposal,
  { falsePositives }: Seen,
  tripped: KnownBrakes,
): Promise<void> {
  if (!tripped.known || !falsePositives.known) return;
  const { id, incident } = proposal;
  const brake = typeBrake(incident);
  const before = tripped.value.find(({ scope }) => scope === brake.scope);
  const trippedAt = responder.now().toISOString();
  const now = before ?? { ...brake, trippedAt, incident: id };
  const isOurs =
    before === undefined
      ? await responder.brakes.trip(brake, id)
      : before.alertedAt === undefined && (await responder.brakes.claimAlert(brake.scope));
  if (isOurs) {
    const figures = { share: shareText(falsePositives.value), fewest: fewestTargets };
    await alert(responder, now, falsePositivesNotice(now, incident, figures));
  }
  await responder.brakes.hold(brake.scope, heldFinding(responder, proposal));
}

/** Alerts first, then remembers it: a run that dies between the two has the alert sent twice. */
async function alert(responder: Responder, { scope }: TrippedBrake, notice: Notice): Promise<void> {
  await responder.publish(notice);
  await responder.brakes.alerted(scope);
}
