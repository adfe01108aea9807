// A stretch of time under a player: what was found stands at its place on it.

import { lengthOf } from "./time.js";
import { drawWave, soundAt } from "./wave.js";

export function startTimelines(page) {
  for (const line of page.querySelectorAll("[data-timeline]")) startTimeline(page, line);
}

function startTimeline(page, line) {
  const player = document.getElementById(line.dataset.timeline);
  const last = Number(line.dataset.last) / 1000;
  const place = () => placeAll(line, lengthOf(player) || last);
  place();
  if (!(player instanceof HTMLMediaElement)) return;
  player.addEventListener("durationchange", place);
  const head = line.querySelector(".playhead");
  const move = () => {
    head.style.left = `${(100 * player.currentTime) / (lengthOf(player) || last || 1)}%`;
    if (!player.paused) requestAnimationFrame(move);
  };
  for (const event of ["play", "seeked", "timeupdate"]) player.addEventListener(event, move);
  line.addEventListener("click", (event) => {
    if (event.target.closest("button")) return;
    const box = line.getBoundingClientRect();
    player.currentTime = ((event.clientX - box.left) / box.width) * (lengthOf(player) || last);
  });
  const clicks = page.querySelector(`[data-clicks="${CSS.escape(player.id)}"]`);
  if (clicks) startClicks(line, player, clicks);
  if (line.dataset.wave) showWave(page, line, player);
}

function placeAll(line, seconds) {
  const whole = seconds * 1000;
  if (!whole) return;
  for (const button of line.querySelectorAll("[data-start]")) {
    const start = Number(button.dataset.start);
    button.style.left = `${(100 * start) / whole}%`;
    if (button.dataset.end) {
      button.style.width = `${(100 * (Number(button.dataset.end) - start)) / whole}%`;
    }
  }
  line.querySelector(".beats")?.setAttribute("viewBox", `0 0 ${whole} 100`);
}

async function showWave(page, line, player) {
  const words = page.querySelector("[data-wave-words]");
  try {
    const sound = await soundAt(line.dataset.wave);
    const draw = () => drawWave(line.querySelector(".wave"), sound, lengthOf(player));
    if (lengthOf(player)) draw();
    else player.addEventListener("loadedmetadata", draw, { once: true });
    line.dataset.drawn = "";
  } catch (error) {
    if (words) words.textContent = error.message;
  }
}

const AHEAD = 0.2;
const EACH = 50;

/** Sound a click on each beat while a player plays: a higher one where a bar begins. */
function startClicks(line, player, box) {
  const beats = [...line.querySelectorAll(".beats line")].map((mark) => ({
    at: Number(mark.dataset.ms) / 1000,
    isStrong: mark.classList.contains("strong"),
  }));
  let context, timer, until = 0;
  const schedule = () => {
    const now = player.currentTime;
    const from = Math.max(until, now);
    until = now + AHEAD * player.playbackRate;
    for (const beat of beats) {
      if (beat.at >= from && beat.at < until) {
        click(context, context.currentTime + (beat.at - now) / player.playbackRate, beat.isStrong);
        line.dataset.clicked = String(Number(line.dataset.clicked ?? 0) + 1);
      }
    }
  };
  const update = () => {
    clearInterval(timer);
    until = 0;
    if (!box.checked || player.paused) return;
    context ??= new AudioContext();
    context.resume();
    timer = setInterval(schedule, EACH);
  };
  box.addEventListener("change", update);
  for (const event of ["play", "pause", "seeked", "ended"]) player.addEventListener(event, update);
}

function click(context, when, isStrong) {
  const [tone, gain] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = isStrong ? 1760 : 1100;
  gain.gain.setValueAtTime(isStrong ? 0.5 : 0.3, when);
  gain.gain.exponentialRampToValueAtTime(0.001, when + 0.05);
  tone.connect(gain).connect(context.destination);
  tone.start(when);
  tone.stop(when + 0.06);
}
