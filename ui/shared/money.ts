// Fen to what people read. Amounts stay integers until here.

const figures = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** `123456` → `1,234.56`, without sign and currency. */
export function figure(fen: number): string {
  return figures.format(Math.abs(fen) / 100);
}

/** `-325` → `−¥3.25`, for running text. */
export function yuan(fen: number): string {
  return `${fen < 0 ? '−' : ''}¥${figure(fen)}`;
}
