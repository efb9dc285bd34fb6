/** Says that AWS does not show yet what was just made: its reads may trail its writes by seconds. */
export class NotVisibleYet extends Error {
  override readonly name = "NotVisibleYet";
}
