/** Names that code, components and the command share. Constants only. */

/** Where Cordon's hub, functions and journal are deployed. */
export const homeRegion = "us-east-1";
/** The journal's table. */
export const journalName = "cordon-journal";
/** The journal's index of open incidents, by playbook, and of plans that wait for a person. */
export const openIndex = "open";
/** The journal's index of incidents whose findings do not say yet what became of them; its one key, too. */
export const outdatedIndex = "outdated";
/** What the index of open incidents has in place of the playbook where a plan waits. No playbook is named so. */
export const waiting = "waiting";
