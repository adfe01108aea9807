// Players in step, with one button and one slider for all of them.

import { clock, lengthOf } from "./time.js";

const APART = 0.08;

/** Let players start, stop and seek together; the first of them leads. */
export function keepInStep(players, root) {
  const [leader, ...others] = players;
  const play = root.querySelector("[data-play]");
  const slider = root.querySelector("[data-time]");
  const shown = root.querySelector("[data-clock]");
  if (!leader || !play) return;
  const longest = () => Math.max(...players.map(lengthOf), 0);
  const show = () => {
    const [now, whole] = [leader.currentTime, longest()];
    slider.value = whole ? Math.round((1000 * now) / whole) : 0;
    slider.setAttribute("aria-valuetext", clock(now));
    if (shown) shown.textContent = `${clock(Math.floor(now))} of ${clock(whole)}`;
    for (const head of root.querySelectorAll(".playhead")) head.style.left = `${whole ? (100 * now) / whole : 0}%`;
  };
  const seek = (seconds) => {
    for (const player of players) {
      if (lengthOf(player)) player.currentTime = Math.min(seconds, lengthOf(player));
    }
    show();
  };
  play.addEventListener("click", () => {
    if (!leader.paused) return players.forEach((player) => player.pause());
    if (leader.ended) seek(0);
    // one that cannot be played does not keep the others from it
    for (const player of players) player.play().catch(() => {});
  });
  slider.addEventListener("input", () => seek((slider.value / 1000) * longest()));
  const follow = () => {
    play.textContent = leader.paused ? "Play" : "Pause";
    play.setAttribute("aria-pressed", String(!leader.paused));
  };
  for (const event of ["play", "pause", "ended"]) leader.addEventListener(event, follow);
  leader.addEventListener("ended", () => others.forEach((other) => other.pause()));
  leader.addEventListener("timeupdate", () => {
    for (const other of others) {
      const isThere = leader.currentTime < lengthOf(other);
      if (isThere && Math.abs(other.currentTime - leader.currentTime) > APART) {
        other.currentTime = leader.currentTime;
      }
    }
    show();
  });
  for (const player of players) {
    for (const event of ["durationchange", "seeked"]) player.addEventListener(event, show);
  }
  show();
}
