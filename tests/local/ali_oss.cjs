// What ali-oss does with the local cloud, once with each version of the signature: prints a JSON
// object of what each act returned or which error ended it.
// node ali_oss.cjs <endpoint> <region> <bucket> <versioned bucket> <key ID> <secret> [<token>]
"use strict";

const dns = require("node:dns");
const { Readable } = require("node:stream");
const OSS = require("ali-oss");

dns.setDefaultResultOrder("ipv4first");
const [endpoint, region, bucket, versioned, accessKeyId, accessKeySecret, stsToken] =
  process.argv.slice(2);
const BODY = Buffer.from("body");
const KEYS = ["a b+汉%2F&=;'()*!~.txt", "c\nd", "e?f#g", "h//i"];
const PART = 100 * 1024;
const LARGE = Buffer.alloc(2 * PART + 1000, "0123456789");

const text = (got) => got.content.toString();
const refusal = (asked) => asked.then(() => "done", (error) => `${error.status} ${error.code}`);

const acts = {
  async keys(client, folder) {
    const found = [];
    for (const key of KEYS) {
      await client.put(folder + key, Buffer.from(key), { meta: { author: "a b" } });
      const { meta } = await client.head(folder + key);
      found.push([text(await client.get(folder + key)), meta]);
    }
    const query = { prefix: folder, "max-keys": 3, "encoding-type": "url" };
    const first = await client.listV2({ ...query });
    const more = { ...query, "continuation-token": first.nextContinuationToken };
    const listed = [...first.objects, ...(await client.listV2(more)).objects];
    const decoded = listed.map((each) => decodeURIComponent(each.name));
    const owners = listed.map((each) => each.owner ?? null);
    const { deleted } = await client.deleteMulti(KEYS.map((key) => folder + key));
    const left = (await client.listV2({ prefix: folder })).objects ?? [];
    return { keys: KEYS, found, decoded, owners, deleted: deleted.length, left: left.length };
  },

  async parts(client, folder) {
    // of its own for each: the SDK keeps the headers of one call in the options
    const options = () => ({ partSize: PART, parallel: 2, meta: { author: "a b" } });
    const sent = await client.multipartUpload(`${folder}large`, LARGE, options());
    const source = { sourceKey: `${folder}large`, sourceBucketName: bucket };
    const copied = await client.multipartUploadCopy(`${folder}copy`, source, options());
    const got = await client.get(`${folder}copy`);
    const range = await client.get(`${folder}large`, { headers: { Range: "bytes=10-14" } });
    return {
      etags: [sent.etag, copied.etag],
      same: got.content.equals(LARGE),
      author: got.res.headers["x-oss-meta-author"],
      range: text(range),
    };
  },

  async streams(client, folder) {
    const half = () => Readable.from([Buffer.from("bo"), Buffer.from("dy")]);
    await client.putStream(`${folder}chunked`, half());
    await client.putStream(`${folder}sized`, half(), { contentLength: BODY.length });
    // this sends both the length and the coding
    await client.put(`${folder}both`, half(), { headers: { "Content-Length": BODY.length } });
    const names = ["chunked", "sized", "both"];
    return Promise.all(names.map(async (name) => text(await client.get(folder + name))));
  },

  async copies(client, folder) {
    await client.put(`${folder}source`, BODY, { meta: { author: "a" }, mime: "text/x-own" });
    await client.putObjectTagging(`${folder}source`, { color: "red" });
    await client.copy(`${folder}same`, `${folder}source`);
    await client.copy(`${folder}other`, `${folder}source`, { meta: { author: "b" } });
    const described = async (name) => {
      const { meta, res } = await client.head(folder + name);
      const { tag } = await client.getObjectTagging(folder + name);
      return [meta.author, res.headers["content-type"], tag];
    };
    return { same: await described("same"), other: await described("other") };
  },

  async archived(client, folder) {
    await client.put(`${folder}old`, BODY, { headers: { "x-oss-storage-class": "Archive" } });
    const before = await refusal(client.get(`${folder}old`));
    const { res } = await client.restore(`${folder}old`);
    const { headers } = (await client.head(`${folder}old`)).res;
    const again = await refusal(client.restore(`${folder}old`));
    return { before, restored: res.status, state: headers["x-oss-restore"], again };
  },

  async unsupported(client, folder) {
    await client.put(`${folder}key`, BODY);
    const put = (headers) => client.put(`${folder}key`, Buffer.from("x"), { headers });
    const told = {
      tags: await refusal(client.deleteBucketTags(bucket)),
      policy: await refusal(client.deleteBucketPolicy(bucket)),
      website: await refusal(client.putBucketWebsite(bucket, { index: "index.html" })),
      inventory: await refusal(client.deleteBucketInventory(bucket, "id")),
      encryption: await refusal(client.putBucketEncryption(bucket, { SSEAlgorithm: "AES256" })),
      encrypted: await refusal(put({ "x-oss-server-side-encryption": "KMS" })),
      limited: await refusal(put({ "x-oss-traffic-limit": "819200" })),
      channel: await refusal(client.putChannel(`${folder}key`, {})),
      process: await refusal(client.get(`${folder}key`, { process: "image/resize,w_10" })),
    };
    return { told, left: text(await client.get(`${folder}key`)) };
  },

  async pages(client, folder) {
    const rule = {
      ...{ allowedOrigin: "http://page.example", allowedMethod: ["GET", "PUT"] },
      ...{ allowedHeader: "*", exposeHeader: "ETag", maxAgeSeconds: 60 },
    };
    await client.putBucketCORS(bucket, [rule]);
    const { rules } = await client.getBucketCORS(bucket);
    const key = `${folder}a b+汉.txt`;
    const origin = { Origin: "http://page.example" };
    const signed = {
      v1: (method) => client.signatureUrl(key, { method, expires: 600 }),
      v4: (method) => client.signatureUrlV4(method, 600, undefined, key),
    };
    const statuses = [];
    for (const url of Object.values(signed)) {
      const asked = { ...origin, "Access-Control-Request-Method": "PUT" };
      const address = await url("PUT");
      statuses.push((await fetch(address, { method: "OPTIONS", headers: asked })).status);
      statuses.push((await fetch(address, { method: "PUT", headers: origin, body: BODY })).status);
      const got = await fetch(await url("GET"), { headers: origin });
      statuses.push(await got.text(), got.headers.get("access-control-expose-headers"));
    }
    return { rules, statuses };
  },

  async versions(client, folder) {
    client.useBucket(versioned);
    const key = `${folder}key`;
    await client.put(key, Buffer.from("first"));
    await client.put(key, Buffer.from("second"));
    await client.delete(key);
    const { objects, deleteMarker } = await client.getBucketVersions({ prefix: folder });
    const [second, first] = objects.map((each) => each.versionId);
    const bodies = [];
    for (const versionId of [first, second]) bodies.push(text(await client.get(key, { versionId })));
    return { bodies, markers: deleteMarker.length, now: await refusal(client.get(key)) };
  },

  async strangers(client, folder) {
    client.options.accessKeySecret = "another";
    return refusal(client.put(`${folder}key`, BODY));
  },
};

const outcome = (act) => act.catch((error) => ({ error: `${error.code}: ${error.stack}` }));

async function main() {
  const outcomes = {};
  for (const version of ["v1", "v4"]) {
    outcomes[version] = {};
    for (const [name, act] of Object.entries(acts)) {
      const client = new OSS({
        ...{ endpoint, region, bucket, accessKeyId, accessKeySecret, stsToken },
        // nobody resolves bucket.localhost: the bucket is in the path
        ...{ sldEnable: true, authorizationV4: version === "v4", timeout: 10_000 },
      });
      outcomes[version][name] = await outcome(act(client, `${version}/${name}/`));
    }
  }
  return outcomes;
}

main().then((outcomes) => console.log(JSON.stringify(outcomes)));
