/**
 * Links to the approval page. A link is what it says: of which kind it is, about which plan, until when,
 * and for whom; and a code over all of it, which only KMS computes. Whoever changes a byte has no link.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

interface About {
  /** The incident's name. */
  readonly incident: string;
  /** `digestOf` the plan (functions/record/seal.ts). */
  readonly digest: string;
  /** Seconds since 1970 from which it is none. */
  readonly expires: number;
}

/** Shows what is asked; notices have it, so that whoever reads them has it, too. */
interface ViewLink extends About {
  readonly kind: "view";
}

/** Answers, too, as the person to whom Cordon gave it. */
export interface PersonalLink extends About {
  readonly kind: "answer";
  /** Who proved to be this principal, as STS named them. */
  readonly by: string;
}

export type PageLink = ViewLink | PersonalLink;

/** For how long a person's link answers. */
export const personalLinkSeconds = 15 * 60;

/** A link that is complete; whether its code is KMS's own is not known yet. */
export interface ReadLink {
  readonly link: PageLink;
  /** What the code is computed over. */
  readonly message: string;
  readonly code: Buffer;
}

const form =
  /^1\.(?:view|answer)\.[\w-]{43}\.(?:[\w-]{2,900}\.)?[0-9a-f]{16}-[1-9]\d{0,8}\.[0-9a-f]{64}\.[1-9]\d{9}$/;

/** Writes what the code of a link is computed over. The first line keeps the code from being one of anything else. */
export function linkMessage(link: PageLink): string {
  return `Cordon: link to an approval\n${textOf(link)}`;
}

/** Writes a link. It ends with a digit, since mail programs leave out some characters at an end. */
export function writeLink(link: PageLink, code: Uint8Array): string {
  const [version, kind, ...rest] = textOf(link).split(".");
  return [version, kind, Buffer.from(code).toString("base64url"), ...rest].join(".");
}

/** Reads a link; undefined for whatever Cordon does not write. */
export function readLink(token: string): ReadLink | undefined {
  if (!form.test(token)) return undefined;
  const [, kind, code = "", ...rest] = token.split(".");
  const [expires = "", digest = "", incident = "", by] = rest.reverse();
  const about = { incident, digest, expires: Number(expires) };
  const link: PageLink =
    kind === "answer"
      ? { kind, ...about, by: Buffer.from(by ?? "", "base64url").toString() }
      : { kind: "view", ...about };
  const read = { link, message: linkMessage(link), code: Buffer.from(code, "base64url") };
  // Base64 has spare bits, and a view has nobody: only the one way to write a link is one.
  return writeLink(link, read.code) === token ? read : undefined;
}

export function hasExpired({ expires }: PageLink, now: Date): boolean {
  return expires * 1_000 <= now.getTime();
}

/** Compares codes without telling by its time where they differ. */
export function isSameCode(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Writes what a form must bring back with its link. It shows that the form was fetched: a request that
 * somebody wrote from the link alone lacks it.
 */
export function formCode(token: string): string {
  return createHmac("sha256", token).update("Cordon: form of an approval").digest("base64url");
}

export function isFormCode(given: string, token: string): boolean {
  return isSameCode(Buffer.from(given), Buffer.from(formCode(token)));
}

function textOf(link: PageLink): string {
  const { kind, incident, digest, expires } = link;
  const by = kind === "answer" ? [Buffer.from(link.by).toString("base64url")] : [];
  return ["1", kind, ...by, incident, digest, String(expires)].join(".");
}

/** Writes the address of the page with a link. */
export function pageAddress(url: string, token: string): string {
  return `${url}?link=${token}`;
}
