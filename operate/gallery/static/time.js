/** Write seconds as 1:02.5 or 1:00:00, as the server does. */
export function clock(seconds) {
  const tenths = Math.round((seconds || 0) * 10);
  const two = (number) => String(number).padStart(2, "0");
  const whole = Math.floor(tenths / 10);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const text = hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  return tenths % 10 ? `${text}.${tenths % 10}` : text;
}

/** Return how long a player's file lasts in seconds; 0 while that is not known. */
export function lengthOf(player) {
  return Number.isFinite(player?.duration) ? player.duration : 0;
}
