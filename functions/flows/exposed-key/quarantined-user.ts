/** Finds the keys of a user whom AWS has quarantined: AWS does not say which of them is in public. */

import { homeRegion } from "../../catalogue/names";
import { containCommand } from "../../detect/contain-command";
import type { ExposureDetected } from "../../detect/exposed-key";
import { command, lookUpEvents } from "../../model/command";
import type { AccessKey } from "../../model/member-account";
import type { Place } from "../../model/resource";

type Kind<K extends ExposureDetected["kind"]> = Extract<ExposureDetected, { readonly kind: K }>;

/**
 * Makes an exposure of every key of the user, the active ones first, as each may be the public one; an
 * inactive key can be activated again. Without a key there is nothing whose activity could be looked up,
 * and a person decides.
 */
export async function exposureOf(
  { place, userName, finding, eventOf }: Kind<"quarantined">,
  keysOf: (place: Place, userName: string) => Promise<readonly AccessKey[] | undefined>,
): Promise<Kind<"exposure" | "unanswered">> {
  const keys = await keysOf(place, userName);
  const [first, ...others] = [...(keys ?? [])]
    .sort((a, b) => Number(b.active) - Number(a.active))
    .map(({ id }) => id);
  if (first !== undefined) {
    return {
      kind: "exposure",
      place,
      accessKey: first,
      userName,
      finding,
      others: others.map((accessKey) => ({ accessKey, event: eventOf(accessKey) })),
    };
  }
  const why =
    keys === undefined
      ? `AWS quarantined user ${userName}, whom Cordon does not find: the user was renamed or deleted, or the account has no Cordon role`
      : `AWS quarantined user ${userName}, who has no access key any more: sessions made with it go on`;
  return {
    kind: "unanswered",
    finding,
    place,
    resource: `user ${userName}`,
    advice: { why, manualSteps: stepsFor(userName, place.account), urgent: true },
  };
}

function stepsFor(userName: string, account: string): readonly string[] {
  return [
    `See what keys there are: ${command`aws iam list-access-keys --user-name=${userName}`}`,
    `Contain the user: ${containCommand(`user/${userName}`, { account })}`,
    `Find who renamed or deleted it, if it is gone: ${lookUpEvents("ResourceName", userName, homeRegion)}`,
    "Answer AWS's support case, which names the key.",
  ];
}
