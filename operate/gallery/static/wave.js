// The wave of a sound: decoded once, drawn as wide as its canvas is.

const sounds = new Map();

/** Return the decoded sound at an address of this page's own origin. */
export function soundAt(address) {
  if (!sounds.has(address)) sounds.set(address, decoded(address));
  return sounds.get(address);
}

async function decoded(address) {
  const answer = await fetch(address);
  if (answer.status === 413) throw new Error("The file is too large to draw its wave.");
  if (!answer.ok) throw new Error("The file cannot be read, so there is no wave.");
  // a low rate is enough for a drawing, and takes a sixth of the memory
  const context = new OfflineAudioContext(1, 1, 8000);
  try {
    return await context.decodeAudioData(await answer.arrayBuffer());
  } catch {
    throw new Error("The browser cannot decode the sound, so there is no wave.");
  }
}

/** Draw a sound over `seconds`, and again whenever the canvas has another size or colour. */
export function drawWave(canvas, sound, seconds) {
  const draw = () => {
    const scale = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * scale);
    const height = Math.round(canvas.clientHeight * scale);
    if (!width || !height) return;
    [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d");
    context.fillStyle = getComputedStyle(canvas).getPropertyValue("--quiet");
    const peaks = peaksOf(sound, width, seconds || sound.duration);
    const highest = Math.max(0.05, ...peaks);
    peaks.forEach((peak, at) => {
      const tall = Math.max(scale, (peak / highest) * height * 0.9);
      context.fillRect(at, (height - tall) / 2, 1, tall);
    });
  };
  new ResizeObserver(draw).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

function peaksOf(sound, width, seconds) {
  const samples = sound.getChannelData(0);
  const each = (seconds * sound.sampleRate) / width;
  const peaks = new Float32Array(width);
  for (let at = 0; at < width; at++) {
    const end = Math.min(samples.length, Math.floor((at + 1) * each));
    for (let place = Math.floor(at * each); place < end; place++) {
      peaks[at] = Math.max(peaks[at], Math.abs(samples[place]));
    }
  }
  return peaks;
}
