/** Writes commands for a POSIX shell, which responders paste: strangers chose the names in them. */
import { quoted } from "./plain-text";

/**
 * Writes a command. Every value is quoted, and stays a part of the word it stands in: write
 * `--option=${value}`, so that no value is read as an option, and no quotes around a value.
 */
export function command(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map(quoted));
}

/** Writes the look-up of an attribute's value in CloudTrail's event history, which each region has of its own. */
export function lookUpEvents(
  attribute: "AccessKeyId" | "EventName" | "ResourceName" | "Username",
  value: string,
  region: string,
): string {
  // The short form takes commas and equals signs apart, and IAM allows both in names.
  const attributes = /^[\w.@:/+-]+$/.test(value)
    ? `AttributeKey=${attribute},AttributeValue=${value}`
    : JSON.stringify([{ AttributeKey: attribute, AttributeValue: value }]);
  return command`aws cloudtrail lookup-events --lookup-attributes ${attributes} --region=${region}`;
}
