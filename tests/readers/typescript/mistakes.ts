// What must not compile: each line that ends in an error's number gives that error, and no other.
import type { Manifest, Resource } from "./manifest";

declare const manifest: Manifest;
declare const file: Resource;

manifest.resuorces; // TS2551
manifest.job.functoinName; // TS2551
manifest.resources[0]?.pth; // TS2551
file.path.length; // TS18048
file.error.title; // TS18048
if (file.status === "missng") console.log(); // TS2367
if (file.status === "missing") file.bytes.toFixed(); // TS18048
if (file.status === "available") file.data.listed; // TS18048
if (manifest.status === "done") console.log(); // TS2367
manifest.analysis?.cuts; // TS2339
manifest.problems.map((each) => each.severity === "fatal"); // TS2367
