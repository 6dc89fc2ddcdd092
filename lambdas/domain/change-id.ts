/**
 * `chg-orders-20261123-7f3a`: readable, sortable by day, and never longer than an execution's name may be.
 * @param unique - tells changes of one database and day apart; letters and digits.
 */
export function changeIdOf(database: string, at: Date, unique: string): string {
  const day = at.toISOString().slice(0, 10).replaceAll('-', '');
  return `chg-${database.replace(':', '').slice(0, 50)}-${day}-${unique}`;
}
