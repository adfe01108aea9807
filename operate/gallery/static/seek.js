// Buttons that lead to a time of a player, and what is marked while it is played.

/** Return the player that a button is for: its own, or that of what it stands in. */
function playerOf(button) {
  const id = button.dataset.for
    ?? button.closest("[data-timeline]")?.dataset.timeline
    ?? button.closest("[data-seeks]")?.dataset.seeks
    ?? button.closest("[data-texts]")?.dataset.texts;
  return document.getElementById(id ?? "");
}

export function startSeeking(page) {
  const byPlayer = new Map();
  for (const button of page.querySelectorAll("button[data-seek]")) {
    const player = playerOf(button);
    if (!(player instanceof HTMLMediaElement)) {
      button.disabled = true;
      continue;
    }
    button.addEventListener("click", () => {
      player.currentTime = Number(button.dataset.seek) / 1000;
      if (button.dataset.for) player.scrollIntoView({ block: "nearest" });
    });
    if (button.dataset.end) byPlayer.set(player, [...(byPlayer.get(player) ?? []), button]);
  }
  for (const [player, buttons] of byPlayer) {
    const mark = () => markNow(player, buttons);
    for (const event of ["timeupdate", "seeked"]) player.addEventListener(event, mark);
  }
}

function markNow(player, buttons) {
  const now = player.currentTime * 1000 + 1;
  for (const button of buttons) {
    const isNow = Number(button.dataset.seek) <= now && now < Number(button.dataset.end);
    if (isNow === button.classList.contains("now")) continue;
    button.classList.toggle("now", isNow);
    if (isNow) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const list = button.closest(".cues");
    if (isNow && list) list.scrollTop = button.parentElement.offsetTop - list.clientHeight / 3;
  }
}
