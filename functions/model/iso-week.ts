/** Names weeks as ISO 8601 does. */

const dayMs = 86_400_000;

/** Names the ISO week of a moment in UTC: the first week of a year holds its first Thursday. */
export function isoWeek(moment: Date): string {
  // Monday is 0.
  const weekday = (moment.getUTCDay() + 6) % 7;
  const midnight = Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate());
  const thursday = new Date(midnight + (3 - weekday) * dayMs);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}
