// The input over the result, with an edge between them that can be moved.

import { keepInStep } from "./step.js";

const SAME = 0.02;

export function startCompare(page) {
  for (const root of page.querySelectorAll("[data-compare]")) start(root);
}

function start(root) {
  const frames = root.querySelector("[data-frames]");
  const [after, before] = ["after", "before"].map((name) =>
    frames.querySelector(`.${name} :is(img, video)`));
  const slider = root.querySelector("[data-slide]");
  const slide = () => {
    const beside = frames.classList.contains("beside");
    const at = `${slider.value}%`;
    before.parentElement.style.clipPath = beside ? "" : `inset(0 calc(100% - ${at}) 0 0)`;
    frames.querySelector(".edge").style.left = at;
  };
  const judge = () => {
    const [one, other] = [shapeOf(after), shapeOf(before)];
    if (!one || !other) return;
    const isSame = Math.abs(one / other - 1) < SAME;
    frames.classList.toggle("beside", !isSame);
    frames.style.setProperty("--shape", one);
    slider.closest("label").hidden = !isSame;
    slide();
    frames.dataset.judged = "";
  };
  slider.addEventListener("input", slide);
  for (const media of [after, before]) {
    for (const event of ["load", "loadedmetadata"]) media.addEventListener(event, judge);
    // without an input there is nothing to move an edge over
    media.addEventListener("error", () => {
      frames.classList.add("beside");
      slider.closest("label").hidden = true;
    });
  }
  dragged(frames, slider, slide);
  slide();
  judge();
  if (after instanceof HTMLVideoElement) keepInStep([after, before], root);
}

function shapeOf(media) {
  const [width, height] = media instanceof HTMLVideoElement
    ? [media.videoWidth, media.videoHeight]
    : [media.naturalWidth, media.naturalHeight];
  return width && height ? width / height : 0;
}

function dragged(frames, slider, slide) {
  const move = (event) => {
    if (frames.classList.contains("beside")) return;
    const box = frames.getBoundingClientRect();
    slider.value = (100 * (event.clientX - box.left)) / box.width;
    slide();
  };
  frames.addEventListener("pointerdown", (event) => {
    frames.setPointerCapture(event.pointerId);
    move(event);
  });
  frames.addEventListener("pointermove", (event) => {
    if (frames.hasPointerCapture(event.pointerId)) move(event);
  });
}
