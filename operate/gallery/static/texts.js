// Lists of cues: the language that is shown, what is looked for, and what is said right now.

export function startTexts(page) {
  for (const texts of page.querySelectorAll("[data-texts]")) start(page, texts);
}

function start(page, texts) {
  const player = document.getElementById(texts.dataset.texts);
  const lists = [...texts.querySelectorAll("[data-cues]")];
  if (!lists.length) return;
  const find = texts.querySelector("[data-find]");
  const shown = () => lists.find((list) => !list.hidden);
  for (const choice of texts.querySelectorAll("input[name=language]")) {
    choice.addEventListener("change", () => {
      for (const list of lists) list.hidden = list.dataset.cues !== choice.value;
      showTrack(player, Number(choice.value));
      filter(shown(), find.value, texts);
    });
  }
  find.addEventListener("input", () => filter(shown(), find.value, texts));
  const now = player && page.querySelector(`[data-now="${CSS.escape(player.id)}"]`);
  if (now) {
    const say = () => {
      now.textContent = shown()?.querySelector("button.now .said")?.textContent ?? "";
    };
    for (const event of ["timeupdate", "seeked"]) player.addEventListener(event, say);
  }
}

function showTrack(player, number) {
  [...(player?.textTracks ?? [])].forEach((track, place) => {
    track.mode = place === number ? "showing" : "disabled";
  });
}

function filter(list, words, texts) {
  const wanted = words.trim().toLocaleLowerCase();
  let count = 0;
  for (const item of list.children) {
    const isFound = !wanted || item.textContent.toLocaleLowerCase().includes(wanted);
    item.hidden = !isFound;
    count += isFound;
  }
  texts.querySelector("[data-found]").textContent = wanted ? `${count} found` : "";
}
