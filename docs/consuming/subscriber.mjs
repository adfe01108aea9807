// Be told of manifests: `node subscriber.mjs PORT`, the endpoint of an MNS subscription (format JSON).
import { createServer } from "node:http";

const WRITTEN = "mps-manifest.manifest.written.v1";
const MOST_KNOWN = 10_000;
const known = new Set(); // the same may be told twice

async function onManifest({ jobId, status, manifest, files }) {
  // read oss://manifest.bucket/manifest.key here, as it stands now: order does not matter then
  console.log(JSON.stringify({ jobId, status, key: manifest.key, available: files.available }));
}

async function take(push) {
  const event = JSON.parse(JSON.parse(push).Message);
  if (event.type !== WRITTEN || known.has(event.id)) return;
  await onManifest(event.data);
  known.add(event.id); // only now: where that failed, it is pushed again
  if (known.size > MOST_KNOWN) known.delete(known.values().next().value);
}

createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    await take(Buffer.concat(chunks).toString("utf8"));
    response.writeHead(204).end();
  } catch (error) {
    console.error(String(error));
    response.writeHead(503).end(); // MNS pushes again
  }
}).listen(Number(process.argv[2]), process.env.HOST ?? "127.0.0.1", () => console.log("listening"));
