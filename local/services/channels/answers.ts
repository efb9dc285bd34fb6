/** Writes the answers of the stand-ins of channels. */
import type * as z from "zod";
import type { InternetAnswer, Said } from "../internet";

/** @param said what people read of the request; nothing by default */
export function json(status: number, value: object, said: Said | null = null): InternetAnswer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
    said,
  };
}

/** Reads a body; a text where it has not the form. */
export function read<T>(form: z.ZodType<T>, body: string): { value: T } | { wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return { wrong: String(error) };
  }
  const parsed = form.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join("/")}: ${message}`);
  return { wrong: issues.join("; ") };
}

/** Checks the type of a body that is JSON in UTF-8. */
export function isJson(type: string | undefined): boolean {
  return /^application\/json(; charset=utf-8)?$/.test(type ?? "");
}
