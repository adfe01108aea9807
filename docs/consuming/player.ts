// What a player takes from manifests. The types are `manifest.d.ts`, which comes with the function.
import type { AvailableResource, Manifest, Role, Segment } from "./manifest";

/** The files of a role that are there; a player has no use for the others. */
export function files(manifest: Manifest, role: Role): AvailableResource[] {
  return manifest.resources.filter(
    (file): file is AvailableResource => file.status === "available" && file.roles.includes(role),
  );
}

/** The cover to show before playback: that with the best score, of those that are there. */
export function poster(manifest: Manifest): AvailableResource | undefined {
  const covers = manifest.analysis?.covers ?? [];
  const scores = new Map(covers.map((cover) => [cover.resource, cover.score ?? 0]));
  const score = (file: AvailableResource) => scores.get(file.name) ?? 0;
  return files(manifest, "cover").sort((one, other) => score(other) - score(one))[0];
}

/** The captions that a browser can show; `CAPTIONS_VTT=true` has them all written as WebVTT. */
export function captions(manifest: Manifest): AvailableResource[] {
  const found = files(manifest, "captions").filter((file) => file.format === "vtt");
  const names = new Set(found.map((file) => file.name));
  return found.filter((file) => !names.has(`${file.name}.vtt`)); // then the copy is the better one
}

export type Beat = { kind: "beat" | "downbeat"; startMs: number };

/** What to mark on the timeline of the input: choruses, slides, beats. */
export function timeline(manifest: Manifest): (Segment | Beat)[] {
  const { segments = [], beats } = manifest.analysis ?? {};
  const down = new Set(beats?.downbeatsMs);
  const others = (beats?.beatsMs ?? []).filter((startMs) => !down.has(startMs));
  const marks = [
    ...segments,
    ...[...down].map((startMs): Beat => ({ kind: "downbeat", startMs })),
    ...others.map((startMs): Beat => ({ kind: "beat", startMs })),
  ];
  return marks.sort((one, other) => one.startMs - other.startMs);
}

/** What can be laid over another picture: cut out, and known to be transparent around it. */
export function mattes(manifest: Manifest): AvailableResource[] {
  return files(manifest, "matte").filter((file) => file.media?.alpha);
}

/** The videos that this browser can play, as far as it can be known before. */
export function playable(manifest: Manifest, screen: HTMLVideoElement): AvailableResource[] {
  return files(manifest, "video").filter(({ mediatype = "", media }) =>
    screen.canPlayType(media?.codecs ? `${mediatype}; codecs="${media.codecs}"` : mediatype),
  );
}

/** What is not there, why, and whether it may still come. */
export function lacking(manifest: Manifest): { name: string; why: string; mayCome: boolean }[] {
  return manifest.resources.flatMap((file) =>
    file.status === "available"
      ? []
      : [{ name: file.name, why: file.error.title, mayCome: file.error.retryable }],
  );
}

/** Show the video that manifests are about, with the poster, captions and chapters they have. */
export function show(
  screen: HTMLVideoElement,
  manifests: Manifest[],
  urls: Record<string, string>,
): void {
  const link = (path: string | undefined): string => urls[path ?? ""] ?? "";
  screen.crossOrigin = "anonymous"; // or the browser takes no captions from another host
  screen.src = link(manifests.find((each) => each.job.input?.path)?.job.input?.path);
  screen.poster = link(manifests.map(poster).find((file) => file !== undefined)?.path);
  for (const file of manifests.flatMap(captions)) {
    const track = document.createElement("track");
    track.kind = "subtitles";
    track.srclang = file.label ?? "";
    track.label = file.label ?? file.name;
    track.src = link(file.path);
    screen.append(track);
  }
  const chapters = screen.addTextTrack("chapters");
  for (const part of manifests.flatMap((each) => each.analysis?.segments ?? [])) {
    chapters.addCue(new VTTCue(part.startMs / 1000, part.endMs / 1000, part.title ?? part.kind));
  }
}
