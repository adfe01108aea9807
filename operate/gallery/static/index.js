// The list of jobs: frames of videos where they come into view, and how much has been read.

const PAUSE = 1500;

export function startIndex(page) {
  const watcher = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      target.src = target.dataset.src;
      watcher.unobserve(target);
    }
  }, { rootMargin: "200px" });
  for (const video of page.querySelectorAll("video[data-src]")) watcher.observe(video);
  const notice = page.querySelector("[data-state]");
  if (notice) setTimeout(() => follow(notice), PAUSE);
}

async function follow(notice) {
  try {
    const { read, listed, isListed } = await (await fetch(notice.dataset.state)).json();
    const bar = notice.querySelector("progress");
    if (listed && bar.getAttribute("max") === "0") return location.reload();
    [bar.value, bar.max] = [read, listed];
    const [some, all] = [read.toLocaleString("en"), listed.toLocaleString("en")];
    notice.querySelector("[data-words]").textContent = read < listed || !isListed
      ? `${some} of ${all} manifests read so far${isListed ? "" : ", and the list goes on"}; search and filters know only these.`
      : `All ${all} manifests are read.`;
    if (read >= listed && isListed) return;
  } catch {
    // the server is gone, or busy: the next time will tell
  }
  setTimeout(() => follow(notice), PAUSE);
}
