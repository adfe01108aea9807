// What a consumer writes: it must compile, in the strictest mode there is.
import type { Manifest, Problem, Resource, Role } from "./manifest";

export function sizes(manifest: Manifest): Map<string, number> {
  const found = new Map<string, number>();
  for (const file of manifest.resources) {
    if (file.status === "available") {
      found.set(file.path, file.bytes);
      const tag: string = file.etag;
      found.set(tag, file.media?.durationInMs ?? 0);
    } else {
      console.log(file.error.title, file.error.retryable, file.path ?? file.data?.listed);
    }
  }
  return found;
}

export function described(file: Resource): string {
  switch (file.status) {
    case "available":
      return file.path;
    case "missing":
    case "denied":
    case "ambiguous":
      return `${file.path}: ${file.error.type}`;
    case "error":
      return file.data ? file.data.listed : file.path;
  }
}

export const mattes = (manifest: Manifest): Resource[] =>
  manifest.resources.filter((file) => file.roles.includes("matte") && file.label !== "original");

// A later release may know more roles and problems, but no other severity.
export const later: Role = "hologram";
export const isGrave = (problem: Problem): boolean => problem.severity === "error";
export const chorus = (manifest: Manifest): number =>
  manifest.analysis?.segments?.find((each) => each.kind === "chorus")?.startMs ?? 0;
