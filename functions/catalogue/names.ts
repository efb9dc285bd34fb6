/** Names that code, components and the command share. Constants only. */

/** Where Cordon's hub, functions and journal are deployed. */
export const homeRegion = "us-east-1";
/** The journal's table. */
export const journalName = "cordon-journal";
/** The journal's index of open incidents. */
export const openIndex = "open";
