/** Times since a start, as people write them: `42.1 s`, `5 min 42 s`, `3 h 10 min 5 s`, `2 d 4 h`. */

export function timeText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return two(whole, 60, "min", "s");
  if (whole < 48 * 3600) return `${two(Math.floor(whole / 60), 60, "h", "min")}${whole % 60 === 0 ? "" : ` ${whole % 60} s`}`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 1440)} d${minutes % 1440 === 0 ? "" : ` ${two(minutes % 1440, 60, "h", "min")}`}`;
}

const two = (amount: number, per: number, large: string, small: string): string => `${Math.floor(amount / per)} ${large}${amount % per === 0 ? "" : ` ${amount % per} ${small}`}`;
