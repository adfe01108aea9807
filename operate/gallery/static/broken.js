// What a browser cannot show is said in words, with a link to the file.

export function startBroken(page) {
  page.addEventListener("error", (event) => tell(event.target), true);
  for (const media of page.querySelectorAll("img, video, audio")) {
    if (media.error || (media instanceof HTMLImageElement && isBroken(media))) tell(media);
  }
}

function isBroken(picture) {
  return picture.complete && !picture.naturalWidth && picture.loading !== "lazy";
}

function tell(media) {
  const isMedia = media instanceof HTMLMediaElement || media instanceof HTMLImageElement;
  if (!isMedia || media.hidden) return;
  media.hidden = true;
  const words = document.createElement(media.closest("a, label") ? "span" : "p");
  words.className = "broken";
  words.setAttribute("role", "status");
  words.textContent = "This file is not there, or the browser cannot show it. ";
  if (!media.closest("a")) {
    const link = document.createElement("a");
    link.href = `${media.getAttribute("src")}?download`;
    link.textContent = "Download it";
    words.append(link);
  }
  media.after(words);
}
