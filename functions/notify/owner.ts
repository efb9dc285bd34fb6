/** Names whose a resource is, by its tags: whoever may tag it in the account writes them. */
import { foldCase, ownerTags } from "../catalogue/tags";
import { plain } from "../model/plain-text";

/** Title of the section. What it holds changes without news, and in the account's hands. */
export const ownerTitle = "Whose it is, by the tags that the account gives it";

const mostLines = 8;
const valueLimit = 120;

/** Lists the tags that say whose a resource is, one line each: "Owner: ana@example.com". */
export function ownerLines(tags: Readonly<Record<string, string>> = {}): readonly string[] {
  return ownerTags
    .flatMap((wanted) =>
      Object.entries(tags)
        .filter(([key, value]) => foldCase(key) === wanted && value.trim() !== "")
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    )
    .slice(0, mostLines)
    .map(([key, value]) => `${key}: ${plain(value, valueLimit)}`);
}
