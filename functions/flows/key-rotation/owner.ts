/** Reads the e-mail address of a user's owner from a tag of the user. */

import type { MailAccess } from "../../catalogue/notification-targets";
import { NoRecipient } from "./notify";

/** One plain address: no display name, no quotes, no list. */
const plainAddress = /^([A-Za-z0-9][\w.+-]{0,63})@([a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i;

/**
 * Reads the tag's value as an address. Any principal that may tag users can write it, perhaps the
 * user: mail goes only to the organization's own domains.
 *
 * @throws NoRecipient when it is no address in one of the domains
 */
export function ownerAddress(value: string | undefined, { tag, domains }: MailAccess): string {
  if (value === undefined) throw new NoRecipient(`the user has no tag ${tag}`);
  const [, name, host = ""] = plainAddress.exec(value.trim()) ?? [];
  if (name === undefined) throw new NoRecipient(`the tag ${tag} holds no plain address`);
  const domain = host.toLowerCase();
  if (!domains.includes(domain)) {
    throw new NoRecipient(`the address in the tag ${tag} is in none of ${domains.join(", ")}`);
  }
  return `${name}@${domain}`;
}
