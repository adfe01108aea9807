// Several sounds in step: one alone, or all but some.

import { keepInStep } from "./step.js";
import { drawWave, soundAt } from "./wave.js";

export function startListening(page) {
  for (const root of page.querySelectorAll("[data-listen]")) start(root);
}

function start(root) {
  const tracks = [...root.querySelectorAll("[data-track]")].map((track) => ({
    track,
    player: track.querySelector("audio, video"),
    solo: track.querySelector("[data-solo]"),
    mute: track.querySelector("[data-mute]"),
  })).filter(({ player }) => player);
  const isOn = (button) => button.getAttribute("aria-pressed") === "true";
  const apply = () => {
    const isAnySolo = tracks.some(({ solo }) => isOn(solo));
    for (const { track, player, solo, mute } of tracks) {
      player.muted = isAnySolo ? !isOn(solo) : isOn(mute);
      track.classList.toggle("silent", player.muted);
    }
  };
  for (const { solo, mute } of tracks) {
    solo.addEventListener("click", () => {
      const wanted = !isOn(solo);
      for (const other of tracks) other.solo.setAttribute("aria-pressed", "false");
      solo.setAttribute("aria-pressed", String(wanted));
      apply();
    });
    mute.addEventListener("click", () => {
      mute.setAttribute("aria-pressed", String(!isOn(mute)));
      apply();
    });
  }
  apply();
  keepInStep(tracks.map(({ player }) => player), root);
  for (const canvas of root.querySelectorAll("canvas[data-wave]")) {
    soundAt(canvas.dataset.wave).then((sound) => {
      drawWave(canvas, sound, sound.duration);
      canvas.dataset.drawn = "";
    }, () => { canvas.hidden = true; });
  }
}
